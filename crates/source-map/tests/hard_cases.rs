//! The tests of `tests/hard-cases`: twenty ways of making a script that are hard to trace, each with its whole map, and
//! with marks that an evaluation by Nix carried along as the judge of it.
//!
//! `expected/` holds what Nix evaluated and the maps. `UPDATE_EXPECT=1` writes both anew, the scripts from the Nix on PATH.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod hard_cases_support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;
use hard_cases_support::{Case, Copy, Scripts, cases, directory, nix_is_here, read};
use source_map::{
    Column, FileId, Hint, Level, LineEnds, LineIndex, Location, MarkKind, Origin, Project, Reading,
    ScriptMap,
};

/// The map that the candidates lead to; what they import is read from the folder.
fn map_of(case: &Case, candidates: &[&str]) -> ScriptMap {
    let reader = |path: &Path| read(path);
    let mut project = Project::new(&reader);
    let candidates: Vec<_> = candidates
        .iter()
        .map(|name| project.read(&directory().join(name)).expect("a file"))
        .collect();
    let hint = Hint {
        test_name: Some(case.name.clone()),
        ..Hint::default()
    };
    project.align(&case.script(), &candidates, &hint)
}

/// The map by the file that a person has opened.
fn map(case: &Case) -> ScriptMap {
    map_of(case, &[&case.files[0]])
}

/// What an evaluation reads, as the adapter finds it out.
fn everything_read(case: &Case) -> Vec<&str> {
    let beside = [
        "default.nix",
        "testing.nix",
        "lib.nix",
        "make-test-python.nix",
    ];
    let own = case.files.iter().map(String::as_str);
    let own = own.filter(|name| name.ends_with(".nix"));
    beside.into_iter().chain(own).collect()
}

fn short_name(map: &ScriptMap, file: FileId) -> String {
    let path = &map.source(file).expect("a source").path;
    let inside = path.strip_prefix(directory()).unwrap_or(path);
    inside.display().to_string()
}

/// Each line of the script with the place that it stands for: `12` exact, `12?` one of several places there, `12$` an
/// interpolation that begins there, `-` generated.
fn picture(map: &ScriptMap) -> String {
    let mut picture = format!("{:?}\n", map.level());
    for line in 1..=map.script().line_count() {
        let (file, place) = match map.nix_line(line, Column::Utf16) {
            Location::Exact { file, position } => (Some(file), format!("{}", position.line)),
            Location::Line { file, line } => (Some(file), format!("{line}?")),
            Location::Hole { file, start, .. } => (Some(file), format!("{}$", start.line)),
            Location::Generated => (None, "-".to_owned()),
        };
        let place = match file {
            Some(file) => format!("{}:{place}", short_name(map, file)),
            None => place,
        };
        let text = &map.script().text()[map.script().line_range(line).unwrap()];
        picture.push_str(format!("{place:>32} | {text}").trim_end());
        picture.push('\n');
    }
    for problem in map.problems() {
        writeln!(picture, "problem: {problem}").unwrap();
    }
    picture
}

/// How many lines that say something are traced, and how many there are.
fn traced(map: &ScriptMap) -> (usize, usize) {
    let script = map.script();
    let visible: Vec<_> = (1..=script.line_count())
        .filter(|&line| {
            !script.text()[script.line_range(line).unwrap()]
                .trim()
                .is_empty()
        })
        .collect();
    let is_traced = |line: &&u32| map.nix_line(**line, Column::Utf16) != Location::Generated;
    (visible.iter().filter(is_traced).count(), visible.len())
}

#[test]
fn the_scripts_are_what_nix_makes_of_the_files() {
    if !nix_is_here() {
        return;
    }
    let evaluated = Scripts::evaluate(&directory()).expect("the tests evaluate");
    for case in cases() {
        let (name, script) = evaluated.get(&case.test);
        assert_eq!(name, case.name, "{}", case.test);
        expect_file![case.golden("script")].assert_eq(script);
    }
}

#[test]
fn every_script_is_traced_like_this() {
    let (mut all_traced, mut all) = (0, 0);
    let mut table = String::new();
    for case in cases() {
        let map = map(&case);
        expect_file![case.golden("map")].assert_eq(&picture(&map));
        let (traced, visible) = traced(&map);
        (all_traced, all) = (all_traced + traced, all + visible);
        let level = format!("{:?}", map.level());
        writeln!(
            table,
            "{:<28} {level:<10} {traced:>3} of {visible:>3}",
            case.test
        )
        .unwrap();
    }
    writeln!(
        table,
        "{:<28} {:<10} {all_traced:>3} of {all:>3}",
        "lines", ""
    )
    .unwrap();
    expect_file![directory().join("expected/levels.txt")].assert_eq(&table);
}

#[test]
fn what_an_evaluation_reads_beside_changes_no_place() {
    for case in cases() {
        let (alone, together) = (map(&case), map_of(&case, &everything_read(&case)));
        assert_ne!(together.level(), Level::Unmapped, "{}", case.test);
        for line in 1..=alone.script().line_count() {
            let place = |map: &ScriptMap| match map.nix_line(line, Column::Utf16) {
                Location::Exact { file, position } => Some((short_name(map, file), position.line)),
                Location::Line { file, line } => Some((short_name(map, file), line)),
                Location::Hole { .. } | Location::Generated => None,
            };
            if let (Some(alone), Some(together)) = (place(&alone), place(&together)) {
                assert_eq!(alone, together, "{}, line {line}", case.test);
            }
        }
        assert!(
            traced(&together).0 >= traced(&alone).0,
            "{}: {:?} together, {:?} alone\n{}",
            case.test,
            traced(&together),
            traced(&alone),
            picture(&together)
        );
    }
}

#[test]
fn a_breakpoint_on_a_marked_line_is_lines_of_the_script() {
    for case in cases() {
        let map = map(&case);
        let stops = case.stops();
        assert!(!stops.is_empty(), "{} has no marked line", case.test);
        for stop in stops {
            let file = map.file(&directory().join(&stop.file));
            let file = file.unwrap_or_else(|| panic!("{}: {} is unread", case.test, stop.file));
            let mut lines = map.script_lines(file, stop.line);
            lines.extend(map.hole_lines(file, stop.line));
            assert!(
                !lines.is_empty(),
                "{}: {}:{} is no line of the script\n{}",
                case.test,
                stop.file,
                stop.line,
                picture(&map)
            );
        }
    }
}

#[test]
fn what_is_in_doubt_is_not_traced() {
    let cases = cases();
    let doubtful = cases.iter().find(|case| case.test == "doubt").unwrap();
    let map = map(doubtful);
    assert_eq!(map.level(), Level::Guess);
    let script = map.script();
    for line in 1..=script.line_count() {
        let text = script.text()[script.line_range(line).unwrap()].trim();
        let is_between = text.contains("between");
        let place = map.nix_line(line, Column::Utf16);
        assert!(
            !is_between || place == Location::Generated,
            "line {line}: {place:?}"
        );
    }
    let sure = cases.iter().filter(|case| case.test != "doubt");
    for case in sure {
        assert!(self::map(case).level() < Level::Guess, "{}", case.test);
    }
}

/// How often the marks of an evaluation and the map agree.
#[derive(Debug, Default)]
struct Counts {
    right: usize,
    untraced: usize,
    lines: usize,
    untraced_lines: usize,
    /// Literals that bear no marks.
    unmarked: usize,
}

/// Holds the map against the marks of an evaluation. Returns what is wrong.
fn judge(map: &ScriptMap, reading: &Reading, counts: &mut Counts) -> Vec<String> {
    let mut indexes: BTreeMap<u32, LineIndex> = BTreeMap::new();
    let mut line_of = |file: FileId, offset: usize| {
        let text = || map.source(file).expect("a source").text.clone();
        let index = indexes
            .entry(file.0)
            .or_insert_with(|| LineIndex::new(text(), LineEnds::Nix));
        (file, index.line_of(offset))
    };
    let mut wrong = Vec::new();
    let marks = reading.marks().iter();
    for mark in marks.filter(|mark| mark.kind == MarkKind::Text) {
        let truth = reading.origin(mark.script);
        let Origin::Exact { file, offset } = truth else {
            continue;
        };
        let is_right = match map.to_nix(mark.script) {
            Origin::Generated => {
                counts.untraced += 1;
                continue;
            }
            Origin::Exact { file: f, offset: o } => (f, o) == (file, offset),
            Origin::Line { file: f, offset: o } => line_of(f, o) == line_of(file, offset),
            // The text was not followed into the interpolation that it came through.
            Origin::Hole { file, range } => reading.holes().iter().any(|(out, place)| {
                out.contains(&mark.script) && (place.file, &place.range) == (file, &range)
            }),
        };
        match is_right {
            true => counts.right += 1,
            false => wrong.push(format!(
                "byte {}: {:?}, truly {truth:?}",
                mark.script,
                map.to_nix(mark.script)
            )),
        }
    }
    for line in 1..=map.script().line_count() {
        let Origin::Exact { file, offset } = reading.line(line) else {
            continue;
        };
        let truth = line_of(file, offset);
        counts.lines += 1;
        match map.nix_line(line, Column::Utf16) {
            Location::Exact { file, position } if (file, position.line) == truth => {}
            Location::Line { file, line } if (file, line) == truth => {}
            // The first character may come through an interpolation, and what follows be spelled beside it.
            Location::Exact { file, position } => {
                let range = map.script().line_range(line).unwrap();
                // Literals that bear no marks leave bytes of which the judge knows nothing.
                let may_be_spelled_there = range.clone().any(|at| match reading.origin(at) {
                    Origin::Exact { file: f, offset } => {
                        line_of(f, offset) == (file, position.line)
                    }
                    _ => true,
                });
                if !may_be_spelled_there {
                    wrong.push(format!(
                        "line {line}: {file:?}:{}, truly {truth:?}",
                        position.line
                    ));
                }
            }
            Location::Generated => counts.untraced_lines += 1,
            Location::Hole { .. } | Location::Line { .. } => {}
        }
    }
    wrong
}

#[test]
fn no_line_is_said_to_come_from_where_it_does_not() {
    if !nix_is_here() {
        return;
    }
    let copy = Copy::new();
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for case in cases() {
        let map = map(&case);
        let (reading, unmarked) = copy.marked_script(&case, &map);
        counts.unmarked += unmarked;
        let found = judge(&map, &reading, &mut counts);
        wrong.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", case.test)),
        );
        if case.files.iter().any(|file| file.ends_with(".py")) {
            wrong.extend(wrong_lines_of_python(&case, &map));
        }
    }
    println!("{counts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.right > 20 * counts.untraced, "{counts:?}");
}

/// Files of Python bear no marks. Their lines are the script's, one by one.
fn wrong_lines_of_python(case: &Case, map: &ScriptMap) -> Vec<String> {
    (1..=map.script().line_count())
        .filter_map(|line| match map.nix_line(line, Column::Utf16) {
            Location::Exact { position, .. } if position.line != line => {
                Some(format!("{}: line {line} is {}", case.test, position.line))
            }
            _ => None,
        })
        .collect()
}
