//! A marked string literal has the value of the unmarked one but for the marks, and every mark comes out at the byte that
//! it stands before; for random literals, by our own reading of them and by Nix's.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod oracle;
mod support;

use oracle::{Spelling, Value, cases, nix, random_literal, seeded, value_of};
use source_map::{
    FileId, Instrumented, LineEnds, LineIndex, MarkKind, Origin, Reading, Selection, instrument,
};
use support::Chance;

/// The number of the file in these tests; not 0, so that one that was forgotten shows.
const FILE: FileId = FileId(3);

#[derive(Debug, Default)]
struct Counts {
    literals: usize,
    marks: usize,
    exact_bytes: usize,
    lines: usize,
}

/// Checks what the marks of a literal that begins at `start` of the file say against its true value.
fn check(
    evaluated: &str,
    literal: &str,
    (marked, start): (&Instrumented, usize),
    counts: &mut Counts,
) -> Result<(), String> {
    let value = value_of(literal);
    let reading =
        Reading::of(evaluated, &value.text, &[marked]).map_err(|error| error.to_string())?;
    counts.literals += 1;
    counts.marks += reading.marks().len();
    for mark in reading.marks() {
        let spelling = value.spellings.get(mark.script);
        let at = mark.place.range.start - start;
        let is_right = mark.place.file == FILE
            && match mark.kind {
                MarkKind::Text => spelling.is_some_and(|spelling| begins_at(spelling, at)),
                // The value, which may be empty, lies between what stands before and behind the interpolation.
                MarkKind::HoleStart { .. } | MarkKind::HoleEnd { .. } => {
                    let is_before = spelling.is_none_or(|spelling| end_of(spelling) > at);
                    let before = mark.script.checked_sub(1);
                    let last = before.and_then(|before| value.spellings.get(before));
                    is_before && last.is_none_or(|spelling| end_of(spelling) <= at)
                }
            };
        if !is_right {
            return Err(format!("{mark:?} is at {spelling:?}"));
        }
    }
    for (out, place) in reading.runs() {
        for (script, nix) in out.clone().zip(place.range.clone()) {
            counts.exact_bytes += 1;
            let spelling = &value.spellings[script];
            if *spelling != Spelling::Verbatim(nix - start) || place.file != FILE {
                return Err(format!(
                    "byte {script} is {spelling:?}, not {nix} - {start}"
                ));
            }
        }
    }
    every_visible_byte_is_known(&reading, &value, start)?;
    every_hole_is_around_its_value(&reading, &value, literal, start)?;
    counts.lines += every_line_is_known(&reading, &value, start)?;
    Ok(())
}

fn begins_at(spelling: &Spelling, at: usize) -> bool {
    match spelling {
        Spelling::Verbatim(place) => *place == at,
        Spelling::Escape(range) => range.start == at,
    }
}

fn end_of(spelling: &Spelling) -> usize {
    match spelling {
        Spelling::Verbatim(place) => place + 1,
        Spelling::Escape(range) => range.end,
    }
}

fn start_of(spelling: &Spelling) -> usize {
    match spelling {
        Spelling::Verbatim(place) => *place,
        Spelling::Escape(range) => range.start,
    }
}

fn every_visible_byte_is_known(
    reading: &Reading,
    value: &Value,
    start: usize,
) -> Result<(), String> {
    for (at, byte) in value.text.bytes().enumerate() {
        let offset = start + start_of(&value.spellings[at]);
        let truth = Origin::Exact { file: FILE, offset };
        let origin = reading.origin(at);
        let is_known = origin == truth
            || (byte.is_ascii_whitespace() && !matches!(origin, Origin::Exact { .. }));
        if !is_known {
            return Err(format!("byte {at} is {origin:?}, not {truth:?}"));
        }
    }
    Ok(())
}

fn every_hole_is_around_its_value(
    reading: &Reading,
    value: &Value,
    literal: &str,
    start: usize,
) -> Result<(), String> {
    for (out, place) in reading.holes() {
        let range = place.range.start - start..place.range.end - start;
        let is_inside = |spelling: &Spelling| range.contains(&start_of(spelling));
        let inside = value
            .spellings
            .iter()
            .filter(|&spelling| is_inside(spelling));
        let is_whole = literal[range.clone()].starts_with("${")
            && inside.count() == out.len()
            && value.spellings[out.clone()].iter().all(is_inside);
        if !is_whole {
            return Err(format!("{out:?} is not the value of {range:?}"));
        }
    }
    Ok(())
}

fn every_line_is_known(reading: &Reading, value: &Value, start: usize) -> Result<usize, String> {
    let lines = LineIndex::new(value.text.as_str(), LineEnds::Python);
    let mut known = 0;
    for line in 1..=lines.line_count() {
        let range = lines.line_range(line).expect("a line");
        let text = &value.text.as_bytes()[range.clone()];
        if let Some(visible) = text.iter().position(|byte| !byte.is_ascii_whitespace()) {
            known += 1;
            let offset = start + start_of(&value.spellings[range.start + visible]);
            let truth = Origin::Exact { file: FILE, offset };
            if reading.line(line) != truth {
                return Err(format!(
                    "line {line} is {:?}, not {truth:?}",
                    reading.line(line)
                ));
            }
        }
    }
    Ok(known)
}

fn random_literals(count: usize, chance: &mut Chance) -> Vec<String> {
    (0..count).map(|_| random_literal(chance)).collect()
}

#[test]
fn marks_are_where_they_were_put_as_we_read_strings() {
    let mut chance = seeded(4);
    let mut counts = Counts::default();
    for literal in random_literals(cases(5_000), &mut chance) {
        let marked = instrument(&literal, FILE, chance.below(5000), Selection::All).expect("marks");
        let value = value_of(marked.text()).text;
        check(&value, &literal, (&marked, 0), &mut counts)
            .unwrap_or_else(|reason| panic!("{literal:?}\n{:?}\n{reason}", marked.text()));
    }
    println!("{counts:?}");
    assert!(counts.marks > counts.literals);
}

#[test]
fn marks_are_where_they_were_put_as_nix_reads_strings() {
    let Some(version) = nix::version() else {
        return;
    };
    let count = cases(20_000);
    let mut chance = seeded(5);
    let mut counts = Counts::default();
    while counts.literals < count {
        let wanted = nix::BATCH.min(count - counts.literals);
        let (literals, plain) = nix::taken(random_literals(wanted, &mut chance));
        assert!(
            literals.len() + wanted.div_ceil(1000) >= wanted,
            "Nix takes what we take"
        );
        let (text, starts) = nix::list_of(&literals);
        let marked = instrument(&text, FILE, 1, Selection::All).expect("marks");
        let evaluated = nix::strings(marked.text()).expect("the marked literals evaluate");
        assert_eq!(
            (plain.len(), evaluated.len()),
            (literals.len(), literals.len())
        );
        for (index, literal) in literals.iter().enumerate() {
            assert_eq!(plain[index], value_of(literal).text, "{literal:?}");
            let of = (&marked, starts[index]);
            check(&evaluated[index], literal, of, &mut counts)
                .unwrap_or_else(|reason| panic!("{literal:?}\n{reason}"));
        }
    }
    println!("{counts:?} with {version}");
}

/// Some of the literals only, as after an attempt that failed: whatever is marked, the value stays.
#[test]
fn any_selection_of_literals_leaves_the_value() {
    let mut chance = seeded(6);
    for literal in random_literals(cases(5_000) / 5, &mut chance) {
        let all = source_map::markable_literals(&literal).expect("literals");
        let mut ranges: Vec<_> = all.into_iter().map(|literal| literal.range).collect();
        ranges.retain(|_| chance.below(2) == 0);
        let marked = instrument(&literal, FILE, 0, Selection::These(&ranges)).expect("marks");
        let (evaluated, value) = (value_of(marked.text()).text, value_of(&literal));
        let reading = Reading::of(&evaluated, &value.text, &[&marked])
            .unwrap_or_else(|error| panic!("{literal:?}: {error}"));
        for (out, place) in reading.runs() {
            for (script, nix) in out.clone().zip(place.range.clone()) {
                assert_eq!(
                    value.spellings[script],
                    Spelling::Verbatim(nix),
                    "{literal:?}"
                );
            }
        }
    }
}
