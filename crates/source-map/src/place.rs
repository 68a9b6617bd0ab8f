//! Where something stands in a Nix file. Files have numbers here; their paths belong to the caller.

use std::ops::Range;

/// The number of a file: its index in the list of sources that was given to [`ScriptMap::align`](crate::ScriptMap::align).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The index in the list of sources.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range of bytes in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Bytes from the start of the file; `start == end` is a place between two bytes.
    pub range: Range<usize>,
}

impl Place {
    /// The bytes `range` of `file`.
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, range }
    }
}
