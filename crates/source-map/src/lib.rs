//! Nix text to test script text and back, exactly or not at all.
//!
//! A NixOS test spells its Python script inside a Nix expression. This crate finds such bindings ([`discover`]), and
//! lines one up with the script that an evaluation produced ([`ScriptMap::align`]), so that a position in one text can
//! be carried to the other. It is pure: it reads no files, runs no `nix` and knows no clock; its caller hands it texts.
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
//! What it does not do: write text back into a Nix string, read Python, or look into other files.

mod align;
mod definition;
mod depth;
mod map;
mod place;
mod position;
mod problem;
mod program;
mod query;
mod shape;
mod spans;
mod strings;

pub use definition::{
    Binding, Definition, StringLiteral, StringStyle, Wrapper, definitions, discover,
};
pub use map::{Certainty, Hint, HoleValue, Level, Match, ScriptMap, Segment, SegmentKind, Source};
pub use place::{FileId, Place};
pub use position::{Column, LineEnds, LineIndex, Position};
pub use problem::{Problem, Unreadable};
pub use query::{Columns, Location, Origin};
pub use shape::{Hole, HoleClass, HoleId, Literal, Piece, PieceKind, Shape};
