//! Random string literals that Nix accepts, what they are worth, byte for byte, and which rules of Nix they exercise.
//!
//! Each test binary uses a part of it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod nix;
pub(crate) mod rules;

use std::ops::Range;

use rnix::ast;
use rowan::ast::AstNode;
use source_map::{PieceOrigin, Place, Shape};

use crate::support::{Chance, only_definition};

/// How many random cases a test runs: `NIXTEST_CASES`, or this.
pub(crate) fn cases(default: usize) -> usize {
    number("NIXTEST_CASES").unwrap_or(default)
}

/// Chance from `NIXTEST_SEED`, or always the same.
pub(crate) fn seeded(default: u64) -> Chance {
    Chance::from_seed(number("NIXTEST_SEED").unwrap_or(default))
}

fn number<N: std::str::FromStr>(name: &str) -> Option<N> {
    std::env::var(name).ok()?.parse().ok()
}

const INDENTED: [&str; 42] = [
    " ",
    " ",
    " ",
    "  ",
    "    ",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\n      \n",
    "\t",
    "\r",
    "\r\n",
    "'",
    "$",
    "$$",
    "$${",
    "{",
    "}",
    "a",
    "b(",
    "é",
    "🦀",
    "\"",
    "\\",
    "''$",
    "''${",
    "'''",
    "''\\n",
    "''\\n   ",
    "''\\t",
    "''\\r",
    "''\\'",
    "''\\ ",
    "''\\",
    "''\\é",
    "''\\🦀",
    "# ",
    "\n\t",
    "ß\n",
    "'\n",
];

const PLAIN: [&str; 30] = [
    " ", "\n", "\r", "\r\n", "\t", "'", "''", "$", "$$", "$${", "{", "a", "é", "🦀", "\\n", "\\r",
    "\\t", "\\\\", "\\\"", "\\$", "\\${", "\\", "\\\r", "\\\r\n", "\\\n", "\\é", "\\🦀", "\n  b",
    "\r\n\r\n", "''${",
];

const OPENERS: [&str; 10] = [
    "", "\n", "   \n", " \n", "\t\n", "\r\n", "  \r\n", "a\n", "  a\n", "\n\n",
];

const CLOSERS: [&str; 8] = [
    "", "\n", "\n  ", "\n      ", "  ", "\n \t", "''\\n  ", "\r\n  ",
];

/// A random string literal that Nix accepts, with its quotes. All interpolations in it are string literals again.
pub(crate) fn random_literal(chance: &mut Chance) -> String {
    loop {
        let literal = attempt(chance, 0);
        if is_literal(&literal) {
            return literal;
        }
    }
}

fn attempt(chance: &mut Chance, depth: usize) -> String {
    let most = [18, 6, 4][depth.min(2)];
    let mut body = String::new();
    if chance.below(5) == 0 {
        for _ in 0..chance.below(most) {
            push(&mut body, &PLAIN, chance, depth);
        }
        return format!("\"{body}\"");
    }
    if chance.below(2) == 0 {
        // Any order at all.
        for _ in 0..chance.below(most) {
            push(&mut body, &INDENTED, chance, depth);
        }
    } else {
        // Lines, as people write them, more or less.
        body.push_str(chance.pick(&OPENERS));
        let indentation = chance.below(5);
        for _ in 0..chance.below(5) {
            let end = chance.pick(&["\n", "\n", "\n", "\r\n"]);
            let blanks = match chance.below(4) {
                0 => chance.below(8),
                _ => indentation,
            };
            body.push_str(&" ".repeat(blanks));
            for _ in 0..chance.below(4) {
                push(&mut body, &INDENTED, chance, depth);
            }
            body.push_str(end);
        }
        push(&mut body, &INDENTED, chance, depth);
        body.push_str(chance.pick(&CLOSERS));
    }
    format!("''{body}''")
}

fn push(body: &mut String, alphabet: &[&str], chance: &mut Chance, depth: usize) {
    if depth < 3 && chance.below(8) == 0 {
        let blank = chance.pick(&["", "", "", " ", "\n "]);
        let inner = attempt(chance, depth + 1);
        body.push_str(&format!("${{{blank}{inner}{blank}}}"));
    } else {
        body.push_str(chance.pick(alphabet));
    }
}

/// Whether the text is a single string literal from end to end, with no interpolations but string literals.
fn is_literal(text: &str) -> bool {
    let parsed = rnix::Root::parse(text);
    let Some(ast::Expr::Str(string)) = parsed.tree().expr() else {
        return false;
    };
    let is_whole = usize::from(string.syntax().text_range().len()) == text.len();
    let is_text = |hole: ast::Interpol| matches!(hole.expr(), Some(ast::Expr::Str(_)));
    parsed.errors().is_empty()
        && is_whole
        && string
            .syntax()
            .descendants()
            .filter_map(ast::Interpol::cast)
            .all(is_text)
}

/// How a literal spells a byte of its value, in bytes of the literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spelling {
    Verbatim(usize),
    Escape(Range<usize>),
}

/// The value of a literal, and how each byte of it is spelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) spellings: Vec<Spelling>,
}

/// The value that this crate gives to a literal, and where it says that the bytes stand.
pub(crate) fn value_of(literal: &str) -> Value {
    let mut value = Value::default();
    for run in runs(literal) {
        match run {
            Run::Verbatim(text, range) => {
                assert_eq!(text.len(), range.len(), "{literal:?}");
                value.spellings.extend(range.map(Spelling::Verbatim));
                value.text.push_str(&text);
            }
            Run::Escape(text, range) => {
                let spelling = Spelling::Escape(range);
                value
                    .spellings
                    .extend(text.bytes().map(|_| spelling.clone()));
                value.text.push_str(&text);
            }
        }
    }
    value
}

/// A part of a value, in bytes of the literal.
enum Run {
    Verbatim(String, Range<usize>),
    Escape(String, Range<usize>),
}

/// The only place here that knows how the crate describes a literal.
fn runs(literal: &str) -> Vec<Run> {
    const BEFORE: &str = "{ testScript = ";
    let file = format!("{BEFORE}{literal}; }}");
    let shape = only_definition(&file)
        .shape
        .unwrap_or_else(|reason| panic!("{literal:?}: {reason}"));
    let mut runs = Vec::new();
    add_runs(&shape, BEFORE.len(), &mut runs);
    runs
}

fn add_runs(shape: &Shape, before: usize, runs: &mut Vec<Run>) {
    let local = |place: &Place| place.range.start - before..place.range.end - before;
    match shape {
        Shape::Literal(literal) => runs.extend(literal.pieces.iter().map(|piece| {
            let text = piece.text.clone();
            match &piece.origin {
                PieceOrigin::Verbatim(place) => Run::Verbatim(text, local(place)),
                PieceOrigin::Escape(place) => Run::Escape(text, local(place)),
                PieceOrigin::Computed => panic!("computed text in a literal"),
            }
        })),
        Shape::Sequence(parts) => parts.iter().for_each(|part| add_runs(part, before, runs)),
        Shape::Interpolated { value, .. } => add_runs(value, before, runs),
        other => panic!("no literal: {other:?}"),
    }
}

/// What is wrong with the places that a value names, if anything: a verbatim byte is the byte at its place, an escape is
/// spelled as Nix spells it, and places ascend.
pub(crate) fn misplaced(literal: &str, value: &Value) -> Option<String> {
    if value.spellings.len() != value.text.len() {
        return Some(format!(
            "{} places for {} bytes",
            value.spellings.len(),
            value.text.len()
        ));
    }
    let mut end = 0;
    let mut last = None;
    for (at, spelling) in value.spellings.iter().enumerate() {
        let byte = value.text.as_bytes()[at];
        let (range, is_right) = match spelling {
            Spelling::Verbatim(place) => (
                *place..place + 1,
                literal.as_bytes().get(*place) == Some(&byte),
            ),
            Spelling::Escape(range) => {
                let meaning = meaning(&literal[range.clone()]);
                (range.clone(), meaning.as_bytes().contains(&byte))
            }
        };
        let is_same = last == Some(spelling) && matches!(spelling, Spelling::Escape(_));
        if !is_right || (!is_same && range.start < end) {
            return Some(format!("byte {at} is said to be {spelling:?}"));
        }
        end = range.end;
        last = Some(spelling);
    }
    None
}

fn meaning(escape: &str) -> String {
    match escape {
        "''$" => "$".to_owned(),
        "'''" => "''".to_owned(),
        "\r" | "\r\n" => "\n".to_owned(),
        _ => {
            let character = escape.trim_start_matches("''").chars().nth(1);
            match character {
                Some('n') => "\n".to_owned(),
                Some('r') => "\r".to_owned(),
                Some('t') => "\t".to_owned(),
                other => other.into_iter().collect(),
            }
        }
    }
}
