//! Why there is no map, or a lesser one. Problems are values that travel beside an answer; nothing here ends anything.

use std::ops::Range;

use crate::{FileId, Place};

/// Why the value of a binding has no shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The value is of a kind that the shape grammar cannot describe.
    #[error(
        "this kind of expression ({kind}) cannot be followed to its text; debug the generated script instead"
    )]
    Kind {
        /// The kind, as one would say it: `a concatenation`.
        kind: &'static str,
        /// The expression.
        range: Range<usize>,
    },
    /// The string, or a `${` in it, is not closed, or something in an interpolation does not parse.
    #[error("this string is incomplete; close it and every ${{ in it")]
    Incomplete {
        /// The string as far as it goes.
        range: Range<usize>,
    },
    /// There is no value behind the `=`.
    #[error("testScript has no value yet; write a string behind the =")]
    Missing {
        /// The binding.
        range: Range<usize>,
    },
}

/// What stands in the way of a map, or of a better one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No source has a `testScript` binding.
    #[error("no testScript is bound in the given files; name the file that holds the test")]
    NoBinding,
    /// A binding was left out.
    #[error("{reason}")]
    Unreadable {
        /// The file of the binding.
        file: FileId,
        /// Why.
        reason: Unreadable,
    },
    /// Bindings were understood, and none of them can have produced the script.
    #[error(
        "no testScript of the given files gives this script; save the files and evaluate again"
    )]
    NothingFits,
    /// Several bindings can have produced the script equally well; the first was taken where they agree.
    #[error("other testScript bindings give the same script ({}); say which one is meant", .rivals.len())]
    Rivals {
        /// Where the other bindings stand.
        rivals: Vec<Place>,
    },
    /// The script can be divided among the interpolations in several ways that put some lines at different places.
    #[error(
        "{lines} lines of the script could come from several places; they are shown in the generated script"
    )]
    Ambiguous {
        /// The number of lines of the script that are in doubt.
        lines: usize,
    },
    /// There are so many ways to line a binding up with the script that the search was given up.
    #[error(
        "the interpolations of this testScript leave too many possibilities; debug the generated script instead"
    )]
    TooManyWays {
        /// The file of the binding.
        file: FileId,
        /// The binding.
        range: Range<usize>,
    },
    /// The file nests deeper than can be parsed safely.
    #[error("this file nests too deeply to be read; split it")]
    TooDeep {
        /// The file.
        file: FileId,
    },
}
