//! One shape and a script: the best way to read the one in the other, and what all other ways leave of its certainty.

use std::collections::HashSet;

use super::certain::Certain;
use super::marks::{Seen, SourceLines, seen};
use super::path::{Nodes, Path, best};
use super::program::Program;
use super::search::live;
use super::segments::segments;
use super::spans::Spans;
use super::text::{Fuel, Script};
use crate::{Certainty, HoleValue, Segment, Shape};

/// The best way through a shape that fits.
#[derive(Debug)]
pub(crate) struct Reading<'s> {
    program: Program<'s>,
    live: Vec<Spans>,
    nodes: Nodes,
    path: Path,
}

impl<'s> Reading<'s> {
    /// `None` when the fuel is used up; `Some(None)` when the shape does not fit, or spells out nothing visible: such
    /// a shape fits every script.
    pub(crate) fn of(
        script: &Script<'_>,
        shape: &'s Shape,
        fuel: &mut Fuel,
    ) -> Option<Option<Self>> {
        let program = Program::of(shape)?;
        let live = live(&program, script, fuel)?;
        if live.first().is_none_or(Spans::is_empty) {
            return Some(None);
        }
        let nodes = Nodes::new(script, &live, fuel)?;
        let path = best(script, &program, &nodes, fuel)?;
        Some(path.is_visible(script).then_some(Self {
            program,
            live,
            nodes,
            path,
        }))
    }

    /// The number of script bytes that the shape spells out.
    pub(crate) fn spelled(&self) -> usize {
        self.path.spelled
    }

    /// Compares the best way with all others. `None` when the fuel is used up.
    pub(crate) fn finish(
        self,
        script: &Script<'_>,
        lines: &SourceLines<'_>,
        fuel: &mut Fuel,
    ) -> Option<Found> {
        let Self {
            program,
            live,
            nodes,
            path,
        } = self;
        let seen = seen(script, &program, &live, lines, fuel)?;
        let is_proven = program.is_straight && path.visits.iter().all(|visit| visit.is_followed);
        let mut is_certain = vec![true; path.visits.len()];
        if !program.is_straight || !is_proven {
            let certain = Certain::new(script, &program, &live, &nodes, fuel)?;
            for (is_certain, visit) in is_certain.iter_mut().zip(&path.visits) {
                *is_certain = certain.holds(visit, fuel);
            }
        }
        Some(Found {
            path,
            seen,
            is_certain,
            is_proven,
        })
    }
}

/// A way, and what is known of each of its bytes.
#[derive(Debug)]
pub(crate) struct Found {
    path: Path,
    seen: Vec<Seen>,
    is_certain: Vec<bool>,
    is_proven: bool,
}

impl Found {
    /// Whether the shape alone determines the script.
    pub(crate) fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// The number of bytes whose line is not known.
    pub(crate) fn in_doubt(&self) -> usize {
        let is_guess = |seen: &&Seen| seen.certainty() == Certainty::Guess;
        self.seen.iter().filter(is_guess).count()
    }

    /// What another shape may be the source of is less certain.
    pub(crate) fn doubt(&mut self, other: &Found) {
        for (seen, other) in self.seen.iter_mut().zip(&other.seen) {
            *seen = seen.and(*other);
        }
        let others = other.path.visits.iter().zip(&other.is_certain);
        let agreed: HashSet<_> = others
            .filter(|(_, is_certain)| **is_certain)
            .map(|(visit, _)| (&visit.source, &visit.out))
            .collect();
        for (is_certain, visit) in self.is_certain.iter_mut().zip(&self.path.visits) {
            *is_certain &= agreed.contains(&(&visit.source, &visit.out));
        }
        self.is_proven &= other.is_proven;
    }

    pub(crate) fn segments(&self) -> Vec<Segment> {
        segments(&self.path, &self.seen)
    }

    pub(crate) fn holes(&self) -> Vec<HoleValue> {
        let visits = self.path.visits.iter().zip(&self.is_certain);
        visits
            .map(|(visit, &is_certain)| HoleValue {
                source: visit.source.clone(),
                out: visit.out.clone(),
                is_certain,
                is_followed: visit.is_followed,
            })
            .collect()
    }
}
