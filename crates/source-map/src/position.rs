//! Lines and columns of a text, and the units in which the protocols count them.
//!
//! Everything else in this crate counts bytes. A [`LineIndex`] converts at the edge.

use std::ops::Range;
use std::sync::Arc;

/// A line and a column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in the unit that the call names. The place behind the last character of a line has one too.
    pub column: u32,
}

impl Position {
    /// Line and column, both from 1.
    pub fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }
}

/// The unit of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Bytes of UTF-8: what Python's `co_positions` counts, and what an LSP client may agree to.
    Utf8,
    /// UTF-16 code units: the default of LSP, and what most DAP clients send.
    Utf16,
    /// Unicode scalar values: the characters of a Python `str`.
    Scalar,
}

impl Column {
    fn width(self, text: &str) -> usize {
        match self {
            Column::Utf8 => text.len(),
            Column::Utf16 => text.chars().map(char::len_utf16).sum(),
            Column::Scalar => text.chars().count(),
        }
    }

    fn width_of(self, character: char) -> usize {
        match self {
            Column::Utf8 => character.len_utf8(),
            Column::Utf16 => character.len_utf16(),
            Column::Scalar => 1,
        }
    }
}

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineEnds {
    /// LF, CR LF and a lone CR, as in Python source. A form feed ends no line.
    Python,
    /// LF and CR LF, as editors show a Nix file. A lone CR is content.
    Nix,
}

/// A text with its line starts.
#[derive(Debug, Clone)]
pub struct LineIndex {
    text: Arc<str>,
    /// Content of each line, without what ends it. There is always at least one.
    lines: Vec<Range<usize>>,
}

impl LineIndex {
    /// Finds the lines of `text`.
    pub fn new(text: impl Into<Arc<str>>, line_ends: LineEnds) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let mut lines = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            let width = match (bytes[at], bytes.get(at + 1)) {
                (b'\n', _) => 1,
                (b'\r', Some(b'\n')) => 2,
                (b'\r', _) if line_ends == LineEnds::Python => 1,
                _ => 0,
            };
            if width > 0 {
                lines.push(start..at);
                start = at + width;
                at = start;
            } else {
                at += 1;
            }
        }
        lines.push(start..bytes.len());
        Self { text, lines }
    }

    /// The whole text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The number of lines; a text that ends with a line end has an empty last line.
    pub fn line_count(&self) -> u32 {
        to_u32(self.lines.len())
    }

    /// The bytes of a line without its line end; `None` when there is no such line.
    pub fn line_range(&self, line: u32) -> Option<Range<usize>> {
        let index = (line as usize).checked_sub(1)?;
        self.lines.get(index).cloned()
    }

    /// The line that holds byte `offset`; a line end belongs to the line it ends, and what lies behind the text to the last.
    pub fn line_of(&self, offset: usize) -> u32 {
        to_u32(self.lines.partition_point(|line| line.start <= offset)).max(1)
    }

    /// Line and column of byte `offset`. An offset inside a character is that character's, one inside or behind a line
    /// end is the end of that line.
    pub fn position(&self, offset: usize, unit: Column) -> Position {
        let line = self.line_of(offset);
        let range = &self.lines[line as usize - 1];
        let mut end = offset.clamp(range.start, range.end);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let column = unit.width(&self.text[range.start..end]) + 1;
        Position {
            line,
            column: to_u32(column),
        }
    }

    /// The byte at a line and column: `None` when the line does not exist; a column behind the end of the line is its
    /// end, one inside a character is that character's start.
    pub fn offset(&self, position: Position, unit: Column) -> Option<usize> {
        let range = self.line_range(position.line)?;
        let mut left = (position.column as usize).saturating_sub(1);
        for (offset, character) in self.text[range.clone()].char_indices() {
            let width = unit.width_of(character);
            if left < width {
                return Some(range.start + offset);
            }
            left -= width;
        }
        Some(range.end)
    }
}

/// Texts of more than four thousand million lines or columns do not occur; if one does, the count stops there.
fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
