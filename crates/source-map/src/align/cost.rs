//! What a search costs, counted in fuel and not in time: twice the script or twice the shape is about twice the work,
//! for the worst shapes too.
#![allow(clippy::expect_used, clippy::panic)] // A test ends that way.

use super::FUEL;
use super::fit::Reading;
use super::marks::SourceLines;
use super::text::{Fuel, Script};
use crate::{
    FileId, Hole, HoleClass, Item, Join, Literal, Piece, PieceOrigin, Place, Shape, Source,
};

fn literal(text: &str) -> Shape {
    let origin = PieceOrigin::Verbatim(Place::new(FileId(0), 0..text.len()));
    let text = text.to_owned();
    Shape::Literal(Literal {
        pieces: vec![Piece { text, origin }],
    })
}

fn hole(class: HoleClass, number: usize) -> Shape {
    let source = Place::new(FileId(0), number..number + 1);
    Shape::Hole(Hole { source, class })
}

fn anything(number: usize) -> Shape {
    hole(HoleClass::Anything, number)
}

fn many(separator: &str, shape: Shape) -> Shape {
    Shape::Join(Box::new(Join {
        separator: literal(separator),
        items: vec![Item::Many(shape)],
    }))
}

fn between(count: usize, shape: impl Fn(usize) -> Shape, text: &str) -> Shape {
    let pairs = (0..count).flat_map(|number| [shape(number), literal(text)]);
    Shape::Sequence(pairs.collect())
}

/// The same behind something that can be seen: a shape without is never taken.
fn after_x(shape: Shape) -> Shape {
    Shape::Sequence(vec![literal("x"), shape])
}

/// The fuel that the whole alignment burns; `None` when it was given up.
fn fuel(shape: &Shape, script: &str) -> Option<usize> {
    let sources = [Source::new("test.nix", "x".repeat(1_000))];
    let text = Script::new(script);
    let mut fuel = Fuel(FUEL);
    let reading = Reading::of(&text, shape, &mut fuel)?.expect("it fits");
    reading.finish(&text, &SourceLines::new(&sources), &mut fuel)?;
    Some(FUEL - fuel.0)
}

/// The cost of a case of some size, and of one twice as large.
#[track_caller]
fn assert_linear(name: &str, size: usize, case: impl Fn(usize) -> (Shape, String)) {
    let cost = |size| {
        let (shape, script) = case(size);
        fuel(&shape, &script).unwrap_or_else(|| panic!("{name} of size {size} is given up"))
    };
    let (once, twice) = (cost(size), cost(2 * size));
    println!("{name}: {once} at {size}, {twice} at {}", 2 * size);
    assert!(twice < once * 5 / 2, "{name}: {once} became {twice}");
}

#[test]
fn holes_between_line_feeds() {
    assert_linear("longer script", 400, |size| {
        (
            after_x(between(50, anything, "\n")),
            format!("x{}", "a\n".repeat(size)),
        )
    });
    assert_linear("more holes", 30, |size| {
        (
            after_x(between(size, anything, "\n")),
            format!("x{}", "a\n".repeat(800)),
        )
    });
    let single = |number| hole(HoleClass::SingleLine, number);
    assert_linear("holes of a line", 500, |size| {
        (
            after_x(between(size, single, "\n")),
            format!("x{}", "a\n".repeat(size)),
        )
    });
}

#[test]
fn neighbouring_holes() {
    assert_linear("longer script", 400, |size| {
        (
            after_x(between(50, anything, "")),
            format!("x{}", "ab\n".repeat(size)),
        )
    });
    assert_linear("more holes", 30, |size| {
        (
            after_x(between(size, anything, "")),
            format!("x{}", "ab\n".repeat(800)),
        )
    });
}

#[test]
fn text_of_one_letter() {
    assert_linear("equal texts", 1_000, |size| {
        let texts = vec![literal("aaaa"); size];
        (Shape::Sequence(texts), "aaaa".repeat(size))
    });
    assert_linear("with holes", 800, |size| {
        (between(50, anything, "aaaa"), "a".repeat(size))
    });
    assert_linear("a long text", 2_000, |size| {
        let text = literal(&"a".repeat(size));
        let shape = Shape::Sequence(vec![anything(1), text, anything(2)]);
        (shape, "a".repeat(4 * size))
    });
    assert_linear("a long text that is almost there", 2_000, |size| {
        let text = "ab".repeat(size);
        let shape = Shape::Sequence(vec![anything(1), literal(&format!("{text}c")), anything(2)]);
        (shape, format!("{0}{0}{0}c", text))
    });
}

#[test]
fn loops_in_loops() {
    let nested = |shape| many("", many("", many("", shape)));
    assert_linear("letters", 1_000, |size| {
        (nested(literal("a")), "a".repeat(size))
    });
    assert_linear("holes", 1_000, |size| {
        (
            after_x(nested(anything(1))),
            format!("x{}", "ab\n".repeat(size)),
        )
    });
    assert_linear("nothing", 1_000, |size| {
        let nothing = nested(Shape::Sequence(Vec::new()));
        let shape = Shape::Sequence(vec![nothing.clone(), nested(literal("a")), nothing]);
        (shape, "a".repeat(size))
    });
    assert_linear("values with commas", 1_000, |size| {
        let values = many(",", hole(HoleClass::SingleLine, 1));
        let shape = Shape::Sequence(vec![literal("["), values, literal("]")]);
        (shape, format!("[{}a]", "a,".repeat(size)))
    });
    assert_linear("a text that is almost there", 2_000, |size| {
        let almost = literal(&format!("{}b", "a".repeat(size / 2)));
        let shape = many("", Shape::Choice(vec![literal("a"), almost]));
        (shape, "a".repeat(size))
    });
}

#[test]
fn arms_that_are_equal() {
    let arms = |count| Shape::Choice(vec![literal("ab"); count]);
    assert_linear("in a row", 200, |size| {
        (Shape::Sequence(vec![arms(4); size]), "ab".repeat(size))
    });
    assert_linear("many", 30, |size| (many("", arms(size)), "ab".repeat(200)));
    assert_linear("often", 300, |size| {
        (many("\n", arms(20)), format!("{}ab", "ab\n".repeat(size)))
    });
}

#[test]
fn optional_elements() {
    let optional = |count: usize| {
        let item = |number| Item::Optional(vec![Item::One(anything(number))]);
        Shape::Join(Box::new(Join {
            separator: literal("\n"),
            items: (0..count).map(item).collect(),
        }))
    };
    assert_linear("longer script", 400, |size| {
        (after_x(optional(50)), format!("x{}", "a\n".repeat(size)))
    });
    assert_linear("more of them", 30, |size| {
        (after_x(optional(size)), format!("x{}", "a\n".repeat(500)))
    });
}

#[test]
fn a_search_with_far_too_many_ways_is_given_up() {
    let shape = between(2_000, anything, "a");
    assert_eq!(fuel(&shape, &"a".repeat(40_000)), None);
}
