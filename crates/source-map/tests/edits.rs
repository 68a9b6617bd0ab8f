//! Positions survive edits of everything but their own line.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::ops::Range;
use std::time::{Duration, Instant};

use source_map::{LineEdits, LineEnds, LineIndex};
use support::Chance;

#[test]
fn an_unchanged_text_carries_everything_to_itself() {
    let text = "a\r\né\n\n";
    let edits = LineEdits::between(text, text);
    assert!(!edits.is_changed());
    for line in 1..=4 {
        assert_eq!(edits.line_to_new(line), Some(line));
        assert_eq!(edits.line_to_old(line), Some(line));
    }
    for offset in 0..=text.len() {
        assert_eq!(edits.offset_to_new(offset), Some(offset));
        assert_eq!(edits.offset_to_old(offset), Some(offset));
    }
    assert_eq!((edits.line_to_new(0), edits.line_to_new(5)), (None, None));
    assert_eq!(edits.offset_to_new(text.len() + 1), None);
}

#[test]
fn lines_before_and_behind_an_insertion_are_carried() {
    let edits = LineEdits::between("a\nb\nc\n", "a\nb\nnew\nc\n");
    assert!(edits.is_changed());
    let carried: Vec<_> = (0..=5).map(|line| edits.line_to_new(line)).collect();
    assert_eq!(carried, [None, Some(1), Some(2), Some(4), Some(5), None]);
    let back: Vec<_> = (0..=6).map(|line| edits.line_to_old(line)).collect();
    assert_eq!(back, [None, Some(1), Some(2), None, Some(3), Some(4), None]);
    assert_eq!(edits.offset_to_new(4), Some(8));
    assert_eq!(edits.offset_to_old(5), None);
}

#[test]
fn a_changed_or_deleted_line_has_no_new_place() {
    let edits = LineEdits::between("a\nb\nc\nd", "a\nB\nd");
    let carried: Vec<_> = (1..=4).map(|line| edits.line_to_new(line)).collect();
    assert_eq!(carried, [Some(1), None, None, Some(3)]);
    assert_eq!(
        (edits.offset_to_new(2), edits.offset_to_new(4)),
        (None, None)
    );
}

#[test]
fn other_line_ends_touch_no_line() {
    let edits = LineEdits::between("a\nb", "a\r\nb\r\n");
    assert!(edits.is_changed());
    assert_eq!(
        (edits.line_to_new(2), edits.line_to_old(3)),
        (Some(2), None)
    );
    // The line feed of `a` stands behind its content; the one behind CR has no counterpart.
    assert_eq!(
        (edits.offset_to_new(1), edits.offset_to_new(2)),
        (Some(1), Some(3))
    );
    assert_eq!(
        (edits.offset_to_old(1), edits.offset_to_old(2)),
        (Some(1), None)
    );
}

#[test]
fn an_empty_text_is_one_empty_line() {
    let edits = LineEdits::between("", "a\n");
    assert_eq!(edits.line_to_new(1), Some(2));
    assert_eq!(edits.offset_to_new(0), Some(2));
    assert_eq!(edits.offset_to_old(0), None);
}

const LINES: [&str; 12] = [
    "a",
    "b",
    "",
    "",
    "  ",
    "}",
    "}",
    "é🦀",
    "machine.start()",
    "  ''",
    "\tx",
    "a\rb",
];

fn random_text(chance: &mut Chance, most: usize) -> String {
    let mut text = String::new();
    for _ in 0..chance.below(most) {
        text.push_str(chance.pick(&LINES));
        text.push_str(chance.pick(&["\n", "\n", "\n", "\r\n"]));
    }
    text + chance.pick(&LINES)
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Replaces a range by something else, and answers the range in the old text and in the new one.
fn edit(text: &str, chance: &mut Chance) -> (String, Range<usize>, Range<usize>) {
    let start = boundary(text, chance.below(text.len() + 1));
    let end = boundary(text, (start + chance.below(20)).min(text.len())).max(start);
    let inserted = match chance.below(3) {
        0 => String::new(),
        1 => chance.pick(&LINES).to_owned(),
        _ => random_text(chance, 4),
    };
    let new = format!("{}{inserted}{}", &text[..start], &text[end..]);
    (new, start..end, start..start + inserted.len())
}

fn contents(text: &str) -> Vec<String> {
    let lines = LineIndex::new(text, LineEnds::Nix);
    (1..=lines.line_count())
        .map(|line| text[lines.line_range(line).expect("a line")].to_owned())
        .collect()
}

/// What holds for any two texts.
fn check(old: &str, new: &str) {
    let edits = LineEdits::between(old, new);
    let (before, after) = (contents(old), contents(new));
    let mut last = 0;
    for (line, text) in (1..).zip(&before) {
        if let Some(carried) = edits.line_to_new(line) {
            assert_eq!(after[carried as usize - 1], *text, "{old:?} to {new:?}");
            assert!(carried > last, "lines keep their order: {old:?} to {new:?}");
            assert_eq!(edits.line_to_old(carried), Some(line));
            last = carried;
        }
    }
    for offset in 0..=old.len() + 1 {
        if let Some(carried) = edits.offset_to_new(offset) {
            assert_eq!(
                edits.offset_to_old(carried),
                Some(offset),
                "{old:?} to {new:?}"
            );
            let is_visible = |byte: &u8| !matches!(byte, b'\n' | b'\r');
            let (from, to) = (old.as_bytes().get(offset), new.as_bytes().get(carried));
            assert_eq!(
                from.filter(|byte| is_visible(byte)),
                to.filter(|byte| is_visible(byte))
            );
        }
    }
    for offset in 0..=new.len() + 1 {
        if let Some(carried) = edits.offset_to_old(offset) {
            assert_eq!(
                edits.offset_to_new(carried),
                Some(offset),
                "{old:?} to {new:?}"
            );
        }
    }
}

#[test]
fn lines_that_an_edit_did_not_touch_are_carried_to_lines_with_their_text() {
    let mut chance = Chance::from_seed(9);
    for _ in 0..20_000 {
        let old = random_text(&mut chance, 20);
        let (new, removed, inserted) = edit(&old, &mut chance);
        check(&old, &new);
        let edits = LineEdits::between(&old, &new);
        let lines = LineIndex::new(old.as_str(), LineEnds::Nix);
        let (first, last) = (lines.line_of(removed.start), lines.line_of(removed.end));
        let untouched: Vec<u32> = (1..=lines.line_count())
            .filter(|line| !(first..=last).contains(line))
            .collect();
        // Of lines that read the same, another may be the one that was kept; it is as good.
        let kept = (1..=lines.line_count()).filter(|&line| edits.line_to_new(line).is_some());
        assert!(kept.count() >= untouched.len(), "{old:?} to {new:?}");
        let texts = contents(&old);
        for line in untouched {
            let text = &texts[line as usize - 1];
            let is_only = texts.iter().filter(|other| *other == text).count() == 1;
            assert!(
                !is_only || edits.line_to_new(line).is_some(),
                "line {line} of {old:?}, {removed:?} edited to {inserted:?} of {new:?}"
            );
        }
    }
}

#[test]
fn texts_that_have_little_in_common_are_survived() {
    let mut chance = Chance::from_seed(10);
    for _ in 0..5_000 {
        let old = random_text(&mut chance, 12);
        let new = random_text(&mut chance, 12);
        check(&old, &new);
        let mut edited = old.clone();
        for _ in 0..3 {
            edited = edit(&edited, &mut chance).0;
        }
        check(&old, &edited);
    }
}

#[test]
fn a_large_file_that_was_rewritten_takes_no_time() {
    let mut chance = Chance::from_seed(11);
    let mut text = |number: usize| -> String {
        let line = |_| format!("{}{}\n", chance.pick(&LINES), chance.below(number));
        (0..5_000).map(line).collect()
    };
    for number in [1, 300, 1_000_000] {
        let (old, new) = (text(number), text(number));
        let start = Instant::now();
        LineEdits::between(&old, &new);
        println!("{number} numbers: {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
