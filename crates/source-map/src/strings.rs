//! The exact meaning of Nix string literals: which bytes vanish, which stay, which turn into others.
//!
//! Written from the rules of Nix's own lexer and of its removal of indentation, because rnix's normalisation differs
//! from Nix after `''\n` and keeps no positions. `tests/golden/strings.json` holds what Nix itself answered.

use std::ops::Range;

use crate::{FileId, Literal, Piece, PieceOrigin, Place, StringStyle};

/// A part of a string literal between its quotes.
#[derive(Debug, Clone)]
pub(crate) enum Part<H> {
    /// Raw bytes of the file.
    Text(Range<usize>),
    /// An interpolation.
    Hole(H),
}

/// A part of the value of a string literal.
#[derive(Debug, Clone)]
pub(crate) enum Run<H> {
    /// Text that is spelled out.
    Literal(Literal),
    /// An interpolation.
    Hole(H),
}

impl<H> Run<H> {
    pub(crate) fn hole(&self) -> Option<&H> {
        match self {
            Run::Literal(_) => None,
            Run::Hole(hole) => Some(hole),
        }
    }

    /// The text, if it is spelled out.
    pub(crate) fn known(&self) -> Option<String> {
        match self {
            Run::Literal(literal) => Some(literal.text()),
            Run::Hole(_) => None,
        }
    }
}

/// The value of a string literal with these parts.
pub(crate) fn runs<H>(
    style: StringStyle,
    text: &str,
    file: FileId,
    parts: Vec<Part<H>>,
) -> Vec<Run<H>> {
    let tokens = match style {
        StringStyle::Indented => {
            let mut tokens = indented_tokens(text, parts);
            strip_indentation(text, &mut tokens);
            tokens
        }
        StringStyle::Plain => plain_tokens(text, parts),
    };
    join(text, file, tokens)
}

/// What Nix's lexer makes of the body of a string, with the bytes that remain of it.
#[derive(Debug)]
enum Token<H> {
    /// Bytes that stand for themselves. `kept` are those that survive, in ascending order.
    Text {
        source: Range<usize>,
        counts: bool,
        kept: Vec<Range<usize>>,
    },
    Escape {
        source: Range<usize>,
        value: String,
        kept: bool,
    },
    Hole(H),
}

impl<H> Token<H> {
    fn run(source: Range<usize>) -> Self {
        Token::Text {
            source,
            counts: true,
            kept: Vec::new(),
        }
    }

    fn lone(source: Range<usize>) -> Self {
        Token::Text {
            source,
            counts: false,
            kept: Vec::new(),
        }
    }

    fn whole(source: Range<usize>) -> Self {
        let kept = Vec::from([source.clone()]);
        Token::Text {
            source,
            counts: true,
            kept,
        }
    }

    fn escape(source: Range<usize>, value: &str) -> Self {
        Token::Escape {
            source,
            value: value.to_owned(),
            kept: true,
        }
    }
}

/// Splits the body of a `''` string as Nix does. Only the long runs, not the lone `$` and `'`, count for indentation.
fn indented_tokens<H>(text: &str, parts: Vec<Part<H>>) -> Vec<Token<H>> {
    let mut tokens = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        match part {
            Part::Hole(hole) => tokens.push(Token::Hole(hole)),
            Part::Text(mut range) => {
                if index == 0 {
                    range.start += opener_rest(&text[range.clone()]);
                }
                split_indented(text, range, &mut tokens);
            }
        }
    }
    tokens
}

/// Blanks up to the first line feed belong to the opening quotes. Neither a tab nor a carriage return is a blank here.
fn opener_rest(body: &str) -> usize {
    let blanks = body.bytes().take_while(|&byte| byte == b' ').count();
    if body.as_bytes().get(blanks) == Some(&b'\n') {
        blanks + 1
    } else {
        0
    }
}

fn split_indented<H>(text: &str, range: Range<usize>, tokens: &mut Vec<Token<H>>) {
    let body = &text[..range.end];
    let mut at = range.start;
    while at < range.end {
        let rest = &body[at..];
        let run = run_length(rest.as_bytes());
        let (length, token) = if run > 0 {
            (run, Token::run(at..at + run))
        } else if rest.starts_with("''$") {
            (3, Token::escape(at..at + 3, "$"))
        } else if rest.starts_with("'''") {
            (3, Token::escape(at..at + 3, "''"))
        } else if let Some(escaped) = rest
            .strip_prefix("''\\")
            .and_then(|rest| rest.chars().next())
        {
            let length = 3 + escaped.len_utf8();
            (
                length,
                Token::escape(at..at + length, &unescape(escaped).to_string()),
            )
        } else {
            (1, Token::lone(at..at + 1))
        };
        tokens.push(token);
        at += length;
    }
}

/// The length of Nix's longest run of ordinary characters: no `$` or `'`, except one that the next byte makes harmless.
fn run_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    loop {
        length += match (bytes.get(length), bytes.get(length + 1)) {
            (Some(b'$'), Some(next)) if !matches!(next, b'{' | b'\'') => 2,
            (Some(b'\''), Some(next)) if !matches!(next, b'\'' | b'$') => 2,
            (Some(b'$' | b'\'') | None, _) => return length,
            (Some(_), _) => 1,
        };
    }
}

fn unescape(escaped: char) -> char {
    match escaped {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
}

/// Decides which bytes of an indented string survive: Nix's two passes, first the smallest indentation, then the cut.
fn strip_indentation<H>(text: &str, tokens: &mut [Token<H>]) {
    let mut line = LineStart {
        indentation: smallest_indentation(text, tokens),
        blanks: Some(0),
    };
    for token in tokens.iter_mut() {
        match token {
            Token::Hole(_) => line.blanks = None,
            // This pass looks at what an escape means: a line feed starts a line here, although it did not for the
            // smallest indentation, and even an escaped space is cut.
            Token::Escape { value, kept, .. } => {
                *kept = value.bytes().fold(true, |_, byte| line.keeps(byte))
            }
            Token::Text { source, kept, .. } => {
                for at in source.clone() {
                    if line.keeps(text.as_bytes()[at]) {
                        keep(kept, at);
                    }
                }
            }
        }
    }
    if let Some(Token::Text { kept, .. }) = tokens.last_mut() {
        cut_blank_last_line(text, kept);
    }
}

/// The second pass: how many blanks the line has had so far, while it had nothing else.
struct LineStart {
    indentation: usize,
    blanks: Option<usize>,
}

impl LineStart {
    fn keeps(&mut self, byte: u8) -> bool {
        match (byte, &mut self.blanks) {
            (b'\n', _) => self.blanks = Some(0),
            (b' ', Some(blanks)) => {
                *blanks += 1;
                return *blanks > self.indentation;
            }
            _ => self.blanks = None,
        }
        true
    }
}

fn smallest_indentation<H>(text: &str, tokens: &[Token<H>]) -> usize {
    let mut smallest = usize::MAX;
    let mut current = Some(0);
    for token in tokens {
        let Token::Text {
            source,
            counts: true,
            ..
        } = token
        else {
            smallest = smallest.min(current.take().unwrap_or(usize::MAX));
            continue;
        };
        for byte in text[source.clone()].bytes() {
            match (byte, &mut current) {
                (b'\n', _) => current = Some(0),
                (b' ', Some(spaces)) => *spaces += 1,
                (_, current) => smallest = smallest.min(current.take().unwrap_or(usize::MAX)),
            }
        }
    }
    smallest
}

fn keep(kept: &mut Vec<Range<usize>>, at: usize) {
    match kept.last_mut() {
        Some(last) if last.end == at => last.end = at + 1,
        _ => kept.push(at..at + 1),
    }
}

/// Drops what follows the last line feed of the last token when it is nothing but spaces.
fn cut_blank_last_line(text: &str, kept: &mut Vec<Range<usize>>) {
    while let Some(last) = kept.last_mut() {
        let line = &text[last.clone()];
        match line.rfind('\n') {
            Some(feed) if line[feed + 1..].bytes().all(|byte| byte == b' ') => {
                last.end = last.start + feed + 1;
                return;
            }
            Some(_) => return,
            // Kept pieces break only where blanks were stripped, which is directly behind a line feed: a piece without
            // a line feed continues the line of the piece before it.
            None if kept.len() > 1 && line.bytes().all(|byte| byte == b' ') => {
                kept.pop();
            }
            None => return,
        }
    }
}

/// Splits the body of a `"` string. Only backslashes and carriage returns are not themselves.
fn plain_tokens<H>(text: &str, parts: Vec<Part<H>>) -> Vec<Token<H>> {
    let mut tokens = Vec::new();
    for part in parts {
        let range = match part {
            Part::Hole(hole) => {
                tokens.push(Token::Hole(hole));
                continue;
            }
            Part::Text(range) => range,
        };
        let body = &text[..range.end];
        let mut at = range.start;
        while at < range.end {
            let rest = &body[at..];
            let run = rest.find(['\\', '\r']).unwrap_or(rest.len());
            let (length, token) = if run > 0 {
                (run, Token::whole(at..at + run))
            } else if rest.starts_with('\r') {
                let length = if rest.starts_with("\r\n") { 2 } else { 1 };
                (length, Token::escape(at..at + length, "\n"))
            } else if let Some(escaped) = rest.chars().nth(1) {
                let length = 1 + escaped.len_utf8();
                (
                    length,
                    Token::escape(at..at + length, &unescape(escaped).to_string()),
                )
            } else {
                // A backslash at the very end: the string is not closed, and has no value.
                break;
            };
            tokens.push(token);
            at += length;
        }
    }
    tokens
}

/// Literals and holes in a row, with neighbours that are neighbours in the file joined.
fn join<H>(text: &str, file: FileId, tokens: Vec<Token<H>>) -> Vec<Run<H>> {
    let mut joined = Vec::new();
    let mut literal = Literal::default();
    for token in tokens {
        match token {
            Token::Hole(hole) => {
                let before = std::mem::take(&mut literal);
                if !before.pieces.is_empty() {
                    joined.push(Run::Literal(before));
                }
                joined.push(Run::Hole(hole));
            }
            Token::Escape { kept: false, .. } => {}
            Token::Escape { source, value, .. } => literal.pieces.push(Piece {
                text: value,
                origin: PieceOrigin::Escape(Place::new(file, source)),
            }),
            Token::Text { kept, .. } => kept
                .into_iter()
                .for_each(|range| append(&mut literal, text, file, range)),
        }
    }
    if !literal.pieces.is_empty() {
        joined.push(Run::Literal(literal));
    }
    joined
}

fn append(literal: &mut Literal, text: &str, file: FileId, range: Range<usize>) {
    if range.is_empty() {
        return;
    }
    if let Some(Piece {
        text: known,
        origin: PieceOrigin::Verbatim(place),
    }) = literal.pieces.last_mut()
        && place.range.end == range.start
    {
        known.push_str(&text[range.clone()]);
        place.range.end = range.end;
        return;
    }
    literal.pieces.push(Piece {
        text: text[range.clone()].to_owned(),
        origin: PieceOrigin::Verbatim(Place::new(file, range)),
    });
}
