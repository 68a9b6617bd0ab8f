//! What a Nix expression says about the text it evaluates to, before any evaluation: which bytes it spells out, and
//! where the unknown parts stand.
//!
//! The grammar is closed and small on purpose. A kind of expression that it cannot describe has no shape, and its
//! script stays unmapped.

use crate::Place;

/// The shape of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Text that the Nix file spells out.
    Literal(Literal),
    /// Text that only an evaluation knows.
    Hole(Hole),
    /// One after the other, with nothing between.
    Sequence(Vec<Shape>),
}

/// A run of spelled-out text, cut wherever the Nix file is not the text byte by byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literal {
    /// In the order of the text; none is empty.
    pub pieces: Vec<Piece>,
}

/// A part of a literal with one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text it evaluates to.
    pub text: String,
    /// The bytes of the Nix file that say so.
    pub source: Place,
    /// How `source` says it.
    pub kind: PieceKind,
}

/// How a Nix file spells a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Byte for byte.
    Verbatim,
    /// By other bytes, such as `''$` for `$`.
    Escape,
}

/// The number of a hole within its shape, from 0 in the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoleId(pub u32);

impl HoleId {
    /// The index in [`ScriptMap::holes`](crate::ScriptMap::holes).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An interpolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Its number.
    pub id: HoleId,
    /// `${…}`, with the braces.
    pub source: Place,
    /// What is known of its value.
    pub class: HoleClass,
}

/// What the syntax proves about the value of a hole. Only proofs count here: a guess would make a wrong map look unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoleClass {
    /// Any text at all.
    Anything,
    /// Text without a line feed: a path, `builtins.toJSON …`, or a string that spells one line.
    SingleLine,
}

impl Shape {
    /// The text of this shape when `value` tells the text of each hole.
    pub fn render<'v>(&self, value: &impl Fn(HoleId) -> &'v str) -> String {
        let mut text = String::new();
        self.render_into(value, &mut text);
        text
    }

    fn render_into<'v>(&self, value: &impl Fn(HoleId) -> &'v str, text: &mut String) {
        match self {
            Shape::Literal(literal) => literal
                .pieces
                .iter()
                .for_each(|piece| text.push_str(&piece.text)),
            Shape::Hole(hole) => text.push_str(value(hole.id)),
            Shape::Sequence(shapes) => shapes
                .iter()
                .for_each(|shape| shape.render_into(value, text)),
        }
    }

    /// Every hole, in the order of the text.
    pub fn holes(&self) -> Vec<&Hole> {
        match self {
            Shape::Literal(_) => Vec::new(),
            Shape::Hole(hole) => vec![hole],
            Shape::Sequence(shapes) => shapes.iter().flat_map(Shape::holes).collect(),
        }
    }

    /// The number of bytes that the Nix file spells out, blanks not counted.
    pub fn visible_bytes(&self) -> usize {
        match self {
            Shape::Literal(literal) => {
                let bytes = literal.pieces.iter().flat_map(|piece| piece.text.bytes());
                bytes.filter(|byte| !byte.is_ascii_whitespace()).count()
            }
            Shape::Hole(_) => 0,
            Shape::Sequence(shapes) => shapes.iter().map(Shape::visible_bytes).sum(),
        }
    }
}
