//! What Nix expressions say about the text they evaluate to, before any evaluation: which bytes they spell out, in which
//! order, and where the unknown parts stand.
//!
//! A shape describes a set of texts. The evaluated script is one of them, or the shape is not of that script.

use crate::Place;

/// The shape of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Text that is known.
    Literal(Literal),
    /// Text that only an evaluation knows.
    Hole(Hole),
    /// One after the other, with nothing between.
    Sequence(Vec<Shape>),
    /// Exactly one of these: the arms of an `if` whose condition only an evaluation knows.
    Choice(Vec<Shape>),
    /// The elements of a list with a text between each two.
    Join(Box<Join>),
    /// The known value of an interpolation.
    Interpolated {
        /// `${…}`, with the braces.
        source: Place,
        /// What is pasted in its place.
        value: Box<Shape>,
    },
}

/// A list of texts that are put into one, as `concatStringsSep` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// What stands between two elements, and nowhere else.
    pub separator: Shape,
    /// The elements, in their order.
    pub items: Vec<Item>,
}

/// Elements of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// One element.
    One(Shape),
    /// All of these, or none of them.
    Optional(Vec<Item>),
    /// Any number of elements, each with this shape; none is a number too.
    Many(Shape),
}

/// A run of known text, cut wherever it is not the text of one file byte by byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literal {
    /// In the order of the text; none is empty.
    pub pieces: Vec<Piece>,
}

/// A part of a literal with one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// How a file says it, and where.
    pub origin: PieceOrigin,
}

/// How a file spells a piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PieceOrigin {
    /// Byte for byte.
    Verbatim(Place),
    /// By other bytes, such as `''$` for `$`.
    Escape(Place),
    /// Nowhere: it was computed from what files say, as by `toString 1` or `replaceStrings`.
    Computed,
}

/// An interpolation, or another expression, with a value that only an evaluation knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// `${…}` with the braces, or the expression that stands alone.
    pub source: Place,
    /// What is known of its value.
    pub class: HoleClass,
}

/// What the syntax proves about the value of a hole. Only proofs count here: a guess would make a wrong map look unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoleClass {
    /// Any text at all.
    Anything,
    /// Text without a line feed: a path, a package, `builtins.toJSON …`.
    SingleLine,
    /// Any text at all; but since it stands within a line of other text, it is one line in nearly every test.
    Inline,
}

impl Literal {
    /// The whole text.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect()
    }
}

impl Shape {
    /// The same shape, with each hole of one class in another.
    pub(crate) fn with_class(&self, from: HoleClass, to: HoleClass) -> Self {
        let all = |shapes: &[Shape]| {
            let shapes = shapes.iter();
            shapes.map(|shape| shape.with_class(from, to)).collect()
        };
        match self {
            Shape::Literal(literal) => Shape::Literal(literal.clone()),
            Shape::Hole(hole) => Shape::Hole(Hole {
                source: hole.source.clone(),
                class: match hole.class == from {
                    true => to,
                    false => hole.class,
                },
            }),
            Shape::Sequence(shapes) => Shape::Sequence(all(shapes)),
            Shape::Choice(shapes) => Shape::Choice(all(shapes)),
            Shape::Join(join) => Shape::Join(Box::new(Join {
                separator: join.separator.with_class(from, to),
                items: join
                    .items
                    .iter()
                    .map(|item| item.with_class(from, to))
                    .collect(),
            })),
            Shape::Interpolated { source, value } => Shape::Interpolated {
                source: source.clone(),
                value: Box::new(value.with_class(from, to)),
            },
        }
    }

    /// Whether any visible text of it is known, so that it cannot be of every script.
    pub(crate) fn spells_text(&self) -> bool {
        match self {
            Shape::Literal(literal) => literal
                .pieces
                .iter()
                .any(|piece| !piece.text.trim().is_empty()),
            Shape::Hole(_) => false,
            Shape::Sequence(parts) => parts.iter().any(Self::spells_text),
            Shape::Choice(arms) => arms.iter().any(Self::spells_text),
            Shape::Interpolated { value, .. } => value.spells_text(),
            Shape::Join(join) => join.items.iter().any(Item::spells_text),
        }
    }
}

impl Item {
    fn with_class(&self, from: HoleClass, to: HoleClass) -> Self {
        match self {
            Item::One(shape) => Item::One(shape.with_class(from, to)),
            Item::Many(shape) => Item::Many(shape.with_class(from, to)),
            Item::Optional(items) => {
                let items = items.iter();
                Item::Optional(items.map(|item| item.with_class(from, to)).collect())
            }
        }
    }

    fn spells_text(&self) -> bool {
        match self {
            Item::One(shape) | Item::Many(shape) => shape.spells_text(),
            Item::Optional(items) => items.iter().any(Self::spells_text),
        }
    }
}
