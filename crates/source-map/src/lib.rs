//! Nix text to test script text and back, exactly or not at all.
//!
//! A NixOS test spells its Python script inside a Nix expression. A [`Project`] holds Nix files, evaluates them as far as
//! files alone tell, and lines the scripts of their tests up with the one that a real evaluation produced; the result is
//! a [`ScriptMap`], which carries positions from one text to the other. The crate is pure: it reads no files but through
//! its caller's [`Files`], runs no `nix` and knows no clock. `docs/source-map.md` tells how it works and how well.
//!
//! Three promises hold everywhere:
//! * It never fails. What cannot be understood is a [`Problem`] beside the answer, and the script stays unmapped.
//! * It never guesses aloud. [`Origin::Exact`] is the only place that byte can have come from; text that was computed
//!   is [`Origin::Hole`]; when several alignments are possible and disagree about the line, the answer is
//!   [`Origin::Generated`], although the best guess stays visible in the [`Segment`].
//! * Offsets are bytes inside the crate. [`Position`]s, with their [`Column`] unit, exist at the edges alone.
//!
//! ```
//! use source_map::{Column, FileId, Location, Position, ScriptMap, Source};
//!
//! let nix = "{\n  testScript = ''\n    start_all()\n    web.succeed(\"${check}\")\n  '';\n}";
//! let script = "start_all()\nweb.succeed(\"true\")\n"; // what an evaluation gave
//! let map = ScriptMap::align(script, &[Source::new("web.nix", nix)]);
//!
//! assert_eq!(map.script_lines(FileId(0), 4), [2]);
//! let position = Position::new(4, 5);
//! assert_eq!(map.nix_line(2, Column::Utf16), Location::Exact { file: FileId(0), position });
//! ```
//!
//! What it does not do: write text back into a Nix string, or read Python.

mod align;
mod depth;
mod discovery;
mod edits;
mod evaluate;
mod map;
mod markers;
mod place;
mod position;
mod problem;
mod project;
mod query;
mod rediscovery;
mod shape;
mod stab;
mod strings;
mod syntax;

pub use discovery::{Binding, NodeName, StringLiteral, StringStyle, Wrapper, discover, literals};
pub use edits::LineEdits;
pub use map::{
    Certainty, Hint, HoleId, HoleValue, Level, Match, ScriptMap, Segment, SegmentKind, Source,
};
pub use markers::{
    CannotMark, FoundMark, Instrumented, Mark, MarkKind, MarkableLiteral, Misread, Reading,
    Selection, instrument, markable_literals,
};
pub use place::{FileId, Place};
pub use position::{Column, LineEnds, LineIndex, Position};
pub use problem::{Problem, Unreadable};
pub use project::{Files, NoFiles, Project};
pub use query::{Columns, Location, Origin};
pub use rediscovery::rediscover;
pub use shape::{Hole, HoleClass, Item, Join, Literal, Piece, PieceOrigin, Shape};
