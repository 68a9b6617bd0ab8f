//! What the tests of this crate share: reproducible chance, and what the crate makes of one expression.
//!
//! Each test binary uses a part of it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use source_map::{Binding, Hole, NoFiles, Project, Shape, Source, Unreadable};

/// Reproducible chance (SplitMix64): the same seed gives the same run on every machine.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// A binding, and what the file says about its script.
pub(crate) struct Definition {
    pub(crate) binding: Binding,
    pub(crate) shape: Result<Shape, Unreadable>,
}

/// The bindings of a file that imports no other.
pub(crate) fn definitions(text: &str) -> Vec<Definition> {
    let mut project = Project::new(&NoFiles);
    let file = project.add(Source::new("test.nix", text));
    let bindings = project.bindings(file);
    bindings
        .iter()
        .map(|binding| Definition {
            binding: binding.clone(),
            shape: project.shape(file, binding),
        })
        .collect()
}

/// The only definition of a file.
pub(crate) fn only_definition(text: &str) -> Definition {
    let mut found = definitions(text);
    assert_eq!(found.len(), 1, "bindings in {text:?}");
    found.remove(0)
}

/// The shape of one expression.
pub(crate) fn shape_of(expression: &str) -> Shape {
    let text = format!("{{ testScript = {expression}; }}");
    only_definition(&text)
        .shape
        .unwrap_or_else(|reason| panic!("{text:?}: {reason}"))
}

/// The holes of a shape without choices, in the order of the text.
pub(crate) fn holes(shape: &Shape) -> Vec<&Hole> {
    match shape {
        Shape::Literal(_) => Vec::new(),
        Shape::Hole(hole) => vec![hole],
        Shape::Sequence(shapes) => shapes.iter().flat_map(holes).collect(),
        Shape::Interpolated { value, .. } => holes(value),
        other => panic!("more than a string: {other:?}"),
    }
}

/// The text of a shape without choices whose holes have these values.
pub(crate) fn render(shape: &Shape, values: &[&str]) -> String {
    fn add(shape: &Shape, values: &mut std::slice::Iter<&str>, text: &mut String) {
        match shape {
            Shape::Literal(literal) => text.push_str(&literal.text()),
            Shape::Hole(_) => text.push_str(values.next().expect("a value")),
            Shape::Sequence(shapes) => shapes.iter().for_each(|shape| add(shape, values, text)),
            Shape::Interpolated { value, .. } => add(value, values, text),
            other => panic!("more than a string: {other:?}"),
        }
    }
    let mut text = String::new();
    add(shape, &mut values.iter(), &mut text);
    text
}

/// The value that this crate gives to a literal whose interpolations are all literals.
pub(crate) fn value_of(literal: &str) -> String {
    render(&shape_of(literal), &[])
}
