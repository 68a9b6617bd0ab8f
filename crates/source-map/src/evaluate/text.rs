//! Texts whose bytes remember where they stand, and what the functions of the library do to them.

use std::ops::Range;
use std::rc::Rc;

use crate::{Hole, HoleClass, Item, Join, Literal, Piece, PieceOrigin, Place, Shape};

/// One shape behind the other.
pub(super) fn sequence(parts: Vec<Shape>) -> Shape {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Shape::Sequence(inner) => flat.extend(inner),
            Shape::Literal(literal) if literal.pieces.is_empty() => {}
            other => flat.push(other),
        }
    }
    match flat.len() {
        1 => flat.remove(0),
        _ => Shape::Sequence(flat),
    }
}

/// One of several shapes; equal ones are one.
pub(super) fn choice(arms: Vec<Shape>) -> Shape {
    let mut different: Vec<Shape> = Vec::with_capacity(arms.len());
    for arm in arms {
        if !different.contains(&arm) {
            different.push(arm);
        }
    }
    match different.len() {
        1 => different.remove(0),
        _ => Shape::Choice(different),
    }
}

/// What the module system makes of definitions: each on lines of its own, in an order that their priorities decide.
pub(crate) fn merged(definitions: Vec<Item>) -> Shape {
    let mut arms = Vec::new();
    definitions
        .into_iter()
        .for_each(|definition| add_arms(definition, &mut arms));
    Shape::Join(Box::new(Join {
        separator: super::value::computed("\n"),
        items: vec![Item::Many(choice(arms))],
    }))
}

/// Definitions whose order is known, each on lines of its own.
pub(super) fn in_order(items: Vec<Item>) -> Shape {
    Shape::Join(Box::new(Join {
        separator: super::value::computed("\n"),
        items,
    }))
}

/// Definitions within definitions, as `mkMerge` makes them, are merged with all others.
fn add_arms(definition: Item, arms: &mut Vec<Shape>) {
    match definition {
        Item::Optional(items) => items.into_iter().for_each(|item| add_arms(item, arms)),
        Item::One(Shape::Join(join)) | Item::Many(Shape::Join(join)) if is_merged(&join) => {
            for item in join.items {
                match item {
                    Item::Many(Shape::Choice(inner)) => arms.extend(inner),
                    other => add_arms(other, arms),
                }
            }
        }
        Item::One(shape) | Item::Many(shape) => arms.push(shape),
    }
}

fn is_merged(join: &Join) -> bool {
    join.separator == super::value::computed("\n")
}

/// The text, if all of it is known.
pub(super) fn known(shape: &Shape) -> Option<String> {
    let mut text = String::new();
    collect(shape, &mut text).then_some(text)
}

fn collect(shape: &Shape, text: &mut String) -> bool {
    match shape {
        Shape::Literal(literal) => {
            literal
                .pieces
                .iter()
                .for_each(|piece| text.push_str(&piece.text));
            true
        }
        Shape::Sequence(parts) => parts.iter().all(|part| collect(part, text)),
        Shape::Interpolated { value, .. } => collect(value, text),
        Shape::Hole(_) | Shape::Choice(_) | Shape::Join(_) => false,
    }
}

/// Whether no text of this shape has a line feed.
pub(super) fn is_single_line(shape: &Shape) -> bool {
    match shape {
        Shape::Literal(literal) => literal
            .pieces
            .iter()
            .all(|piece| !piece.text.contains('\n')),
        Shape::Hole(hole) => hole.class == HoleClass::SingleLine,
        Shape::Sequence(parts) | Shape::Choice(parts) => parts.iter().all(is_single_line),
        Shape::Interpolated { value, .. } => is_single_line(value),
        Shape::Join(join) => is_single_line(&join.separator) && join.items.iter().all(is_line),
    }
}

fn is_line(item: &Item) -> bool {
    match item {
        Item::One(shape) | Item::Many(shape) => is_single_line(shape),
        Item::Optional(items) => items.iter().all(is_line),
    }
}

/// About how much memory it takes, in bytes.
pub(super) fn size(shape: &Shape) -> usize {
    fn of_item(item: &Item) -> usize {
        match item {
            Item::One(shape) | Item::Many(shape) => size(shape),
            Item::Optional(items) => items.iter().map(of_item).sum(),
        }
    }
    match shape {
        Shape::Literal(literal) => literal
            .pieces
            .iter()
            .map(|piece| piece.text.len() / 4 + 8)
            .sum(),
        Shape::Hole(_) => 8,
        Shape::Sequence(parts) | Shape::Choice(parts) => parts.iter().map(size).sum(),
        Shape::Interpolated { value, .. } => 8 + size(value),
        Shape::Join(join) => size(&join.separator) + join.items.iter().map(of_item).sum::<usize>(),
    }
}

/// What stands for a hole among known characters.
const HOLE: char = '\0';

/// A text without choices and repetitions, in which one can search and cut.
#[derive(Debug, Clone, Default)]
pub(super) struct Flat {
    /// With [`HOLE`] for each hole.
    pub(super) text: String,
    atoms: Vec<Atom>,
}

#[derive(Debug, Clone)]
struct Atom {
    /// Bytes of [`Flat::text`].
    at: Range<usize>,
    content: Content,
    /// The interpolations that it is the value of, outermost first.
    within: Rc<[Place]>,
}

#[derive(Debug, Clone)]
enum Content {
    Known(PieceOrigin),
    Hole(Hole),
}

impl Flat {
    /// `None` when the shape has more than one form, or a text that looks like a hole.
    pub(super) fn of(shape: &Shape) -> Option<Self> {
        let mut flat = Self::default();
        flat.add(shape, &Rc::from([])).then_some(flat)
    }

    fn add(&mut self, shape: &Shape, within: &Rc<[Place]>) -> bool {
        match shape {
            Shape::Literal(literal) => literal.pieces.iter().all(|piece| {
                self.push(&piece.text, Content::Known(piece.origin.clone()), within);
                !piece.text.contains(HOLE)
            }),
            Shape::Hole(hole) => {
                self.push(
                    HOLE.encode_utf8(&mut [0; 4]),
                    Content::Hole(hole.clone()),
                    within,
                );
                true
            }
            Shape::Sequence(parts) => parts.iter().all(|part| self.add(part, within)),
            Shape::Interpolated { source, value } => {
                let mut inner = within.to_vec();
                inner.push(source.clone());
                self.add(value, &inner.into())
            }
            Shape::Choice(_) | Shape::Join(_) => false,
        }
    }

    fn push(&mut self, text: &str, content: Content, within: &Rc<[Place]>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.atoms.push(Atom {
            at: start..self.text.len(),
            content,
            within: Rc::clone(within),
        });
    }

    pub(super) fn is_known(&self) -> bool {
        !self.text.contains(HOLE)
    }

    /// Whether no hole can hold a line feed.
    pub(super) fn has_known_lines(&self) -> bool {
        self.atoms.iter().all(|atom| match &atom.content {
            Content::Known(_) => true,
            Content::Hole(hole) => hole.class == HoleClass::SingleLine,
        })
    }

    /// A part of it.
    pub(super) fn cut(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        let first = self
            .atoms
            .partition_point(|atom| atom.at.end <= range.start);
        for atom in self.atoms.iter().skip(first) {
            let start = atom.at.start.max(range.start);
            let end = atom.at.end.min(range.end);
            if start >= end {
                break;
            }
            let content = match &atom.content {
                Content::Known(PieceOrigin::Verbatim(place)) => {
                    let from = place.range.start + (start - atom.at.start);
                    let bytes = from..from + (end - start);
                    Content::Known(PieceOrigin::Verbatim(Place::new(place.file, bytes)))
                }
                other => other.clone(),
            };
            part.push(&self.text[start..end], content, &atom.within);
        }
        part
    }

    /// The pieces between the occurrences of a separator.
    pub(super) fn split(&self, separator: &str) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut start = 0;
        for (at, found) in self.text.match_indices(separator) {
            pieces.push(self.cut(start..at));
            start = at + found.len();
        }
        pieces.push(self.cut(start..self.text.len()));
        pieces
    }

    /// Another text in place of each occurrence of a word.
    pub(super) fn replaced(&self, pairs: &[(String, Flat)]) -> Self {
        let mut result = Self::default();
        let mut kept = 0;
        let mut at = 0;
        while at < self.text.len() {
            let rest = &self.text[at..];
            let pair = pairs
                .iter()
                .find(|(from, _)| !from.is_empty() && rest.starts_with(from.as_str()));
            match pair {
                Some((from, to)) => {
                    result.append(self.cut(kept..at));
                    let within = self.within(at);
                    for atom in &to.atoms {
                        result.push(&to.text[atom.at.clone()], atom.content.clone(), &within);
                    }
                    at += from.len();
                    kept = at;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        result.append(self.cut(kept..self.text.len()));
        let has_new_lines = pairs
            .iter()
            .any(|(_, to)| to.text.contains('\n') || !to.has_known_lines());
        for atom in &mut result.atoms {
            if let Content::Hole(hole) = &mut atom.content
                && has_new_lines
            {
                hole.class = HoleClass::Anything;
            }
        }
        result
    }

    fn within(&self, at: usize) -> Rc<[Place]> {
        let index = self.atoms.partition_point(|atom| atom.at.end <= at);
        self.atoms
            .get(index)
            .map_or_else(|| Rc::from([]), |atom| Rc::clone(&atom.within))
    }

    fn append(&mut self, other: Self) {
        for atom in other.atoms {
            let text = &other.text[atom.at];
            self.push(text, atom.content, &atom.within);
        }
    }

    pub(super) fn into_shape(self) -> Shape {
        sequence(self.shapes(&self.atoms, 0))
    }

    fn shapes(&self, atoms: &[Atom], depth: usize) -> Vec<Shape> {
        let mut shapes = Vec::new();
        let mut literal = Literal::default();
        let mut rest = atoms;
        while let Some(atom) = rest.first() {
            let outer = atom.within.get(depth);
            let length = match outer {
                Some(_) => rest
                    .iter()
                    .take_while(|other| other.within.get(depth) == outer)
                    .count(),
                None => 1,
            };
            let (group, behind) = rest.split_at(length);
            rest = behind;
            let shape = match (outer, &atom.content) {
                (None, Content::Known(origin)) => {
                    literal.pieces.push(Piece {
                        text: self.text[atom.at.clone()].to_owned(),
                        origin: origin.clone(),
                    });
                    continue;
                }
                (None, Content::Hole(hole)) => Shape::Hole(hole.clone()),
                (Some(source), _) => Shape::Interpolated {
                    source: source.clone(),
                    value: Box::new(sequence(self.shapes(group, depth + 1))),
                },
            };
            shapes.push(Shape::Literal(std::mem::take(&mut literal)));
            shapes.push(shape);
        }
        shapes.push(Shape::Literal(literal));
        shapes
    }
}
