//! Random shapes over invented files, and the texts they can have, each with the true source of every byte.

use std::ops::Range;

use source_map::{
    FileId, Hole, HoleClass, Item, Join, Literal, Piece, PieceOrigin, Place, Shape, Source,
};

use crate::support::Chance;

/// Where a byte truly came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Truth {
    /// This byte of a file.
    Byte(FileId, usize),
    /// The value of this interpolation.
    Value(Place),
    /// No file.
    Nowhere,
}

/// A text of a shape.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) script: String,
    /// One for each byte.
    pub(crate) truth: Vec<Truth>,
    /// The interpolations and where their values are.
    pub(crate) values: Vec<(Place, Range<usize>)>,
    pub(crate) is_visible: bool,
    /// How good the way to this text is: four for each byte of known text, less one for each line feed in a hole.
    pub(crate) worth: isize,
    inside: Vec<Place>,
    /// Long values of one letter.
    is_dull: bool,
}

impl Written {
    /// One of the texts of a shape.
    pub(crate) fn of(shape: &Shape, chance: &mut Chance) -> Self {
        let mut written = Self {
            is_dull: chance.below(6) == 0,
            ..Self::default()
        };
        written.shape(shape, chance);
        written
    }

    fn shape(&mut self, shape: &Shape, chance: &mut Chance) {
        match shape {
            Shape::Literal(literal) => literal.pieces.iter().for_each(|piece| self.piece(piece)),
            Shape::Sequence(shapes) => shapes.iter().for_each(|shape| self.shape(shape, chance)),
            Shape::Choice(arms) => {
                let arm = chance.below(arms.len());
                self.shape(&arms[arm], chance);
            }
            Shape::Hole(hole) => {
                let start = self.script.len();
                let letters: &[&str] = match hole.class {
                    HoleClass::SingleLine => &["a", "b", "c", "é"],
                    HoleClass::Anything | HoleClass::Inline => &["a", "b", "c", "\n"],
                };
                if self.is_dull {
                    self.script.push_str(&"a".repeat(chance.below(60)));
                }
                for _ in 0..chance.below(5) {
                    self.script.push_str(chance.pick(letters));
                }
                self.worth -= feeds(&self.script[start..]);
                self.truth
                    .resize(self.script.len(), Truth::Value(hole.source.clone()));
                self.values
                    .push((hole.source.clone(), start..self.script.len()));
            }
            Shape::Interpolated { source, value } => {
                let start = self.script.len();
                let index = self.values.len();
                self.values.push((source.clone(), start..start));
                self.inside.push(source.clone());
                self.shape(value, chance);
                self.inside.pop();
                self.values[index].1.end = self.script.len();
            }
            Shape::Join(join) => {
                let mut elements = Vec::new();
                elements_of(&join.items, chance, &mut elements);
                for (index, element) in elements.into_iter().enumerate() {
                    if index > 0 {
                        self.shape(&join.separator, chance);
                    }
                    self.shape(element, chance);
                }
            }
        }
    }

    fn piece(&mut self, piece: &Piece) {
        self.script.push_str(&piece.text);
        self.worth += 4 * piece.text.len() as isize;
        self.is_visible |= !piece.text.trim().is_empty();
        let truth = |offset: usize| match (&piece.origin, self.inside.last()) {
            (PieceOrigin::Verbatim(place), _) => {
                Truth::Byte(place.file, place.range.start + offset)
            }
            (PieceOrigin::Escape(place), _) => Truth::Byte(place.file, place.range.start),
            (PieceOrigin::Computed, Some(place)) => Truth::Value(place.clone()),
            (PieceOrigin::Computed, None) => Truth::Nowhere,
        };
        self.truth.extend((0..piece.text.len()).map(truth));
    }
}

/// The number of line feeds in a text.
pub(crate) fn feeds(text: &str) -> isize {
    text.matches('\n').count() as isize
}

fn elements_of<'s>(items: &'s [Item], chance: &mut Chance, elements: &mut Vec<&'s Shape>) {
    for item in items {
        match item {
            Item::One(shape) => elements.push(shape),
            Item::Optional(items) if chance.below(2) == 0 => elements_of(items, chance, elements),
            Item::Optional(_) => {}
            Item::Many(shape) => elements.extend((0..chance.below(4)).map(|_| shape)),
        }
    }
}

/// Makes shapes, and with them the files they are in.
pub(crate) struct Author<'c> {
    chance: &'c mut Chance,
    files: Vec<String>,
    /// Shapes that occurred, to occur again: a name that is used twice.
    named: Vec<Shape>,
    /// Long texts of one letter, which can stand at many overlapping places.
    is_dull: bool,
}

impl<'c> Author<'c> {
    /// A shape of this depth at most, and its files.
    pub(crate) fn write(chance: &'c mut Chance, depth: usize) -> (Shape, Vec<Source>) {
        let files = vec![String::new(); 1 + chance.below(2)];
        let is_dull = chance.below(10) == 0;
        let mut author = Self {
            is_dull,
            chance,
            files,
            named: Vec::new(),
        };
        // Something is spelled out in any case: a shape without is never taken.
        let mut shapes = vec![author.literal()];
        shapes.extend((0..1 + author.chance.below(4)).map(|_| author.shape(depth)));
        let begin = author.chance.below(shapes.len());
        shapes.swap(0, begin);
        let shape = Shape::Sequence(shapes);
        let sources = (0..).zip(author.files);
        let sources = sources.map(|(number, text)| Source::new(format!("{number}.nix"), text));
        (shape, sources.collect())
    }

    fn shape(&mut self, depth: usize) -> Shape {
        if depth == 0 {
            return match self.chance.below(5) {
                0 => self.hole(),
                _ => self.literal(),
            };
        }
        let shape = match self.chance.below(16) {
            0..=2 => self.literal(),
            3 | 4 => self.hole(),
            5 | 6 => Shape::Choice(self.shapes(1, 3, depth)),
            7..=9 => self.join(depth),
            10 | 11 => self.interpolated(depth),
            12 if !self.named.is_empty() => self.named[self.chance.below(self.named.len())].clone(),
            _ => Shape::Sequence(self.shapes(0, 4, depth)),
        };
        if self.chance.below(4) == 0 {
            self.named.push(shape.clone());
        }
        shape
    }

    fn shapes(&mut self, least: usize, most: usize, depth: usize) -> Vec<Shape> {
        let count = least + self.chance.below(most - least + 1);
        (0..count).map(|_| self.shape(depth - 1)).collect()
    }

    fn join(&mut self, depth: usize) -> Shape {
        let separator = match self.chance.below(4) {
            0 => Shape::Sequence(Vec::new()),
            1 => self.shape(depth - 1),
            _ => self.literal(),
        };
        let items = self.items(depth);
        Shape::Join(Box::new(Join { separator, items }))
    }

    fn items(&mut self, depth: usize) -> Vec<Item> {
        let count = self.chance.below(4);
        let item = |_| match self.chance.below(5) {
            0 | 1 => Item::One(self.shape(depth - 1)),
            2 | 3 => Item::Many(self.shape(depth - 1)),
            _ if depth > 1 => Item::Optional(self.items(depth - 1)),
            _ => Item::Optional(vec![Item::One(self.shape(0))]),
        };
        (0..count).map(item).collect()
    }

    fn literal(&mut self) -> Shape {
        let count = 1 + self.chance.below(3);
        let pieces = (0..count).map(|_| self.piece()).collect();
        Shape::Literal(Literal { pieces })
    }

    fn piece(&mut self) -> Piece {
        let mut text = if self.is_dull {
            "a".repeat(1 + self.chance.below(40)) + self.chance.pick(&["", "", "", "\n"])
        } else {
            let letters = &["a", "a", "b", "c", "\n", "é", "ab"];
            let count = 1 + self.chance.below(3);
            (0..count).map(|_| self.chance.pick(letters)).collect()
        };
        let origin = match self.chance.below(8) {
            0 => PieceOrigin::Computed,
            1 => {
                text = self.chance.pick(&["a", "ab", "\n"]).to_owned();
                PieceOrigin::Escape(self.place("''$"))
            }
            _ => PieceOrigin::Verbatim(self.place(&text)),
        };
        Piece { text, origin }
    }

    fn hole(&mut self) -> Shape {
        let class = self
            .chance
            .pick(&[HoleClass::Anything, HoleClass::SingleLine]);
        let source = self.place(self.chance_of_lines());
        Shape::Hole(Hole { source, class })
    }

    fn chance_of_lines(&self) -> &'static str {
        if self.named.len().is_multiple_of(3) {
            "${\n  x}"
        } else {
            "${x}"
        }
    }

    /// A value that stands in the interpolation itself, or anywhere.
    fn interpolated(&mut self, depth: usize) -> Shape {
        let value;
        let source = if self.chance.below(2) == 0 {
            let file = self.chance.below(self.files.len());
            let start = self.files[file].len();
            self.files[file].push_str("${");
            value = self.shape(depth - 1);
            self.files[file].push('}');
            Place::new(file_id(file), start..self.files[file].len())
        } else {
            value = self.shape(depth - 1);
            self.place("${x}")
        };
        Shape::Interpolated {
            source,
            value: Box::new(value),
        }
    }

    /// A new place with this text, often on a line of its own.
    fn place(&mut self, text: &str) -> Place {
        let file = self.chance.below(self.files.len());
        let written = &mut self.files[file];
        written.push_str(self.chance.pick(&["", " ", "\n", "\n"]));
        let start = written.len();
        written.push_str(text);
        Place::new(file_id(file), start..written.len())
    }
}

fn file_id(index: usize) -> FileId {
    FileId(u32::try_from(index).expect("a few files"))
}
