//! Where marks may stand in a literal, and what the file says behind each.
//!
//! A mark is ordinary text to Nix's lexer. Before the first text of a line, and beside an interpolation, it joins what is
//! around it; no escape is ever split, and no `$` or quote parted from what makes it harmless, because these are text
//! themselves and the mark stands before them. A lone quote before `${` stays one with a mark behind it. For indentation
//! a mark is a character that is not a blank: it may stand before one of these, and before and behind an interpolation,
//! which Nix treats like one.

use std::ops::Range;

use super::literals::{Literal, Part};
use super::{Mark, MarkKind, Said};

/// The marks of all literals, in the order of the file.
pub(super) fn marks(text: &str, literals: Vec<Literal>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (number, literal) in literals.into_iter().enumerate() {
        let mut writer = Writer {
            text,
            literal: number,
            marks: &mut marks,
            is_line_start: true,
        };
        writer.write(&literal);
    }
    // Literals within literals come behind them. Marks at the same place are of one literal, and in its order.
    marks.sort_by_key(|mark| mark.offset);
    marks
}

/// The smallest parts of a literal that a mark may not split.
#[derive(Debug)]
struct Unit<'a> {
    length: usize,
    /// What it means.
    value: Value<'a>,
}

#[derive(Debug)]
enum Value<'a> {
    Itself(&'a str),
    Escaped(String),
}

impl Unit<'_> {
    fn text(&self) -> &str {
        match &self.value {
            Value::Itself(text) => text,
            Value::Escaped(text) => text,
        }
    }

    /// Whether a line of the script ends here. Python takes a lone carriage return for one, too.
    fn ends_line(&self) -> bool {
        self.text().ends_with(['\n', '\r'])
    }

    fn is_blank(&self) -> bool {
        self.text().bytes().all(|byte| byte.is_ascii_whitespace())
    }
}

struct Writer<'a> {
    text: &'a str,
    literal: usize,
    marks: &'a mut Vec<Mark>,
    /// Whether no text of the line came yet. Otherwise the last mark says what comes.
    is_line_start: bool,
}

impl Writer<'_> {
    fn write(&mut self, literal: &Literal) {
        for (index, part) in literal.parts.iter().enumerate() {
            match part {
                Part::Hole(source) => {
                    let source = source.clone();
                    self.mark(
                        source.start,
                        MarkKind::HoleStart {
                            source: source.clone(),
                        },
                    );
                    self.mark(source.end, MarkKind::HoleEnd { source });
                }
                Part::Text(range) => {
                    let mut range = range.clone();
                    if literal.is_indented && index == 0 {
                        range.start += opener_rest(&self.text[range.clone()]);
                    }
                    self.write_text(range, literal.is_indented);
                }
            }
        }
    }

    fn write_text(&mut self, range: Range<usize>, is_indented: bool) {
        let mut at = range.start;
        while at < range.end {
            let rest = &self.text[at..range.end];
            let unit = if is_indented {
                indented_unit(rest)
            } else {
                plain_unit(rest)
            };
            let end = at + unit.length;
            if self.is_line_start && !unit.is_blank() {
                self.mark(at, MarkKind::Text);
            }
            if !self.is_line_start {
                self.say(at..end, unit);
            }
            at = end;
        }
    }

    fn mark(&mut self, offset: usize, kind: MarkKind) {
        self.marks.push(Mark {
            offset,
            kind,
            said: Vec::new(),
            literal: self.literal,
        });
        self.is_line_start = false;
    }

    /// Adds to what the last mark says.
    fn say(&mut self, source: Range<usize>, unit: Unit<'_>) {
        self.is_line_start = unit.ends_line();
        let Some(mark) = self.marks.last_mut() else {
            return;
        };
        match (unit.value, mark.said.last_mut()) {
            (Value::Itself(_), Some(last)) if last.escaped.is_none() => {
                last.source.end = source.end
            }
            (Value::Itself(_), _) => mark.said.push(Said {
                source,
                escaped: None,
            }),
            (Value::Escaped(text), _) => mark.said.push(Said {
                source,
                escaped: Some(text),
            }),
        }
    }
}

/// Blanks up to the first line feed belong to the opening quotes.
fn opener_rest(body: &str) -> usize {
    let blanks = body.len() - body.trim_start_matches(' ').len();
    if body[blanks..].starts_with('\n') {
        blanks + 1
    } else {
        0
    }
}

/// The first unit of a part of a `''` string. The part is not empty.
fn indented_unit(rest: &str) -> Unit<'_> {
    if rest.starts_with("\r\n") {
        return itself(rest, 2);
    }
    if rest.starts_with("''$") {
        return escape(3, "$");
    }
    if rest.starts_with("'''") {
        return escape(3, "''");
    }
    if let Some(escaped) = rest
        .strip_prefix("''\\")
        .and_then(|rest| rest.chars().next())
    {
        return escape(3 + escaped.len_utf8(), &unescape(escaped));
    }
    itself(rest, 1)
}

/// The first unit of a part of a `"` string. The part is not empty.
fn plain_unit(rest: &str) -> Unit<'_> {
    if rest.starts_with("\r\n") {
        return escape(2, "\n");
    }
    if rest.starts_with('\r') {
        return escape(1, "\n");
    }
    if let Some(escaped) = rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
        return escape(1 + escaped.len_utf8(), &unescape(escaped));
    }
    itself(rest, 1)
}

fn itself(rest: &str, characters: usize) -> Unit<'_> {
    let length = rest.chars().take(characters).map(char::len_utf8).sum();
    Unit {
        length,
        value: Value::Itself(&rest[..length]),
    }
}

fn escape<'a>(length: usize, text: &str) -> Unit<'a> {
    Unit {
        length,
        value: Value::Escaped(text.to_owned()),
    }
}

fn unescape(escaped: char) -> String {
    match escaped {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
    .to_string()
}
