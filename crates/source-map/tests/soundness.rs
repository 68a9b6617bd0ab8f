//! What a map says is true: random shapes and bindings with random values, where the truth is known.
//!
//! C1 the found values are values that the shape can have; C2 segments tile the script and verbatim bytes are equal; C3
//! there and back is the same byte; C4 what is certain is right; C5 no byte of a value is ever exact.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod random_shapes;
mod support;

use std::collections::BTreeMap;

use random_shapes::{Author, Truth, Written, feeds};
use source_map::{
    Certainty, Column, FileId, HoleClass, Level, LineEnds, LineIndex, Location, Origin,
    PieceOrigin, Place, ScriptMap, SegmentKind, Shape, Source,
};
use support::{Chance, holes, only_definition, render};

/// `NIXTEST_CASES` sets the number of scripts, and with it which ones.
fn cases() -> usize {
    std::env::var("NIXTEST_CASES").map_or(5_000, |count| count.parse().expect("a number"))
}

#[test]
fn what_a_map_says_of_random_shapes_is_true() {
    let cases = cases();
    let mut chance = Chance::from_seed(cases as u64);
    let mut levels = BTreeMap::<Level, usize>::new();
    for case in 0..cases {
        let (shape, sources) = Author::write(&mut chance, 1 + case % 4);
        let written = Written::of(&shape, &mut chance);
        let map = ScriptMap::from_shape(&written.script, &shape, &sources);
        *levels.entry(map.level()).or_default() += 1;
        let check = Check::new(&map, &sources, &written.script, &shape);
        if map.level() == Level::Unmapped {
            assert!(!written.is_visible, "a text of the shape\n{check:?}");
            continue;
        }
        check.tiles();
        check.truth(&written);
        assert!(check.worth() >= written.worth, "the best way\n{check:?}");
        // Another text is another script: what is said of it must still be spelled so.
        let edited = edited(&written.script, &mut chance);
        let map = ScriptMap::from_shape(&edited, &shape, &sources);
        if map.level() != Level::Unmapped {
            Check::new(&map, &sources, &edited, &shape).tiles();
        }
    }
    println!("{levels:?}");
    assert!(
        levels[&Level::Unique] > cases / 5 && levels[&Level::Guess] > cases / 30,
        "{levels:?}"
    );
}

/// The script without one of its characters, or with one more.
fn edited(script: &str, chance: &mut Chance) -> String {
    let mut edited = script.to_owned();
    let mut at = chance.below(script.len() + 1);
    while !script.is_char_boundary(at) {
        at -= 1;
    }
    if at < script.len() && chance.below(2) == 0 {
        edited.remove(at);
    } else {
        edited.insert_str(at, chance.pick(&["a", "b", "\n", "é"]));
    }
    edited
}

/// Everything that is asked of one map.
struct Check<'a> {
    map: &'a ScriptMap,
    sources: &'a [Source],
    script: &'a str,
    shape: &'a Shape,
    lines: Vec<LineIndex>,
}

impl std::fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts: Vec<_> = self.sources.iter().map(|source| &source.text).collect();
        writeln!(f, "script: {:?}\nfiles: {texts:?}", self.script)?;
        writeln!(f, "shape: {:?}\nlevel: {:?}", self.shape, self.map.level())?;
        writeln!(f, "segments: {:#?}", self.map.segments())?;
        writeln!(f, "holes: {:#?}", self.map.holes())
    }
}

impl<'a> Check<'a> {
    fn new(map: &'a ScriptMap, sources: &'a [Source], script: &'a str, shape: &'a Shape) -> Self {
        let lines = sources
            .iter()
            .map(|source| LineIndex::new(source.text.clone(), LineEnds::Nix))
            .collect();
        Self {
            map,
            sources,
            script,
            shape,
            lines,
        }
    }

    fn line_of(&self, truth: &Truth) -> Option<(FileId, u32)> {
        let (file, offset) = match truth {
            Truth::Byte(file, offset) => (*file, *offset),
            Truth::Value(place) => (place.file, place.range.start),
            Truth::Nowhere => return None,
        };
        Some((file, self.lines[file.index()].line_of(offset)))
    }

    /// C1 and C2, as far as they can be seen without the truth.
    fn tiles(&self) {
        let mut end = 0;
        for segment in self.map.segments() {
            let is_next = segment.out.start == end && !segment.out.is_empty();
            assert!(is_next, "{segment:?}\n{self:?}");
            end = segment.out.end;
            match (segment.kind, &segment.source) {
                (SegmentKind::Verbatim, Some(source)) => assert_eq!(
                    &self.script[segment.out.clone()],
                    &self.sources[source.file.index()].text[source.range.clone()],
                    "{segment:?}\n{self:?}"
                ),
                (SegmentKind::Escape, Some(_)) => {}
                (SegmentKind::Hole(id), Some(source)) => {
                    let hole = &self.map.holes()[id.index()];
                    let is_part = hole.out.start <= segment.out.start && end <= hole.out.end;
                    assert!(is_part && hole.source == *source, "{segment:?}\n{self:?}");
                }
                (SegmentKind::Synthetic, None) => {}
                _ => panic!("{segment:?}\n{self:?}"),
            }
        }
        assert_eq!(end, self.script.len(), "{self:?}");
        let starts = self.map.holes().iter().map(|hole| hole.out.start);
        assert!(starts.is_sorted(), "{self:?}");
        for hole in self.map.holes() {
            assert!(self.script.get(hole.out.clone()).is_some(), "{self:?}");
        }
    }

    /// How good the chosen way is, as [`Written::worth`] says it.
    fn worth(&self) -> isize {
        let worth = self
            .map
            .segments()
            .iter()
            .map(|segment| match segment.kind {
                SegmentKind::Hole(id) if !self.map.holes()[id.index()].is_followed => {
                    -feeds(&self.script[segment.out.clone()])
                }
                _ => 4 * segment.out.len() as isize,
            });
        worth.sum()
    }

    fn truth(&self, written: &Written) {
        for (at, truth) in written.truth.iter().enumerate() {
            self.byte(at, truth, written);
        }
        for hole in self.map.holes().iter().filter(|hole| hole.is_certain) {
            let value = (hole.source.clone(), hole.out.clone());
            assert!(written.values.contains(&value), "{hole:?}\n{self:?}");
        }
        for (place, _) in &written.values {
            let middle = (place.range.start + place.range.end) / 2;
            for offset in [place.range.start, middle] {
                self.starts(place.file, offset, written);
            }
        }
        self.script_lines(written);
    }

    /// C3, C4 and C5.
    fn byte(&self, at: usize, truth: &Truth, written: &Written) {
        let segments = self.map.segments();
        let segment = &segments[segments.partition_point(|segment| segment.out.end <= at)];
        match self.map.to_nix(at) {
            Origin::Exact { file, offset } => {
                assert_eq!(*truth, Truth::Byte(file, offset), "byte {at}\n{self:?}");
                let back = self.map.to_script(file, offset);
                let begin = match segment.kind {
                    SegmentKind::Verbatim => at,
                    _ => segment.out.start,
                };
                assert!(back.contains(&begin), "byte {at}: {back:?}\n{self:?}");
                for other in back {
                    assert_eq!(written.truth[other], *truth, "byte {other}\n{self:?}");
                }
            }
            Origin::Hole { file, range } => {
                let place = Place::new(file, range);
                assert_eq!(*truth, Truth::Value(place), "byte {at}\n{self:?}");
            }
            Origin::Line { file, offset } => {
                let line = self.lines[file.index()].line_of(offset);
                assert_eq!(
                    self.line_of(truth),
                    Some((file, line)),
                    "byte {at}\n{self:?}"
                );
            }
            Origin::Generated if segment.certainty == Certainty::Certain => {
                assert_eq!(*truth, Truth::Nowhere, "byte {at}\n{self:?}");
            }
            Origin::Generated => {
                assert_eq!(segment.certainty, Certainty::Guess, "byte {at}\n{self:?}");
            }
        }
    }

    /// What is said of a place of a file is so.
    fn starts(&self, file: FileId, offset: usize, written: &Written) {
        for start in self.map.to_script(file, offset) {
            // Every escape is written as three bytes, and the first of them is its place.
            let spelled = (offset.saturating_sub(2)..=offset).map(|at| Truth::Byte(file, at));
            let is_spelled = spelled
                .rev()
                .any(|byte| written.truth.get(start) == Some(&byte));
            let is_value = |(place, out): &(Place, std::ops::Range<usize>)| {
                place.file == file && place.range.contains(&offset) && out.start == start
            };
            let is_true = is_spelled || written.values.iter().any(is_value);
            assert!(is_true, "{file:?} {offset} at {start}\n{self:?}");
        }
    }

    fn script_lines(&self, written: &Written) {
        for line in 1..=self.map.script().line_count() {
            let range = self.map.script().line_range(line).unwrap();
            let (file, nix_line) = match self.map.nix_line(line, Column::Utf16) {
                Location::Exact { file, position } => (file, position.line),
                Location::Line { file, line } => (file, line),
                Location::Hole { file, start, .. } => {
                    let on_hole = self.map.hole_lines(file, start.line);
                    assert!(on_hole.contains(&line), "line {line}\n{self:?}");
                    continue;
                }
                Location::Generated => continue,
            };
            let is_blank = self.script[range.clone()].trim().is_empty();
            let of_nix_line = self.map.script_lines(file, nix_line);
            assert!(of_nix_line.is_sorted(), "line {line}\n{self:?}");
            assert_eq!(
                of_nix_line.contains(&line),
                !is_blank,
                "line {line}\n{self:?}"
            );
            let is_from_there = |truth| self.line_of(truth) == Some((file, nix_line));
            let is_true = is_blank || written.truth[range].iter().any(is_from_there);
            assert!(is_true, "line {line}\n{self:?}");
        }
    }
}

/// The truth of a string literal whose interpolations have these values.
fn truth_of(shape: &Shape, values: &[&str]) -> Written {
    fn add(shape: &Shape, values: &mut std::slice::Iter<&str>, written: &mut Written) {
        match shape {
            Shape::Sequence(shapes) => shapes.iter().for_each(|shape| add(shape, values, written)),
            Shape::Hole(hole) => {
                let value = values.next().unwrap();
                let start = written.script.len();
                written.script.push_str(value);
                let truth = Truth::Value(hole.source.clone());
                written.truth.resize(written.script.len(), truth);
                let out = start..written.script.len();
                written.values.push((hole.source.clone(), out));
            }
            Shape::Literal(literal) => {
                for piece in &literal.pieces {
                    written.script.push_str(&piece.text);
                    let truth = |offset: usize| match &piece.origin {
                        PieceOrigin::Verbatim(place) => {
                            Truth::Byte(place.file, place.range.start + offset)
                        }
                        PieceOrigin::Escape(place) => Truth::Byte(place.file, place.range.start),
                        PieceOrigin::Computed => Truth::Nowhere,
                    };
                    written.truth.extend((0..piece.text.len()).map(truth));
                    written.is_visible |= !piece.text.trim().is_empty();
                }
            }
            other => panic!("more than a string: {other:?}"),
        }
    }
    let mut written = Written::default();
    add(shape, &mut values.iter(), &mut written);
    written
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

#[test]
fn what_a_map_says_of_random_scripts_is_true() {
    let cases = cases();
    let mut chance = Chance::from_seed(cases as u64);
    let mut levels = BTreeMap::<Level, usize>::new();
    for _ in 0..cases {
        let text = random_binding(&mut chance);
        let Ok(shape) = only_definition(&text).shape else {
            continue;
        };
        // Where values within a line are one line, everything must be right; where not, what is said by proof.
        let keeps_to_convention = chance.below(2) == 0;
        let classes = holes(&shape).into_iter().map(|hole| hole.class);
        let values: Vec<String> = classes
            .map(|class| {
                let is_line = match class {
                    HoleClass::SingleLine => true,
                    HoleClass::Inline => keeps_to_convention,
                    HoleClass::Anything => false,
                };
                random_value(&mut chance, is_line)
            })
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let written = truth_of(&shape, &values);
        assert_eq!(written.script, render(&shape, &values));
        let sources = [Source::new("test.nix", text.as_str())];
        let map = ScriptMap::align(&written.script, &sources);
        let check = Check::new(&map, &sources, &written.script, &shape);
        if !written.is_visible {
            assert_eq!(map.level(), Level::Unmapped, "{check:?}");
            continue;
        }
        if map.takes_values_for_lines() && !keeps_to_convention {
            continue;
        }
        *levels.entry(map.level()).or_default() += 1;
        check.tiles();
        // C1: with the values that were found, the shape is the script.
        let found = map
            .holes()
            .iter()
            .map(|hole| &written.script[hole.out.clone()]);
        let found: Vec<&str> = found.collect();
        assert_eq!(render(&shape, &found), written.script, "{check:?}");
        check.truth(&written);
    }
    println!("{levels:?}");
    assert!(
        levels[&Level::Unique] > cases / 4 && levels[&Level::Guess] > cases / 30,
        "{levels:?}"
    );
    assert_eq!(levels.get(&Level::Unmapped), None);
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
