//! Marks tell the truth about text that was taken apart and put together again, and nothing else ends anything.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod oracle;
mod support;

use oracle::{Spelling, cases, random_literal, seeded, value_of};
use source_map::{FileId, Origin, Reading, Selection, instrument};
use support::Chance;

const FILES: [&str; 4] = [
    include_str!("fixtures/function.nix"),
    include_str!("fixtures/escapes.nix"),
    include_str!("fixtures/marked/default.nix"),
    include_str!("fixtures/marked/steps.nix"),
];

/// Bytes of a script with what spells each.
#[derive(Debug, Clone, Default)]
struct Line {
    text: String,
    spellings: Vec<Spelling>,
    marked: String,
}

/// The lines of a literal's value without their line feeds, with what spells the line feed at the end of each.
fn lines_of(literal: &str, marked: &str) -> Vec<(Line, Option<Spelling>)> {
    let value = value_of(literal);
    let mut at = 0;
    let marked = value_of(marked).text;
    let pairs = value.text.split('\n').zip(marked.split('\n'));
    pairs
        .map(|(text, marked)| {
            let end = at + text.len();
            let line = Line {
                text: text.to_owned(),
                spellings: value.spellings[at..end].to_vec(),
                marked: marked.to_owned(),
            };
            at = end + 1;
            (line, value.spellings.get(end).cloned())
        })
        .collect()
}

#[test]
fn lines_that_were_moved_repeated_trimmed_and_indented_keep_their_places() {
    let mut chance = seeded(8);
    let mut exact = 0;
    for _ in 0..cases(2_000) {
        let literal = random_literal(&mut chance);
        let marked = instrument(&literal, FileId(0), 0, Selection::All).expect("marks");
        let lines = lines_of(&literal, marked.text());
        let (mut script, mut evaluated) = (String::new(), String::new());
        let mut truth: Vec<Option<Spelling>> = Vec::new();
        for _ in 0..chance.below(8) {
            let (line, end) = &lines[chance.below(lines.len())];
            let added = chance.pick(&["", "", "  ", "# ", "\n", "a"]);
            let kept = match chance.below(3) {
                0 => line.text.trim_end(),
                _ => &line.text,
            };
            let kept_marked = match chance.below(2) {
                // What a function that trims does to the marked text: marks are no blanks.
                0 if kept.len() < line.text.len() => line.marked.trim_end(),
                _ => &line.marked,
            };
            let without = strip(kept_marked);
            script.push_str(&format!("{added}{without}\n"));
            evaluated.push_str(&format!("{added}{kept_marked}\n"));
            truth.extend(added.bytes().map(|_| None));
            truth.extend(line.spellings[..without.len()].iter().cloned().map(Some));
            // A line feed that was put back counts as the one that was there.
            truth.push(end.clone());
        }
        let reading = Reading::of(&evaluated, &script, &[&marked])
            .unwrap_or_else(|error| panic!("{literal:?}: {error}"));
        let mut last = 0;
        for (out, place) in reading.runs() {
            assert!(last <= out.start && out.start < out.end && out.end <= script.len());
            last = out.end;
            for (at, nix) in out.clone().zip(place.range.clone()) {
                exact += 1;
                let is_true = truth[at] == Some(Spelling::Verbatim(nix));
                assert!(
                    is_true,
                    "byte {at} is {:?}, not {nix}\n{literal:?}\n{evaluated:?}",
                    truth[at]
                );
            }
        }
        for (out, place) in reading.escapes() {
            let is_true = truth[out.clone()]
                .iter()
                .all(|spelling| *spelling == Some(Spelling::Escape(place.range.clone())));
            assert!(
                is_true,
                "{out:?} is not {place:?}\n{literal:?}\n{evaluated:?}"
            );
        }
    }
    println!("{exact} bytes");
    assert!(exact > 1000);
}

fn strip(marked: &str) -> String {
    let mut is_mark = false;
    let is_kept = |character: char| {
        is_mark |= character == '\u{E000}';
        let is_kept = !is_mark;
        is_mark &= character != '\u{E001}';
        is_kept
    };
    let mut is_kept = is_kept;
    marked
        .chars()
        .filter(|&character| is_kept(character))
        .collect()
}

#[test]
fn any_pieces_in_any_order_are_read_without_harm() {
    let mut chance = seeded(12);
    for _ in 0..cases(2_000) {
        let literal = random_literal(&mut chance);
        let marked = instrument(&literal, FileId(0), 0, Selection::All).expect("marks");
        let value: Vec<char> = value_of(marked.text()).text.chars().collect();
        let mut evaluated = String::new();
        for _ in 0..chance.below(10) {
            let start = chance.below(value.len() + 1);
            let end = (start + chance.below(30)).min(value.len());
            evaluated.extend(&value[start..end]);
        }
        let script = strip(&evaluated);
        let Ok(reading) = Reading::of(&evaluated, &script, &[&marked]) else {
            continue;
        };
        for (out, place) in reading.runs() {
            assert_eq!(script[out.clone()], literal[place.range.clone()]);
        }
        for offset in 0..=script.len() {
            reading.origin(offset);
        }
        for line in 0..=reading.script().line_count() + 1 {
            reading.line(line);
        }
    }
}

/// A file that is being typed in is marked or not, and is itself but for the marks.
#[test]
fn broken_files_are_survived_and_marks_are_all_that_is_added() {
    let mut chance = seeded(13);
    let check = |text: &str| {
        let marked = instrument(text, FileId(0), 7, Selection::All).expect("marks");
        let reading = Reading::of(marked.text(), text, &[&marked]).expect("only marks were added");
        assert_eq!(reading.marks().len(), marked.marks().len());
        for (found, mark) in reading.marks().iter().zip(marked.marks()) {
            assert_eq!((found.script, &found.kind), (mark.offset, &mark.kind));
        }
        for (out, place) in reading.runs() {
            assert_eq!(text[out.clone()], text[place.range.clone()]);
        }
    };
    for text in FILES {
        let ends = (0..=text.len()).filter(|&end| text.is_char_boundary(end));
        ends.for_each(|end| check(&text[..end]));
    }
    for round in 0..1_000 {
        let mut text: Vec<char> = FILES[round % FILES.len()].chars().collect();
        for _ in 0..1 + chance.below(4) {
            damage(&mut text, &mut chance);
        }
        check(&text.into_iter().collect::<String>());
    }
}

fn damage(text: &mut Vec<char>, chance: &mut Chance) {
    const INSERTS: [&str; 12] = [
        "''", "\"", "${", "}", "{", "(", "[", ";", "'", "$", "\\", "''\\",
    ];
    let start = chance.below(text.len() + 1);
    let end = (start + chance.below(6)).min(text.len());
    text.splice(start..end, chance.pick(&INSERTS).chars());
}

#[test]
fn a_byte_in_no_run_and_no_interpolation_is_generated() {
    let marked = instrument("\"a\"", FileId(0), 0, Selection::All).expect("marks");
    let reading = Reading::of("x\u{E000}0\u{E001}a", "xa", &[&marked]).expect("a reading");
    let file = FileId(0);
    assert_eq!(reading.origin(0), Origin::Generated);
    assert_eq!(reading.origin(1), Origin::Exact { file, offset: 1 });
    assert_eq!(reading.origin(2), Origin::Generated);
}
