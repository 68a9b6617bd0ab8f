//! The choice among instances: which one wins, and what the others make of it.
#![allow(clippy::expect_used, clippy::panic)] // A test ends that way.

use super::marks::SourceLines;
use super::{Alignment, Instance, choose};
use crate::{
    Binding, Certainty, FileId, Hint, Hole, HoleClass, Level, Literal, Piece, PieceOrigin, Place,
    Problem, Shape, Source,
};

/// Lines of four bytes, the same in each file.
const TEXT: &str = "a()\nb()\na()\nb()\n";

fn literal(file: u32, start: usize, end: usize) -> Shape {
    let piece = Piece {
        text: TEXT[start..end].to_owned(),
        origin: PieceOrigin::Verbatim(Place::new(FileId(file), start..end)),
    };
    Shape::Literal(Literal {
        pieces: vec![piece],
    })
}

fn hole(start: usize) -> Shape {
    Shape::Hole(Hole {
        source: Place::new(FileId(0), start..start + 1),
        class: HoleClass::Anything,
    })
}

fn instance(number: usize, name: &str, shapes: Vec<Shape>) -> Instance {
    let binding = Binding {
        range: number..number + 1,
        path: number..number,
        value: number..number,
        core: number..number,
        wrappers: Vec::new(),
        strings: Vec::new(),
        test_name: Some(name.to_owned()),
        nodes: Vec::new(),
        is_recovered: false,
    };
    Instance {
        binding: (FileId(0), binding),
        merged: Vec::new(),
        test_name: None,
        shape: Shape::Sequence(shapes),
    }
}

fn chosen(instances: &[Instance], hint: &Hint) -> Alignment {
    let sources = [Source::new("0.nix", TEXT), Source::new("1.nix", TEXT)];
    choose("a()\nb()\n", instances, hint, &SourceLines::new(&sources))
}

/// The first line of a file, or its second.
fn line(file: u32, number: usize) -> Option<Place> {
    let start = 4 * (number - 1);
    Some(Place::new(FileId(file), start..start + 4))
}

fn winner(alignment: &Alignment) -> &str {
    let matched = alignment.matched.as_ref().expect("a match");
    matched.binding.test_name.as_deref().expect("a name")
}

#[test]
fn what_rivals_agree_about_stays_certain() {
    let one = instance(0, "one", vec![literal(0, 0, 4), literal(0, 4, 8)]);
    let two = instance(1, "two", vec![literal(0, 0, 4), literal(1, 12, 16)]);
    let found = chosen(&[one, two], &Hint::default());
    assert_eq!(winner(&found), "one");
    let of = |segment: &crate::Segment| (segment.source.clone(), segment.certainty);
    let segments: Vec<_> = found.segments.iter().map(of).collect();
    let expected = [
        (line(0, 1), Certainty::Certain),
        (line(0, 2), Certainty::Guess),
    ];
    assert_eq!(segments, expected);
    assert_eq!(found.level, Level::Guess);
    let rival = Place::new(FileId(0), 1..2);
    assert_eq!(
        found.problems[0],
        Problem::Rivals {
            rivals: vec![rival]
        }
    );
}

#[test]
fn a_binding_that_maps_all_to_the_same_places_is_no_rival() {
    let whole = instance(0, "one", vec![literal(0, 0, 8)]);
    let again = instance(1, "two", vec![literal(0, 0, 8)]);
    let all = [whole, again];
    let found = chosen(&all, &Hint::default());
    assert_eq!(winner(&found), "one");
    assert_eq!((found.level, found.problems), (Level::Proven, Vec::new()));
    let hint = Hint {
        test_name: Some("two".to_owned()),
        ..Hint::default()
    };
    assert_eq!(winner(&chosen(&all, &hint)), "two");
}

#[test]
fn the_range_of_a_binding_counts_for_more_than_a_name() {
    let all = [
        instance(0, "one", vec![literal(0, 0, 8)]),
        instance(1, "two", vec![literal(0, 8, 16)]),
        instance(2, "three", vec![literal(1, 0, 8)]),
    ];
    let named = Hint {
        test_name: Some("two".to_owned()),
        ..Hint::default()
    };
    let meant = Hint {
        binding: Some(Place::new(FileId(0), 2..3)),
        ..named.clone()
    };
    for (hint, name) in [(named, "two"), (meant, "three")] {
        let found = chosen(&all, &hint);
        assert_eq!((winner(&found), found.level), (name, Level::Proven));
        assert_eq!(found.problems, []);
    }
}

#[test]
fn a_hint_never_prefers_what_spells_less() {
    let all = [
        instance(0, "one", vec![literal(0, 0, 4), hole(5)]),
        instance(1, "two", vec![literal(0, 8, 16)]),
    ];
    let hint = Hint {
        test_name: Some("one".to_owned()),
        ..Hint::default()
    };
    assert_eq!(winner(&chosen(&all, &hint)), "two");
}

#[test]
fn a_name_from_the_evaluation_goes_before_the_one_beside_the_binding() {
    let one = instance(0, "one", vec![literal(0, 0, 8)]);
    let mut two = instance(1, "one", vec![literal(0, 8, 16)]);
    two.test_name = Some("evaluated".to_owned());
    let hint = Hint {
        test_name: Some("evaluated".to_owned()),
        ..Hint::default()
    };
    let found = chosen(&[one, two], &hint);
    assert_eq!(found.segments[0].source, Some(Place::new(FileId(0), 8..16)));
}

#[test]
fn a_value_is_certain_only_when_the_rivals_have_it_too() {
    let one = instance(0, "one", vec![literal(0, 0, 4), hole(5), literal(0, 6, 8)]);
    let two = instance(1, "two", vec![literal(0, 0, 4), hole(6), literal(0, 6, 8)]);
    let alone = chosen(std::slice::from_ref(&one), &Hint::default());
    assert!(alone.holes[0].is_certain);
    let both = chosen(&[one, two], &Hint::default());
    assert!(!both.holes[0].is_certain);
    assert_eq!(both.level, Level::SameLines, "both stand on line 2");
}
