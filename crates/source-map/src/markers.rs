//! Marks that a Nix evaluation carries along: the exact way to learn where each part of a script came from.
//!
//! A copy of a Nix file gets marks, U+E000 *number* U+E001, at the beginning of what its string literals say on each
//! line and on both sides of each `${…}`. The copy is evaluated in place of the file, and what comes out is read back
//! by [`Reading::of`]: without the marks it has to be the script of the unmarked file, byte for byte, or it is refused.
//!
//! Marks see through everything that an evaluation does with whole lines: text that is split, joined or moved, generated
//! code, text from several files. What looks at the text itself sees the marks: a marked attribute name, a path, a
//! `hasPrefix` or a sorted list fails or gives something else. [`instrument`] leaves out what the syntax tells, and the caller tries
//! again with fewer literals when that was not enough: [`Selection`].

mod literals;
mod mapping;
mod placing;
mod reading;

use std::ops::Range;

use crate::{FileId, Place};

pub use literals::{MarkableLiteral, markable_literals};
pub use reading::{FoundMark, Misread, Reading};

/// Opens a mark. Both signs are of the private use area: no font, no language and no file has a meaning for them.
const OPEN: char = '\u{E000}';
/// Closes a mark.
const CLOSE: char = '\u{E001}';

/// Which string literals of a file get marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// All of [`markable_literals`].
    All,
    /// Those of [`markable_literals`] that lie in one of these ranges of bytes, such as the value of a binding.
    Within(&'a [Range<usize>]),
    /// Exactly the literals with these ranges, quotes included, whatever the syntax says of them.
    These(&'a [Range<usize>]),
}

/// A Nix file with marks in it.
#[derive(Debug, Clone)]
pub struct Instrumented {
    file: FileId,
    source: String,
    text: String,
    first_id: usize,
    marks: Vec<Mark>,
}

/// A mark in a Nix file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The byte of the unmarked file that it stands before.
    pub offset: usize,
    /// What it says.
    pub kind: MarkKind,
    /// What the file says from here on, up to the end of the line, the next `${` or the end of the literal.
    said: Vec<Said>,
    /// Which literal of the file it belongs to.
    literal: usize,
}

/// What a mark tells about the text behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkKind {
    /// Text of a literal begins.
    Text,
    /// The value of an interpolation begins.
    HoleStart {
        /// `${…}`, with the braces, in bytes of the file.
        source: Range<usize>,
    },
    /// The value of an interpolation is over, and text of the literal goes on.
    HoleEnd {
        /// `${…}`, with the braces, in bytes of the file.
        source: Range<usize>,
    },
}

/// Some text and the bytes that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    source: Range<usize>,
    /// The text, when the source spells it by other bytes.
    escaped: Option<String>,
}

impl Said {
    fn text<'a>(&'a self, source: &'a str) -> &'a str {
        match &self.escaped {
            Some(text) => text,
            None => source.get(self.source.clone()).unwrap_or_default(),
        }
    }
}

/// Why a file gets no marks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotMark {
    /// The characters that make a mark are in the file already.
    #[error(
        "this file holds U+E000 or U+E001 at byte {offset}, which marks are made of; take them out to map its script"
    )]
    HoldsMarks {
        /// The first of them, in bytes.
        offset: usize,
    },
    /// The file nests deeper than can be parsed safely.
    #[error("this file nests too deeply to be read; split it")]
    TooDeep,
}

/// Puts marks into a copy of a Nix file. Their numbers ascend from `first_id`, in the order of the file; the files of
/// one evaluation need numbers that do not overlap, see [`Instrumented::next_id`].
///
/// Marks change neither an escape nor a token nor what Nix takes for indentation: a literal has its old value with marks
/// in it. They stand where text begins on a line, so that blank lines and the blanks before a text stay what they are.
///
/// # Errors
///
/// [`CannotMark`] when the file has such characters itself, or nests too deeply. A literal that is not closed is no
/// error; it gets no marks.
pub fn instrument(
    text: &str,
    file: FileId,
    first_id: usize,
    selection: Selection<'_>,
) -> Result<Instrumented, CannotMark> {
    let chosen = literals::parts_of(text, selection)?;
    let marks = placing::marks(text, chosen);
    let mut marked = String::with_capacity(text.len() + marks.len() * 10);
    let mut done = 0;
    for (id, mark) in (first_id..).zip(&marks) {
        marked.push_str(&text[done..mark.offset]);
        marked.push_str(&format!("{OPEN}{id:x}{CLOSE}"));
        done = mark.offset;
    }
    marked.push_str(&text[done..]);
    Ok(Instrumented {
        file,
        source: text.to_owned(),
        text: marked,
        first_id,
        marks,
    })
}

impl Instrumented {
    /// The copy, to be evaluated in place of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file without marks.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The number of the file.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The marks; the first has the number that [`instrument`] was given, and so on.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The first number that is free for another file.
    pub fn next_id(&self) -> usize {
        self.first_id + self.marks.len()
    }

    fn mark(&self, id: usize) -> Option<&Mark> {
        self.marks.get(id.checked_sub(self.first_id)?)
    }
}

impl Mark {
    /// Where it stands; for the beginning of an interpolation, the whole `${…}`.
    pub fn place(&self, file: FileId) -> Place {
        match &self.kind {
            MarkKind::HoleStart { source } => Place::new(file, source.clone()),
            MarkKind::Text | MarkKind::HoleEnd { .. } => Place::new(file, self.offset..self.offset),
        }
    }
}
