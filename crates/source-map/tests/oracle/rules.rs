//! Counts which rules of Nix string literals a literal exercises, so that no rule goes untested unnoticed.
//!
//! It looks at the spelling with simple means of its own, and shares nothing with the code that is being tested but the
//! parser, which tells where interpolations are.

use std::collections::BTreeMap;
use std::ops::Range;

use rnix::{NodeOrToken, SyntaxKind, ast};
use rowan::ast::AstNode;

/// Rules, numbered as in the notes on Nix's lexer, and how a literal can exercise them.
const RULES: [&str; 46] = [
    "1 line feed behind the opener",
    "1 blanks and a line feed behind the opener",
    "1 tab behind the opener",
    "1 CR LF behind the opener",
    "2 lone $",
    "2 lone '",
    "2 ' before ${",
    "2 $$",
    "2 $${",
    "2 ''$",
    "2 ''${",
    "2 '''",
    "2 ''\\n",
    "2 ''\\r",
    "2 ''\\t",
    "2 ''\\ and a blank",
    "2 ''\\ and another character",
    "2 ''\\ and a multi-byte character",
    "3 interpolation at the start of a line",
    "3 escape at the start of a line",
    "3 lone $ or ' at the start of a line",
    "3 line of blanks",
    "3 tab at the start of a line",
    "4 blanks behind ''\\n",
    "4 blanks of a line of blanks stay",
    "5 last line of blanks is cut",
    "5 blanks behind the last interpolation",
    "5 blanks behind a last ''\\n",
    "6 value of several lines",
    "6 text behind a value of several lines",
    "7 CR LF on a line by itself",
    "7 CR LF behind text",
    "7 CR in a plain string",
    "7 CR LF in a plain string",
    "7 \\ CR in a plain string",
    "8 text on the opener's line, and more lines",
    "9 multi-byte character",
    "plain $${",
    "plain \\${",
    "plain \\ and a letter",
    "plain \\ and a multi-byte character",
    "plain two quotes",
    "nested '' in ''",
    "nested \" in ''",
    "nested '' in \"",
    "nested in nested",
];

/// How many literals exercised each rule.
#[derive(Debug)]
pub(crate) struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    pub(crate) fn new() -> Self {
        Self(RULES.iter().map(|&rule| (rule, 0)).collect())
    }

    /// Counts a literal with this value.
    pub(crate) fn count(&mut self, literal: &str, value: &str) {
        let mut seen = Seen::default();
        look(literal, 0, &mut seen);
        if literal.starts_with("''") && has_kept_blank_line(value) {
            seen.add("4 blanks of a line of blanks stay");
        }
        for rule in seen.0 {
            *self.0.get_mut(rule).expect("a known rule") += 1;
        }
    }

    /// The counts, one rule on each line.
    pub(crate) fn report(&self) -> String {
        let lines = self
            .0
            .iter()
            .map(|(rule, count)| format!("{count:8} {rule}\n"));
        lines.collect()
    }

    /// The smallest count.
    pub(crate) fn least(&self) -> usize {
        self.0.values().copied().min().unwrap_or(0)
    }
}

#[derive(Default)]
struct Seen(std::collections::BTreeSet<&'static str>);

impl Seen {
    fn add(&mut self, rule: &'static str) {
        self.0.insert(rule);
    }

    fn add_if(&mut self, is_so: bool, rule: &'static str) {
        if is_so {
            self.add(rule);
        }
    }
}

/// The parts of a literal between its quotes: interpolations and what is between them.
fn literal_parts(literal: &str) -> Vec<(bool, Range<usize>)> {
    let parsed = rnix::Root::parse(literal);
    let Some(ast::Expr::Str(string)) = parsed.tree().expr() else {
        return Vec::new();
    };
    let part = |child: NodeOrToken<rnix::SyntaxNode, rnix::SyntaxToken>| {
        let is_hole = match child.kind() {
            SyntaxKind::NODE_INTERPOL => true,
            SyntaxKind::TOKEN_STRING_CONTENT => false,
            _ => return None,
        };
        let range = child.text_range();
        Some((
            is_hole,
            usize::from(range.start())..usize::from(range.end()),
        ))
    };
    string
        .syntax()
        .children_with_tokens()
        .filter_map(part)
        .collect()
}

fn look(literal: &str, depth: usize, seen: &mut Seen) {
    let parts = literal_parts(literal);
    let is_indented = literal.starts_with("''");
    seen.add_if(!literal.is_ascii(), "9 multi-byte character");
    for (index, (is_hole, range)) in parts.iter().enumerate() {
        let text = &literal[range.clone()];
        if *is_hole {
            let inner = text[2..text.len() - 1].trim();
            let nesting = match (is_indented, inner.starts_with("''")) {
                (true, true) => "nested '' in ''",
                (true, false) => "nested \" in ''",
                (false, true) => "nested '' in \"",
                (false, false) => "nested in nested",
            };
            seen.add_if(is_indented || inner.starts_with("''"), nesting);
            seen.add_if(depth > 0, "nested in nested");
            let is_long = inner.contains('\n') || inner.contains("\\n");
            let next = parts.get(index + 1);
            let goes_on = next.is_some_and(|(is_hole, next)| {
                !is_hole && !literal[next.clone()].starts_with(['\n', '\r'])
            });
            seen.add_if(is_long, "6 value of several lines");
            seen.add_if(is_long && goes_on, "6 text behind a value of several lines");
            look(inner, depth + 1, seen);
        } else if is_indented {
            look_indented(text, seen);
        } else {
            look_plain(text, seen);
        }
    }
    if is_indented {
        look_at_ends(literal, &parts, seen);
        look_at_lines(literal, &parts, seen);
    }
}

/// The escapes of rule 2, by what they begin with; those that begin alike, the longest first.
const ESCAPES: [(&str, &str); 8] = [
    ("''${", "2 ''${"),
    ("''$", "2 ''$"),
    ("'''", "2 '''"),
    ("''\\n", "2 ''\\n"),
    ("''\\r", "2 ''\\r"),
    ("''\\t", "2 ''\\t"),
    ("''\\ ", "2 ''\\ and a blank"),
    ("''\\", "2 ''\\ and another character"),
];

fn look_indented(text: &str, seen: &mut Seen) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if let Some((start, rule)) =
            ESCAPES.iter().find(|(start, _)| rest.starts_with(start))
        {
            let escaped = rest[3..].chars().next().filter(|_| *start == "''\\");
            match escaped {
                Some(wide) if !wide.is_ascii() => seen.add("2 ''\\ and a multi-byte character"),
                _ => seen.add(rule),
            }
            let after = rest.get(4..).unwrap_or_default();
            seen.add_if(
                *start == "''\\n" && after.starts_with(' '),
                "4 blanks behind ''\\n",
            );
            match escaped {
                Some(character) => 3 + character.len_utf8(),
                None if start.starts_with("''\\") => 4,
                None => 3,
            }
        } else if let Some(after) = rest.strip_prefix("$$") {
            seen.add("2 $$");
            seen.add_if(after.starts_with('{'), "2 $${");
            2
        } else {
            let next = rest.chars().nth(1);
            seen.add_if(
                first == '$' && matches!(next, Some('\'') | None),
                "2 lone $",
            );
            seen.add_if(first == '\'' && next == Some('$'), "2 lone '");
            seen.add_if(first == '\'' && next.is_none(), "2 ' before ${");
            first.len_utf8()
        };
        rest = &rest[length..];
    }
}

fn look_plain(text: &str, seen: &mut Seen) {
    seen.add_if(text.contains("$${"), "plain $${");
    seen.add_if(text.contains("''"), "plain two quotes");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\r', Some('\n')) => seen.add("7 CR LF in a plain string"),
            ('\r', _) => seen.add("7 CR in a plain string"),
            ('\\', Some(&escaped)) => {
                characters.next();
                seen.add_if(escaped == '\r', "7 \\ CR in a plain string");
                seen.add_if(escaped.is_ascii_alphabetic(), "plain \\ and a letter");
                seen.add_if(!escaped.is_ascii(), "plain \\ and a multi-byte character");
                seen.add_if(
                    escaped == '$' && characters.peek() == Some(&'{'),
                    "plain \\${",
                );
            }
            _ => {}
        }
    }
}

fn look_at_ends(literal: &str, parts: &[(bool, Range<usize>)], seen: &mut Seen) {
    let body = &literal[2..literal.len() - 2];
    let text = body.trim_start_matches(' ');
    seen.add_if(body.starts_with('\n'), "1 line feed behind the opener");
    seen.add_if(
        body.starts_with(' ') && text.starts_with('\n'),
        "1 blanks and a line feed behind the opener",
    );
    seen.add_if(text.starts_with('\t'), "1 tab behind the opener");
    seen.add_if(text.starts_with("\r\n"), "1 CR LF behind the opener");
    let is_on_opener = !text.is_empty() && !text.starts_with(['\n', '\r', '\t']);
    seen.add_if(
        is_on_opener && body.trim_end().contains('\n'),
        "8 text on the opener's line, and more lines",
    );
    let Some((false, last)) = parts.last() else {
        return;
    };
    let last = &literal[last.clone()];
    let before = last.trim_end_matches(' ');
    let has_blanks = before.len() < last.len();
    seen.add_if(
        has_blanks && before.ends_with('\n'),
        "5 last line of blanks is cut",
    );
    seen.add_if(
        has_blanks && before.is_empty() && parts.len() > 1,
        "5 blanks behind the last interpolation",
    );
    seen.add_if(
        has_blanks && before.ends_with("''\\n"),
        "5 blanks behind a last ''\\n",
    );
}

/// What stands at the starts of lines; an interpolation is no line, whatever it holds.
fn look_at_lines(literal: &str, parts: &[(bool, Range<usize>)], seen: &mut Seen) {
    for (index, (is_hole, range)) in parts.iter().enumerate() {
        if *is_hole {
            continue;
        }
        let is_before_hole = parts.get(index + 1).is_some();
        let lines: Vec<&str> = literal[range.clone()].split('\n').collect();
        for (number, line) in lines.iter().enumerate() {
            let is_start = number > 0 || index == 0;
            let is_end = number + 1 == lines.len();
            let text = line.trim_start_matches(' ');
            seen.add_if(
                !is_end && line.len() > 1 && line.ends_with('\r'),
                "7 CR LF behind text",
            );
            if !is_start {
                continue;
            }
            seen.add_if(!is_end && *line == "\r", "7 CR LF on a line by itself");
            seen.add_if(
                !is_end && !line.is_empty() && text.is_empty(),
                "3 line of blanks",
            );
            seen.add_if(text.starts_with('\t'), "3 tab at the start of a line");
            seen.add_if(
                is_end && is_before_hole && text.is_empty(),
                "3 interpolation at the start of a line",
            );
            let is_escape = ESCAPES.iter().any(|(start, _)| text.starts_with(start));
            seen.add_if(is_escape, "3 escape at the start of a line");
            let is_lone = text.starts_with("'$")
                || text.starts_with("$'")
                || (text == "'" && is_end && is_before_hole);
            seen.add_if(is_lone, "3 lone $ or ' at the start of a line");
        }
    }
}

fn has_kept_blank_line(value: &str) -> bool {
    let mut lines = value.split('\n').skip(1);
    lines.any(|line| !line.is_empty() && line.bytes().all(|byte| byte == b' '))
}
