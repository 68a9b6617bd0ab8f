//! Lines a script up with the bindings that may have produced it, and finds out how sure that is.
//!
//! One alignment is chosen, but every possible one is looked at: a byte of the script is certain when all of them give
//! it the same source. So a certain answer is a proof, as far as the candidates hold the true binding.

use std::ops::Range;

use crate::program::{Fuel, Program, Reads, reads_at};
use crate::spans::Spans;
use crate::{
    Certainty, Definition, FileId, Hint, HoleId, HoleValue, Level, LineEnds, LineIndex, Match,
    PieceKind, Place, Problem, Segment, SegmentKind, Shape, Source, definitions,
};

/// What came of lining a script up.
#[derive(Debug)]
pub(crate) struct Alignment {
    pub(crate) segments: Vec<Segment>,
    pub(crate) holes: Vec<HoleValue>,
    pub(crate) matched: Option<Match>,
    pub(crate) level: Level,
    pub(crate) problems: Vec<Problem>,
}

impl Alignment {
    pub(crate) fn unmapped(script: &str, problems: Vec<Problem>) -> Self {
        let whole = Segment {
            out: 0..script.len(),
            source: None,
            kind: SegmentKind::Synthetic,
            certainty: Certainty::Certain,
        };
        Self {
            segments: if script.is_empty() {
                Vec::new()
            } else {
                vec![whole]
            },
            holes: Vec::new(),
            matched: None,
            level: Level::Unmapped,
            problems,
        }
    }
}

/// The work one binding may cost, in compared bytes: well under a second.
const FUEL: usize = 20_000_000;

pub(crate) fn align(script: &str, sources: &[Source], hint: &Hint) -> Alignment {
    let mut problems = Vec::new();
    let mut fits = Vec::new();
    let mut is_any = false;
    for (source, file) in sources.iter().zip((0..).map(FileId)) {
        let Some(definitions) = definitions(&source.text, file) else {
            problems.push(Problem::TooDeep { file });
            continue;
        };
        for Definition { binding, shape } in definitions {
            is_any = true;
            match shape {
                Err(reason) => problems.push(Problem::Unreadable { file, reason }),
                Ok(shape) if shape.visible_bytes() == 0 => {}
                Ok(shape) => match fit(script, &shape, source) {
                    Fit::None => {}
                    Fit::TooManyWays => problems.push(Problem::TooManyWays {
                        file,
                        range: binding.range,
                    }),
                    Fit::Found(found) => fits.push(Candidate {
                        file,
                        binding,
                        spelled: shape.visible_bytes(),
                        found,
                    }),
                },
            }
        }
    }
    let most = fits.iter().map(|fit| fit.spelled).max().unwrap_or(0);
    fits.retain(|fit| fit.spelled == most);
    // The sort is stable: the order of the candidates decides between equals.
    let is_named =
        |fit: &Candidate| hint.test_name.is_some() && fit.binding.test_name == hint.test_name;
    fits.sort_by_key(|fit| !is_named(fit));
    let is_told_apart = fits.iter().filter(|fit| is_named(fit)).count() == 1;
    let mut fits = fits.into_iter();
    let Some(best) = fits.next() else {
        problems.push(if is_any {
            Problem::NothingFits
        } else {
            Problem::NoBinding
        });
        return Alignment::unmapped(script, problems);
    };
    let rivals = match is_told_apart {
        true => Vec::new(),
        false => fits
            .map(|rival| Place::new(rival.file, rival.binding.range))
            .collect(),
    };
    if !rivals.is_empty() {
        problems.push(Problem::Rivals {
            rivals: rivals.clone(),
        });
    }
    let Found { segments, holes } = best.found;
    let level = level(&segments, &holes);
    if level == Level::Guess {
        problems.push(Problem::Ambiguous {
            lines: lines_in_doubt(script, &segments),
        });
    }
    let matched = Some(Match {
        file: best.file,
        binding: best.binding,
        rivals,
    });
    Alignment {
        segments,
        holes,
        matched,
        level,
        problems,
    }
}

struct Candidate {
    file: FileId,
    binding: crate::Binding,
    spelled: usize,
    found: Found,
}

struct Found {
    segments: Vec<Segment>,
    holes: Vec<HoleValue>,
}

enum Fit {
    Found(Found),
    None,
    TooManyWays,
}

fn level(segments: &[Segment], holes: &[HoleValue]) -> Level {
    match segments.iter().map(|segment| segment.certainty).max() {
        Some(Certainty::Guess) => Level::Guess,
        Some(Certainty::SameLine) => Level::SameLines,
        _ if holes.is_empty() => Level::Proven,
        _ => Level::Unique,
    }
}

fn lines_in_doubt(script: &str, segments: &[Segment]) -> usize {
    let lines = LineIndex::new(script, LineEnds::Python);
    let mut doubtful: Vec<u32> = segments
        .iter()
        .filter(|segment| segment.certainty == Certainty::Guess)
        .flat_map(|segment| lines.line_of(segment.out.start)..=lines.line_of(segment.out.end - 1))
        .collect();
    doubtful.dedup();
    doubtful.len()
}

fn fit(script: &str, shape: &Shape, source: &Source) -> Fit {
    let program = Program::of(shape);
    let mut fuel = Fuel(FUEL);
    let Some(live) = program.live(script, &mut fuel) else {
        return Fit::TooManyWays;
    };
    if live[0].is_empty() {
        return Fit::None;
    }
    let Some(certainties) = Marks::of(script, &program, &live, source, &mut fuel) else {
        return Fit::TooManyWays;
    };
    match walk(script, &program, &live) {
        Some(path) => Fit::Found(path.found(&certainties)),
        None => Fit::None,
    }
}

/// For each byte of the script, what all alignments together say about its source.
struct Marks<'a> {
    lines: LineIndex,
    script: &'a str,
    bytes: Vec<Option<(Mark, Certainty)>>,
}

/// A source of a byte: a literal byte or a whole interpolation. Two bytes of one escape share their place.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    place: usize,
    hole: Option<HoleId>,
}

impl<'a> Marks<'a> {
    fn of(
        script: &'a str,
        program: &Program<'_>,
        live: &[Spans],
        source: &Source,
        fuel: &mut Fuel,
    ) -> Option<Vec<Certainty>> {
        let lines = LineIndex::new(source.text.clone(), LineEnds::Nix);
        let mut marks = Self {
            lines,
            script,
            bytes: vec![None; script.len()],
        };
        for step in &program.steps {
            let (from, to) = (&live[step.from], &live[step.to]);
            match &step.reads {
                Reads::Hole(hole) => {
                    let mark = Mark {
                        place: hole.source.range.start,
                        hole: Some(hole.id),
                    };
                    for (start, end) in
                        covered(from, to, |last| hole.class.furthest_end(script, last)).ranges()
                    {
                        fuel.burn(end - start)?;
                        (*start..=*end).for_each(|at| marks.set(at, mark));
                    }
                }
                Reads::Literal { text, pieces } => {
                    for start in from.ranges().iter().flat_map(|&(first, last)| first..=last) {
                        fuel.burn(1 + text.len())?;
                        if to.contains(start + text.len()) && reads_at(marks.script, text, start) {
                            marks.set_pieces(start, pieces);
                        }
                    }
                }
            }
        }
        // A live program covers every byte; one that it does not cover would be a guess.
        Some(
            marks
                .bytes
                .into_iter()
                .map(|mark| mark.map_or(Certainty::Guess, |mark| mark.1))
                .collect(),
        )
    }

    fn set_pieces(&mut self, start: usize, pieces: &[crate::Piece]) {
        let mut at = start;
        for piece in pieces {
            for offset in 0..piece.text.len() {
                let place = match piece.kind {
                    PieceKind::Verbatim => piece.source.range.start + offset,
                    PieceKind::Escape => piece.source.range.start,
                };
                self.set(at, Mark { place, hole: None });
                at += 1;
            }
        }
    }

    fn set(&mut self, at: usize, mark: Mark) {
        match &mut self.bytes[at] {
            empty @ None => *empty = Some((mark, Certainty::Certain)),
            Some((known, certainty)) if *known != mark => {
                let same_line = self.lines.line_of(known.place) == self.lines.line_of(mark.place);
                *certainty = (*certainty).max(if same_line {
                    Certainty::SameLine
                } else {
                    Certainty::Guess
                });
            }
            Some(_) => {}
        }
    }
}

/// The bytes that a hole between two states may be, as ranges with both ends inside.
fn covered(from: &Spans, to: &Spans, furthest_end: impl Fn(usize) -> usize) -> Spans {
    let ranges = from.ranges().iter().filter_map(|&(first, last)| {
        let end = to.last_to(furthest_end(last))?;
        (end > first).then(|| (first, end - 1))
    });
    Spans::from_ranges(ranges.collect())
}

/// One way through the program: the first one, with each hole as short as it can be.
struct Path {
    /// In the order of the script; only holes may be empty.
    pieces: Vec<(Range<usize>, Place, SegmentKind)>,
    holes: Vec<HoleValue>,
}

fn walk(script: &str, program: &Program<'_>, live: &[Spans]) -> Option<Path> {
    let mut path = Path {
        pieces: Vec::new(),
        holes: Vec::new(),
    };
    let (mut state, mut at) = (0, 0);
    while state != program.last {
        let (step, end) = program
            .steps
            .iter()
            .filter(|step| step.from == state)
            .find_map(|step| {
                let end = match &step.reads {
                    Reads::Literal { text, .. } if reads_at(script, text, at) => at + text.len(),
                    Reads::Literal { .. } => return None,
                    Reads::Hole(hole) => live[step.to]
                        .first_from(at)
                        .filter(|&end| end <= hole.class.furthest_end(script, at))?,
                };
                live[step.to].contains(end).then_some((step, end))
            })?;
        match &step.reads {
            Reads::Hole(hole) => {
                let is_certain = [step.from, step.to]
                    .iter()
                    .all(|&state| live[state].first() == live[state].last());
                path.holes.push(HoleValue {
                    source: hole.source.clone(),
                    out: at..end,
                    is_certain,
                });
                path.pieces
                    .push((at..end, hole.source.clone(), SegmentKind::Hole(hole.id)));
            }
            Reads::Literal { pieces, .. } => {
                let mut start = at;
                for piece in *pieces {
                    let kind = match piece.kind {
                        PieceKind::Verbatim => SegmentKind::Verbatim,
                        PieceKind::Escape => SegmentKind::Escape,
                    };
                    path.pieces
                        .push((start..start + piece.text.len(), piece.source.clone(), kind));
                    start += piece.text.len();
                }
            }
        }
        (state, at) = (step.to, end);
    }
    Some(path)
}

impl Path {
    /// Cuts the pieces where the certainty changes.
    fn found(self, certainties: &[Certainty]) -> Found {
        let mut segments = Vec::new();
        for (out, source, kind) in self.pieces {
            let mut start = out.start;
            while start < out.end {
                let certainty = certainties[start];
                let run = certainties[start..out.end]
                    .iter()
                    .take_while(|&&other| other == certainty)
                    .count();
                let end = if kind == SegmentKind::Escape {
                    out.end
                } else {
                    start + run
                };
                let range = match kind {
                    SegmentKind::Verbatim => {
                        source.range.start + (start - out.start)
                            ..source.range.start + (end - out.start)
                    }
                    _ => source.range.clone(),
                };
                let source = Some(Place::new(source.file, range));
                let worst = certainties[start..end]
                    .iter()
                    .copied()
                    .max()
                    .unwrap_or(certainty);
                segments.push(Segment {
                    out: start..end,
                    source,
                    kind,
                    certainty: worst,
                });
                start = end;
            }
        }
        Found {
            segments,
            holes: self.holes,
        }
    }
}
