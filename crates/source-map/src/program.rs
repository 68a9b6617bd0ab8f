//! A shape as a graph of steps, and the search for every way in which it can read a script from start to end.
//!
//! States are numbered so that each step leads to a later one. The search runs once forward (where can a state be
//! reached?) and once backward (from where can the end be reached?); what both agree on is *live*.

use crate::spans::Spans;
use crate::{Hole, HoleClass, Piece, Shape};

/// The steps of a shape; the first state is 0.
#[derive(Debug, Default)]
pub(crate) struct Program<'s> {
    pub(crate) steps: Vec<Step<'s>>,
    pub(crate) last: usize,
}

/// A step from one state to a later one. Steps are in ascending order of their states.
#[derive(Debug)]
pub(crate) struct Step<'s> {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) reads: Reads<'s>,
}

/// What a step reads of the script.
#[derive(Debug)]
pub(crate) enum Reads<'s> {
    /// Exactly this text.
    Literal { text: String, pieces: &'s [Piece] },
    /// Anything that the class of the hole allows.
    Hole(&'s Hole),
}

impl<'s> Program<'s> {
    pub(crate) fn of(shape: &'s Shape) -> Self {
        let mut program = Self::default();
        program.add(shape);
        program
    }

    fn add(&mut self, shape: &'s Shape) {
        let reads = match shape {
            Shape::Sequence(shapes) => return shapes.iter().for_each(|shape| self.add(shape)),
            Shape::Hole(hole) => Reads::Hole(hole),
            Shape::Literal(literal) => Reads::Literal {
                text: literal
                    .pieces
                    .iter()
                    .map(|piece| piece.text.as_str())
                    .collect(),
                pieces: &literal.pieces,
            },
        };
        self.steps.push(Step {
            from: self.last,
            to: self.last + 1,
            reads,
        });
        self.last += 1;
    }

    /// The live positions of each state; all empty when the program cannot read the script. `None` when the search
    /// would cost more than `fuel` has.
    pub(crate) fn live(&self, script: &str, fuel: &mut Fuel) -> Option<Vec<Spans>> {
        let mut reached = vec![Spans::default(); self.last + 1];
        reached[0] = Spans::point(0);
        for step in &self.steps {
            let ends = step.ends(script, &reached[step.from], fuel)?;
            reached[step.to] = std::mem::take(&mut reached[step.to]).union(ends);
        }
        let mut live = vec![Spans::default(); self.last + 1];
        live[self.last] = reached[self.last].intersection(&Spans::point(script.len()));
        for step in self.steps.iter().rev() {
            let starts = step.starts(script, &reached[step.from], &live[step.to], fuel)?;
            live[step.from] = std::mem::take(&mut live[step.from]).union(starts);
        }
        Some(live)
    }
}

impl Step<'_> {
    /// Where this step can end when it starts at one of `starts`.
    fn ends(&self, script: &str, starts: &Spans, fuel: &mut Fuel) -> Option<Spans> {
        let mut ends = Vec::new();
        match &self.reads {
            Reads::Hole(hole) => {
                for &(first, last) in starts.ranges() {
                    fuel.burn(1)?;
                    ends.push((first, hole.class.furthest_end(script, last)));
                }
            }
            Reads::Literal { text, .. } => {
                for &(first, last) in starts.ranges() {
                    let mut at = first;
                    while let Some(found) = next_match(script, text, at, last, fuel)? {
                        ends.push((found + text.len(), found + text.len()));
                        at = found + 1;
                    }
                }
            }
        }
        Some(Spans::from_ranges(ends))
    }

    /// From which of the `reached` positions this step can end at one of `ends`.
    fn starts(
        &self,
        script: &str,
        reached: &Spans,
        ends: &Spans,
        fuel: &mut Fuel,
    ) -> Option<Spans> {
        let mut starts = Vec::new();
        for &(first, last) in ends.ranges() {
            match &self.reads {
                Reads::Hole(hole) => {
                    fuel.burn(1)?;
                    starts.push((hole.class.earliest_start(script, first), last));
                }
                Reads::Literal { text, .. } => {
                    for end in first..=last {
                        fuel.burn(1 + text.len())?;
                        let start = end.checked_sub(text.len());
                        if let Some(start) = start.filter(|&start| reads_at(script, text, start)) {
                            starts.push((start, start));
                        }
                    }
                }
            }
        }
        Some(Spans::from_ranges(starts).intersection(reached))
    }
}

impl HoleClass {
    /// The furthest end of a hole that starts at `start`.
    pub(crate) fn furthest_end(self, script: &str, start: usize) -> usize {
        let rest = &script.as_bytes()[start..];
        match self {
            HoleClass::Anything => script.len(),
            HoleClass::SingleLine => {
                start
                    + rest
                        .iter()
                        .position(|&byte| byte == b'\n')
                        .unwrap_or(rest.len())
            }
        }
    }

    fn earliest_start(self, script: &str, end: usize) -> usize {
        match self {
            HoleClass::Anything => 0,
            HoleClass::SingleLine => script.as_bytes()[..end]
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(0, |feed| feed + 1),
        }
    }
}

/// Whether `text` stands in the script at `at`, which may be anywhere.
pub(crate) fn reads_at(script: &str, text: &str, at: usize) -> bool {
    script
        .as_bytes()
        .get(at..)
        .is_some_and(|rest| rest.starts_with(text.as_bytes()))
}

/// The first place from `at` to `last` where `text` stands.
fn next_match(
    script: &str,
    text: &str,
    at: usize,
    last: usize,
    fuel: &mut Fuel,
) -> Option<Option<usize>> {
    if at > last {
        return Some(None);
    }
    let mut from = at;
    while !script.is_char_boundary(from) {
        from += 1;
    }
    let to = (last + text.len()).min(script.len());
    let mut to_character = to.max(from);
    while !script.is_char_boundary(to_character) {
        to_character -= 1;
    }
    let window = &script[from..to_character.max(from)];
    let found = window.find(text);
    fuel.burn(1 + text.len() + found.unwrap_or(window.len()))?;
    Some(found.map(|offset| from + offset))
}

/// How much work a search may still do. One unit is about one compared byte.
#[derive(Debug)]
pub(crate) struct Fuel(pub(crate) usize);

impl Fuel {
    /// `None` when the fuel is used up.
    pub(crate) fn burn(&mut self, units: usize) -> Option<()> {
        self.0 = self.0.checked_sub(units)?;
        Some(())
    }
}
