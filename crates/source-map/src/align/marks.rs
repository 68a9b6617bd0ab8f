//! For each byte of a script, what all the ways of reading it together say about its source.
//!
//! A byte that has the same mark on every way is certain. Here it may happen that ways are counted that do not exist;
//! that makes bytes less certain than they are, and never more.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::program::{Chunk, Program, Step};
use super::spans::{Run, Spans};
use super::text::{Fuel, Script};
use crate::{Certainty, FileId, HoleClass, LineEnds, LineIndex, Piece, PieceOrigin, Place, Source};

/// The lines of the sources, found when they are asked for.
#[derive(Debug)]
pub(crate) struct SourceLines<'a> {
    sources: &'a [Source],
    lines: Vec<OnceCell<LineIndex>>,
}

impl<'a> SourceLines<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        Self {
            sources,
            lines: vec![OnceCell::new(); sources.len()],
        }
    }

    pub(crate) fn of(&self, file: FileId) -> Option<&LineIndex> {
        let source = self.sources.get(file.index())?;
        let lines = self.lines.get(file.index())?;
        Some(lines.get_or_init(|| LineIndex::new(source.text.clone(), LineEnds::Nix)))
    }

    fn line(&self, file: FileId, offset: usize) -> Line {
        let number = self.of(file).map_or(0, |lines| lines.line_of(offset));
        Line {
            file: file.0,
            number,
        }
    }
}

/// A line of a source; number 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    file: u32,
    number: u32,
}

impl Line {
    const NOWHERE: Self = Self { file: 0, number: 0 };
}

/// The source of a byte. The two bytes of one escape share theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Byte { file: u32, at: u32 },
    Region { file: u32, start: u32, end: u32 },
    Nothing,
}

/// What is known of one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// No way was seen.
    Unseen,
    /// All ways agree.
    One(Mark, Line),
    /// All ways agree about the line.
    Line(Line),
    Many,
}

impl Seen {
    /// What two sets of ways say together.
    pub(crate) fn and(self, other: Self) -> Self {
        let (line, other_line) = match (self, other) {
            (Seen::Unseen, seen) | (seen, Seen::Unseen) => return seen,
            (Seen::One(mark, _), Seen::One(other, _)) if mark == other => return self,
            (Seen::One(_, line) | Seen::Line(line), Seen::One(_, other) | Seen::Line(other)) => {
                (line, other)
            }
            (Seen::Many, _) | (_, Seen::Many) => return Seen::Many,
        };
        if line == other_line && line.number > 0 {
            Seen::Line(line)
        } else {
            Seen::Many
        }
    }

    pub(crate) fn certainty(self) -> Certainty {
        match self {
            Seen::One(..) => Certainty::Certain,
            Seen::Line(_) => Certainty::SameLine,
            // The ways cover every byte; one that they do not cover would be a guess.
            Seen::Many | Seen::Unseen => Certainty::Guess,
        }
    }
}

/// Offsets are stored in four bytes: no Nix file has more.
fn short(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Looks at every live step of a program. `None` when the fuel is used up.
pub(crate) fn seen(
    script: &Script<'_>,
    program: &Program<'_>,
    live: &[Spans],
    lines: &SourceLines<'_>,
    fuel: &mut Fuel,
) -> Option<Vec<Seen>> {
    let mut painter = Painter {
        bytes: vec![Seen::Unseen; script.len()],
        lines,
        veils: Vec::new(),
    };
    for (state, step) in program.steps.iter().enumerate() {
        match step {
            Step::Literal(chunk, _) => {
                let chunk = &program.chunks[*chunk];
                let length = program.texts[chunk.text].len();
                // Each live position of this state is the start of a live step, as it has no other step.
                let starts = live[state].count();
                if starts.saturating_mul(length) <= 4 * script.len() + 4 * length {
                    fuel.burn(1 + starts * length)?;
                    for &(first, last) in live[state].runs() {
                        (first..=last).for_each(|start| painter.chunk(chunk, start));
                    }
                } else {
                    painter.veil_chunk(chunk, length, &live[state], fuel)?;
                }
            }
            Step::Hole(hole, to) => {
                let covers = hole_covers(hole.class, script, &live[state], &live[*to], fuel)?;
                let (mark, line) = painter.region(&hole.source);
                let veils = covers.into_iter().map(|(first, end)| Veil {
                    range: first..end,
                    seen: Seen::One(mark, line),
                });
                painter.veils.extend(veils);
            }
            Step::Fork(_) | Step::Enter(..) | Step::Leave(_) => {}
        }
    }
    painter.finish(fuel)
}

/// For each stretch over which a live hole can extend, its first start and its last end; they differ.
pub(crate) fn hole_covers(
    class: HoleClass,
    script: &Script<'_>,
    from: &Spans,
    to: &Spans,
    fuel: &mut Fuel,
) -> Option<Vec<Run>> {
    let mut covers = Vec::new();
    let mut at = 0;
    while let Some(start) = from.first_from(at) {
        fuel.burn(1)?;
        let furthest = script.furthest_end(class, start);
        if let Some(end) = to.last_to(furthest).filter(|&end| end > start) {
            covers.push((start, end));
        }
        // Behind `furthest` no hole that started before it is left.
        at = furthest + 1;
    }
    Some(covers)
}

/// The same over a range of bytes.
struct Veil {
    range: Range<usize>,
    seen: Seen,
}

struct Painter<'a> {
    bytes: Vec<Seen>,
    lines: &'a SourceLines<'a>,
    veils: Vec<Veil>,
}

impl Painter<'_> {
    fn region(&self, place: &Place) -> (Mark, Line) {
        let mark = Mark::Region {
            file: place.file.0,
            start: short(place.range.start),
            end: short(place.range.end),
        };
        (mark, self.lines.line(place.file, place.range.start))
    }

    /// The source of the first byte of a piece.
    fn mark(&self, piece: &Piece, inside: Option<&Place>) -> (Mark, Line) {
        match (&piece.origin, inside) {
            (PieceOrigin::Verbatim(place) | PieceOrigin::Escape(place), _) => {
                let mark = Mark::Byte {
                    file: place.file.0,
                    at: short(place.range.start),
                };
                (mark, self.lines.line(place.file, place.range.start))
            }
            (PieceOrigin::Computed, Some(place)) => self.region(place),
            (PieceOrigin::Computed, None) => (Mark::Nothing, Line::NOWHERE),
        }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, start: usize) {
        let mut at = start;
        for piece in &chunk.pieces {
            let (mut mark, mut line) = self.mark(piece, chunk.inside);
            let is_verbatim = matches!(piece.origin, PieceOrigin::Verbatim(_));
            for byte in piece.text.bytes() {
                if let Some(seen) = self.bytes.get_mut(at) {
                    *seen = seen.and(Seen::One(mark, line));
                }
                at += 1;
                if let (true, Mark::Byte { at, .. }) = (is_verbatim, &mut mark) {
                    *at = at.saturating_add(1);
                    line.number += u32::from(byte == b'\n' && line.number > 0);
                }
            }
        }
    }

    /// Marks where a chunk can stand without saying which byte of it is which: it stands at so many places that they
    /// overlap.
    fn veil_chunk(
        &mut self,
        chunk: &Chunk<'_>,
        length: usize,
        starts: &Spans,
        fuel: &mut Fuel,
    ) -> Option<()> {
        let mut seen = Seen::Unseen;
        for piece in &chunk.pieces {
            fuel.burn(1 + piece.text.len() / 16)?;
            let (_, line) = self.mark(piece, chunk.inside);
            let is_on_it = piece
                .text
                .find('\n')
                .is_none_or(|feed| feed + 1 == piece.text.len());
            seen = seen.and(if is_on_it && line.number > 0 {
                Seen::Line(line)
            } else {
                Seen::Many
            });
        }
        let mut open: Option<Range<usize>> = None;
        for &(first, last) in starts.runs() {
            fuel.burn(1)?;
            let end = last + length;
            match &mut open {
                Some(range) if first <= range.end => range.end = range.end.max(end),
                _ => {
                    let done = open.replace(first..end);
                    self.veils.extend(done.map(|range| Veil { range, seen }));
                }
            }
        }
        self.veils.extend(open.map(|range| Veil { range, seen }));
        Some(())
    }

    /// Lays all veils over the bytes in one sweep from left to right.
    fn finish(mut self, fuel: &mut Fuel) -> Option<Vec<Seen>> {
        fuel.burn(8 * self.veils.len())?;
        let mut ends = Vec::with_capacity(2 * self.veils.len());
        for veil in &self.veils {
            ends.push((veil.range.start, true, veil.seen));
            ends.push((veil.range.end, false, veil.seen));
        }
        ends.sort_unstable_by_key(|&(at, is_start, _)| (at, is_start));
        let mut above = Above::default();
        let mut done = 0;
        for (at, is_start, seen) in ends {
            let together = above.together();
            if together != Seen::Unseen {
                let under = self.bytes.get_mut(done..at).unwrap_or_default();
                fuel.burn(under.len() / 8)?;
                under.iter_mut().for_each(|seen| *seen = seen.and(together));
            }
            done = at;
            above.change(seen, is_start);
        }
        Some(self.bytes)
    }
}

/// The veils that lie over one byte.
#[derive(Default)]
struct Above {
    marks: BTreeMap<Mark, usize>,
    lines: BTreeMap<Line, usize>,
    /// Those that leave the byte open.
    lined: usize,
    /// Those that leave even the line open.
    many: usize,
}

impl Above {
    fn change(&mut self, seen: Seen, is_more: bool) {
        match seen {
            Seen::Unseen => {}
            Seen::One(mark, line) => {
                count(&mut self.marks, mark, is_more);
                count(&mut self.lines, line, is_more);
            }
            Seen::Line(line) => {
                step(&mut self.lined, is_more);
                count(&mut self.lines, line, is_more);
            }
            Seen::Many => step(&mut self.many, is_more),
        }
    }

    fn together(&self) -> Seen {
        let line = match (self.many, self.lines.len()) {
            (0, 0) => return Seen::Unseen,
            (0, 1) => self.lines.keys().next().copied(),
            _ => return Seen::Many,
        };
        let line = line.unwrap_or(Line::NOWHERE);
        match (self.lined, self.marks.len(), self.marks.keys().next()) {
            (0, 1, Some(&mark)) => Seen::One(mark, line),
            _ if line.number > 0 => Seen::Line(line),
            _ => Seen::Many,
        }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K, is_more: bool) {
    if is_more {
        *counts.entry(key).or_default() += 1;
    } else if let std::collections::btree_map::Entry::Occupied(mut entry) = counts.entry(key) {
        match entry.get().checked_sub(1).filter(|&left| left > 0) {
            Some(left) => *entry.get_mut() = left,
            None => drop(entry.remove()),
        }
    }
}

fn step(count: &mut usize, is_more: bool) {
    *count = if is_more {
        *count + 1
    } else {
        count.saturating_sub(1)
    };
}
