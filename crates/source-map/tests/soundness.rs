//! What a map says is true: random bindings with random values, where the truth is known.
//!
//! C1 the shape with the found values is the script; C2 segments tile it and verbatim bytes are equal; C3 there and back
//! is the same byte; C4 what is certain is right; C5 no byte of a value is ever exact.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod support;

use source_map::{
    Certainty, Column, Columns, FileId, HoleId, Level, LineEnds, LineIndex, Location, Origin,
    PieceKind, ScriptMap, SegmentKind, Shape, Source,
};
use support::{Chance, only_definition};

/// The true source of each byte of the script: a file offset, and the hole it is in.
fn truth(shape: &Shape, values: &[String], into: &mut Vec<(usize, Option<HoleId>)>) {
    match shape {
        Shape::Sequence(shapes) => shapes.iter().for_each(|shape| truth(shape, values, into)),
        Shape::Hole(hole) => {
            into.extend(
                values[hole.id.index()]
                    .bytes()
                    .map(|_| (hole.source.range.start, Some(hole.id))),
            );
        }
        Shape::Literal(literal) => {
            for piece in &literal.pieces {
                into.extend((0..piece.text.len()).map(|offset| match piece.kind {
                    PieceKind::Verbatim => (piece.source.range.start + offset, None),
                    PieceKind::Escape => (piece.source.range.start, None),
                }));
            }
        }
    }
}

fn random_binding(chance: &mut Chance) -> String {
    const PIECES: [&str; 14] = [
        "a", "a", "b", "c", "ab", "\n", "\n", "\n  ", "  ", "é", "''$", "'''", "${h}", "${h}",
    ];
    const LONG_HOLES: [&str; 3] = ["${\n    h}", "${builtins.toJSON h}", "${h}"];
    let mut body = String::new();
    for _ in 0..1 + chance.below(9) {
        body.push_str(chance.pick(&PIECES));
        if chance.below(6) == 0 {
            body.push_str(chance.pick(&LONG_HOLES));
        }
    }
    format!("{{ x = 1;\n  testScript = ''\n    {body}'';\n}}")
}

fn random_value(chance: &mut Chance, is_single_line: bool) -> String {
    let letters = if is_single_line {
        ["a", "b", "c", "ab", "é"]
    } else {
        ["a", "b", "c", "\n", "é"]
    };
    (0..chance.below(5))
        .map(|_| chance.pick(&letters))
        .collect()
}

/// `NIXTEST_CASES` sets the number of scripts, and with it which ones.
#[test]
fn what_a_map_says_of_random_scripts_is_true() {
    let cases: usize =
        std::env::var("NIXTEST_CASES").map_or(5_000, |count| count.parse().expect("a number"));
    let mut chance = Chance::from_seed(cases as u64);
    let mut levels = std::collections::BTreeMap::<Level, usize>::new();
    for _ in 0..cases {
        let text = random_binding(&mut chance);
        let Ok(shape) = only_definition(&text).shape else {
            continue;
        };
        if shape.visible_bytes() == 0 {
            continue;
        }
        let holes = shape.holes();
        let values: Vec<String> = holes
            .iter()
            .map(|hole| random_value(&mut chance, hole.class == source_map::HoleClass::SingleLine))
            .collect();
        let script = shape.render(&|id| &values[id.index()]);
        let map = ScriptMap::align(&script, &[Source::new("test.nix", text.as_str())]);
        let mut sources = Vec::new();
        truth(&shape, &values, &mut sources);
        *levels.entry(map.level()).or_default() += 1;
        check(&map, &shape, &text, &script, &sources);
    }
    println!("{levels:?}");
    assert!(
        levels[&Level::Unique] > cases / 4 && levels[&Level::Guess] > cases / 30,
        "{levels:?}"
    );
    assert_eq!(levels.get(&Level::Unmapped), None);
}

fn check(
    map: &ScriptMap,
    shape: &Shape,
    text: &str,
    script: &str,
    sources: &[(usize, Option<HoleId>)],
) {
    let context = || {
        format!(
            "nix: {text:?}\nscript: {script:?}\nmap: {:#?}",
            map.segments()
        )
    };
    // C1
    let rendered = shape.render(&|id| &script[map.holes()[id.index()].out.clone()]);
    assert_eq!(rendered, script, "{}", context());
    // C2
    let mut end = 0;
    for segment in map.segments() {
        assert!(
            segment.out.start == end && !segment.out.is_empty(),
            "{}",
            context()
        );
        end = segment.out.end;
        let source = segment.source.as_ref().expect("everything has a source");
        if segment.kind == SegmentKind::Verbatim {
            assert_eq!(
                &script[segment.out.clone()],
                &text[source.range.clone()],
                "{}",
                context()
            );
        }
    }
    assert_eq!(end, script.len());
    let nix = LineIndex::new(text, LineEnds::Nix);
    for (at, &(place, hole)) in sources.iter().enumerate() {
        match map.to_nix(at) {
            Origin::Exact { offset, .. } => {
                // C4, C5
                assert_eq!((offset, None), (place, hole), "byte {at}\n{}", context());
                // C3
                let segment = map
                    .segments()
                    .iter()
                    .find(|segment| segment.out.contains(&at))
                    .unwrap();
                if segment.kind == SegmentKind::Verbatim {
                    assert_eq!(map.to_script(FileId(0), offset), [at], "{}", context());
                }
            }
            Origin::Hole { range, .. } => assert_eq!(
                (range.start, true),
                (place, hole.is_some()),
                "{}",
                context()
            ),
            Origin::Line { offset, .. } => {
                assert_eq!(nix.line_of(offset), nix.line_of(place), "{}", context())
            }
            Origin::Generated => assert_eq!(map.level(), Level::Guess, "{}", context()),
        }
    }
    check_lines(map, &nix, sources, &context);
}

fn check_lines(
    map: &ScriptMap,
    nix: &LineIndex,
    sources: &[(usize, Option<HoleId>)],
    context: &impl Fn() -> String,
) {
    let columns = Columns {
        script: Column::Scalar,
        nix: Column::Utf16,
    };
    for line in 1..=map.script().line_count() {
        let nix_line = match map.nix_line(line, columns.nix) {
            Location::Exact { position, .. } => position.line,
            Location::Line { line, .. } => line,
            Location::Hole { .. } | Location::Generated => continue,
        };
        let range = map.script().line_range(line).unwrap();
        let is_blank = map.script().text()[range.clone()].trim().is_empty();
        assert_eq!(
            map.script_lines(FileId(0), nix_line).contains(&line),
            !is_blank,
            "line {line}\n{}",
            context()
        );
        if !is_blank {
            let of_line = |at: usize| nix.line_of(sources[at].0) == nix_line;
            assert!(range.clone().any(of_line), "line {line}\n{}", context());
        }
    }
}

#[test]
fn certainty_of_a_segment_and_level_of_a_map_agree() {
    let source = |body: &str| {
        [Source::new(
            "test.nix",
            format!("{{ testScript = ''{body}''; }}"),
        )]
    };
    let level = |body: &str, script: &str| ScriptMap::align(script, &source(body)).level();
    assert_eq!(level("a", "a"), Level::Proven);
    assert_eq!(level("a${x}b", "acb"), Level::Unique);
    assert_eq!(level("a${x}b", "abb"), Level::Unique);
    assert_eq!(level("a${x}a${y}a", "aaaa"), Level::SameLines);
    assert_eq!(level("a${x}\n${y}b", "a\n\nb"), Level::Guess);
    assert_eq!(level("a${x}b", "ac"), Level::Unmapped);
    let map = ScriptMap::align("a\n\nb", &source("a${x}\n${y}b"));
    let certainties: Vec<_> = map
        .segments()
        .iter()
        .map(|segment| segment.certainty)
        .collect();
    assert_eq!(certainties.first(), Some(&Certainty::Certain));
    assert_eq!(certainties.last(), Some(&Certainty::Certain));
    assert!(certainties.contains(&Certainty::Guess));
}
