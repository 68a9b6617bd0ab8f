//! Values of interpolations that files spell: where their lines are, and where an interpolation became what.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

use source_map::{
    Column, FileId, Hole, HoleClass, Item, Join, Level, Literal, Location, Origin, Piece,
    PieceOrigin, Place, Position, ScriptMap, Shape, Source,
};

const TEST: FileId = FileId(0);
const COMMON: FileId = FileId(1);
const TEXTS: [&str; 2] = [
    "{ testScript = ''\n  start_all()\n  ${common.wait web}\n  ${each}\n  done()\n''; }",
    "{ wait = m: ''\n  ${m}.wait()\n''; each = ''\n  ping(${n}, 0)\n''; }",
];

/// The only place of this text in a file.
fn place(file: FileId, text: &str) -> Place {
    let mut found = TEXTS[file.index()].match_indices(text);
    let (start, _) = found.next().expect("the text");
    assert_eq!(found.next(), None, "{text:?} is there once");
    Place::new(file, start..start + text.len())
}

fn literal(file: FileId, text: &str) -> Shape {
    piece(text, PieceOrigin::Verbatim(place(file, text)))
}

fn piece(text: &str, origin: PieceOrigin) -> Shape {
    let text = text.to_owned();
    Shape::Literal(Literal {
        pieces: vec![Piece { text, origin }],
    })
}

fn followed(file: FileId, source: &str, value: Vec<Shape>) -> Shape {
    Shape::Interpolated {
        source: place(file, source),
        value: Box::new(Shape::Sequence(value)),
    }
}

fn hole(file: FileId, source: &str) -> Shape {
    let source = place(file, source);
    let class = HoleClass::SingleLine;
    Shape::Hole(Hole { source, class })
}

/// A test whose second line is spelled in another file, and whose following ones are repeated there.
fn shape() -> Shape {
    let wait = vec![
        followed(COMMON, "${m}", vec![piece("web", PieceOrigin::Computed)]),
        literal(COMMON, ".wait()\n"),
    ];
    let ping = Shape::Sequence(vec![
        literal(COMMON, "ping("),
        hole(COMMON, "${n}"),
        literal(COMMON, ", 0)\n"),
    ]);
    let each = Shape::Join(Box::new(Join {
        separator: Shape::Sequence(Vec::new()),
        items: vec![Item::Many(ping)],
    }));
    Shape::Sequence(vec![
        literal(TEST, "start_all()\n"),
        followed(TEST, "${common.wait web}", wait),
        followed(TEST, "${each}", vec![each]),
        literal(TEST, "done()\n"),
    ])
}

const SCRIPT: &str = "start_all()\nweb.wait()\nping(1, 0)\nping(22, 0)\ndone()\n";

fn map() -> ScriptMap {
    let sources = ["test.nix", "common.nix"].into_iter().zip(TEXTS);
    let sources: Vec<Source> = sources
        .map(|(path, text)| Source::new(path, text))
        .collect();
    ScriptMap::from_shape(SCRIPT, &shape(), &sources)
}

fn at(text: &str) -> usize {
    SCRIPT.find(text).expect("a part of the script")
}

#[test]
fn a_line_is_where_it_is_spelled_and_not_where_it_is_pasted() {
    let map = map();
    assert_eq!(map.level(), Level::Unique);
    let lines: Vec<(FileId, u32)> = (1..=5)
        .map(|line| match map.nix_line(line, Column::Utf16) {
            Location::Exact { file, position } => (file, position.line),
            other => panic!("line {line}: {other:?}"),
        })
        .collect();
    let expected = [(TEST, 2), (COMMON, 2), (COMMON, 4), (COMMON, 4), (TEST, 5)];
    assert_eq!(lines, expected);
    assert_eq!(map.script_lines(COMMON, 4), [3, 4], "once for each round");
    assert_eq!(map.script_lines(TEST, 3), [] as [u32; 0]);
}

#[test]
fn an_interpolation_becomes_all_of_its_values() {
    let map = map();
    let starts = |place: Place| map.to_script(place.file, place.range.start + 1);
    let pings = [at("1,"), at("22,")];
    assert_eq!(starts(place(COMMON, "${n}")), pings);
    assert_eq!(starts(place(TEST, "${each}")), [at("ping")]);
    assert_eq!(starts(place(TEST, "${common.wait web}")), [at("web")]);
    assert_eq!(starts(place(COMMON, "${m}")), [at("web")]);
    let values = map.holes().iter().map(|hole| &SCRIPT[hole.out.clone()]);
    let values: Vec<&str> = values.collect();
    let each = "ping(1, 0)\nping(22, 0)\n";
    assert_eq!(values, ["web.wait()\n", "web", each, "1", "22"]);
    let followed: Vec<bool> = map.holes().iter().map(|hole| hole.is_followed).collect();
    assert_eq!(followed, [true, true, true, false, false]);
    assert!(map.holes().iter().all(|hole| hole.is_certain));
}

#[test]
fn text_that_was_computed_is_the_innermost_interpolation() {
    let Place { file, range } = place(COMMON, "${m}");
    assert_eq!(map().to_nix(at("web")), Origin::Hole { file, range });
}

#[test]
fn text_that_is_spelled_in_a_value_is_that_text() {
    let map = map();
    let ping = place(COMMON, "ping(").range.start;
    let offsets = [at("ping(1"), at("ping(2")];
    assert_eq!(map.to_script(COMMON, ping), offsets);
    let exact = Origin::Exact {
        file: COMMON,
        offset: ping,
    };
    assert!(offsets.iter().all(|&offset| map.to_nix(offset) == exact));
    let columns = source_map::Columns {
        script: Column::Scalar,
        nix: Column::Utf16,
    };
    let positions = map.script_positions(COMMON, Position::new(4, 3), columns);
    assert_eq!(positions, [Position::new(3, 1), Position::new(4, 1)]);
}
