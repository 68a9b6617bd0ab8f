//! A file that is being typed in never ends anything, whatever state it is in.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod support;

use std::time::Instant;

use source_map::{
    Column, Columns, FileId, LineEdits, LineEnds, LineIndex, Position, ScriptMap, Source, discover,
    rediscover,
};
use support::Chance;

const FILES: [&str; 3] = [
    include_str!("fixtures/function.nix"),
    include_str!("fixtures/two-tests.nix"),
    include_str!("fixtures/escapes.nix"),
];

const INSERTS: [&str; 22] = [
    "''",
    "\"",
    "${",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    ";",
    "=",
    "testScript",
    "testScript = ",
    "\n",
    "\r",
    "'",
    "$",
    "\\",
    "''\\",
    "a.;",
    "é🦀",
    "/*",
];

#[test]
fn ten_thousand_edits_of_a_file_are_survived() {
    let mut chance = Chance::from_seed(3);
    let scripts: Vec<String> = FILES.iter().map(|text| longest_script(text)).collect();
    let start = Instant::now();
    for round in 0..10_000 {
        let index = round % FILES.len();
        let mut text = FILES[index].to_owned();
        for _ in 0..1 + chance.below(3) {
            edit(&mut text, &mut chance);
        }
        let bindings = discover(&text);
        let lines = LineIndex::new(text.as_str(), LineEnds::Nix);
        for binding in bindings {
            assert!(
                text.get(binding.range.clone()).is_some(),
                "{binding:?} of {text:?}"
            );
            assert!(
                text.get(binding.value.clone()).is_some(),
                "{binding:?} of {text:?}"
            );
            assert!(
                text.get(binding.core.clone()).is_some(),
                "{binding:?} of {text:?}"
            );
            lines.position(binding.range.start, Column::Utf16);
        }
        if round % 4 == 0 {
            query(
                &ScriptMap::align(&scripts[index], &[Source::new("test.nix", text)]),
                &mut chance,
            );
        }
    }
    println!("{:?}", start.elapsed());
}

/// The value of the longest string of a file: its interpolations stay as they are written.
fn longest_script(text: &str) -> String {
    let bindings = discover(text);
    let bodies = bindings
        .iter()
        .flat_map(|binding| &binding.strings)
        .map(|string| &text[string.body.clone()]);
    let body = bodies.max_by_key(|body| body.len()).expect("a string");
    body.lines()
        .map(str::trim_start)
        .flat_map(|line| [line, "\n"])
        .collect()
}

fn edit(text: &mut String, chance: &mut Chance) {
    let at = boundary(text, chance.below(text.len() + 1));
    match chance.below(3) {
        0 => text.insert_str(at, chance.pick(&INSERTS)),
        1 => drop(
            text.drain(at..boundary(text, (at + 1 + chance.below(12)).min(text.len())).max(at)),
        ),
        _ => {
            let from = boundary(text, chance.below(text.len() + 1));
            let piece =
                text[from..boundary(text, (from + 20).min(text.len())).max(from)].to_owned();
            text.insert_str(at, &piece);
        }
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn query(map: &ScriptMap, chance: &mut Chance) {
    let columns = Columns {
        script: Column::Scalar,
        nix: Column::Utf16,
    };
    for _ in 0..5 {
        map.to_nix(chance.below(200));
        map.to_script(FileId(chance.below(2) as u32), chance.below(800));
        let position = Position::new(chance.below(40) as u32, chance.below(90) as u32);
        map.nix_position(position, columns);
        map.nix_line(position.line, columns.nix);
        map.script_lines(FileId(0), position.line);
        map.hole_lines(FileId(0), position.line);
        map.script_positions(FileId(0), position, columns);
    }
}

#[test]
fn every_beginning_of_a_file_is_survived() {
    for text in FILES {
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            discover(&text[..end]);
        }
    }
}

#[test]
fn a_binding_that_an_edit_hides_is_kept_where_it_was() {
    let before = "{\n  x = 1;\n  testScript = ''\n    a()\n  '';\n}\n";
    let old = discover(before);
    // An opened string in front of it swallows the rest of the file.
    let text = before.replace("x = 1;\n", "x = \"1;\n  y = 2;\n");
    assert_eq!(discover(&text), []);
    let edits = LineEdits::between(before, &text);
    let kept = rediscover(&old, &edits, &text);
    assert_eq!(kept.len(), 1);
    assert!(kept[0].is_recovered);
    assert_eq!(&text[kept[0].path.clone()], "testScript");
    assert_eq!(&text[kept[0].value.clone()], "''\n    a()\n  ''");
    let gone = before.replace("testScript", "other");
    let edits = LineEdits::between(before, &gone);
    assert_eq!(rediscover(&old, &edits, &gone), []);
    let same = LineEdits::between(before, before);
    assert_eq!(rediscover(&old, &same, before), old);
}

#[test]
fn ranges_of_kept_bindings_are_ranges_of_the_text() {
    let mut chance = Chance::from_seed(11);
    for before in FILES {
        let old = discover(before);
        for _ in 0..500 {
            let mut text = before.to_owned();
            for _ in 0..1 + chance.below(4) {
                let mut at = chance.below(text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                match chance.below(3) {
                    0 => text.truncate(at),
                    _ => text.insert_str(at, chance.pick(&INSERTS)),
                }
            }
            let edits = LineEdits::between(before, &text);
            for binding in rediscover(&old, &edits, &text) {
                for range in [&binding.range, &binding.path, &binding.value, &binding.core] {
                    assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
                }
            }
        }
    }
}
