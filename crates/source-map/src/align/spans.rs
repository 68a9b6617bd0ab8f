//! Sets of positions in a script, kept as ranges because a hole can end almost anywhere.

use std::collections::VecDeque;

/// Positions in a row, with both ends inside.
pub(crate) type Run = (usize, usize);

/// A set of positions: runs in ascending order that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    runs: Vec<Run>,
}

impl Spans {
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The number of positions.
    pub(crate) fn count(&self) -> usize {
        self.runs.iter().map(|run| run.1 - run.0 + 1).sum()
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        self.first_from(at) == Some(at)
    }

    /// The smallest position that is not below `at`.
    pub(crate) fn first_from(&self, at: usize) -> Option<usize> {
        let index = self.runs.partition_point(|run| run.1 < at);
        self.runs.get(index).map(|run| run.0.max(at))
    }

    /// The greatest position that is not above `at`.
    pub(crate) fn last_to(&self, at: usize) -> Option<usize> {
        let index = self.runs.partition_point(|run| run.0 <= at);
        let run = self.runs.get(index.checked_sub(1)?)?;
        Some(run.1.min(at))
    }

    /// Adds a position that lies behind all others.
    pub(crate) fn push(&mut self, at: usize) {
        match self.runs.last_mut() {
            Some(last) if last.1 + 1 >= at => last.1 = last.1.max(at),
            _ => self.runs.push((at, at)),
        }
    }

    /// What of this set lies within a run.
    pub(crate) fn within(&self, (start, end): Run) -> impl Iterator<Item = Run> {
        let index = self.runs.partition_point(|run| run.1 < start);
        self.runs[index..]
            .iter()
            .take_while(move |run| run.0 <= end)
            .map(move |run| (run.0.max(start), run.1.min(end)))
    }
}

impl FromIterator<Run> for Spans {
    /// The union of runs in any order.
    fn from_iter<I: IntoIterator<Item = Run>>(runs: I) -> Self {
        let mut runs: Vec<Run> = runs.into_iter().collect();
        runs.sort_unstable();
        let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
        for run in runs {
            match merged.last_mut() {
                Some(last) if run.0 <= last.1 + 1 => last.1 = last.1.max(run.1),
                _ => merged.push(run),
            }
        }
        Self { runs: merged }
    }
}

/// A set of positions that grows. Searches add mostly at one of its ends, and there that is cheap.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    runs: VecDeque<Run>,
}

impl Growing {
    /// Adds a run; what of it is new goes to `fresh`. Returns how many runs had to make room.
    pub(crate) fn add(&mut self, (start, end): Run, fresh: &mut Vec<Run>) -> usize {
        let first = self.runs.partition_point(|run| run.1 + 1 < start);
        let mut merged = (start, end);
        let mut next = start;
        let mut touched = 0;
        for &run in self.runs.range(first..) {
            if run.0 > end + 1 {
                break;
            }
            if run.0 > next {
                fresh.push((next, run.0 - 1));
            }
            next = next.max(run.1 + 1);
            merged = (merged.0.min(run.0), merged.1.max(run.1));
            touched += 1;
        }
        if next <= end {
            fresh.push((next, end));
        }
        let moved = first.min(self.runs.len() - first);
        match self.runs.get_mut(first).filter(|_| touched > 0) {
            Some(run) => *run = merged,
            None => self.runs.insert(first, merged),
        }
        if touched > 1 {
            self.runs.drain(first + 1..first + touched);
        }
        if touched == 1 { 0 } else { moved }
    }

    pub(crate) fn into_spans(self) -> Spans {
        Spans {
            runs: self.runs.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Growing, Run, Spans};

    fn spans(runs: &[Run]) -> Spans {
        runs.iter().copied().collect()
    }

    #[test]
    fn touching_ranges_become_one() {
        assert_eq!(spans(&[(4, 5), (1, 2), (3, 3)]).runs(), [(1, 5)]);
    }

    #[test]
    fn what_lies_within_a_run_is_cut_at_its_ends() {
        let spans = spans(&[(0, 3), (6, 9), (12, 14)]);
        let within: Vec<Run> = spans.within((2, 12)).collect();
        assert_eq!(within, [(2, 3), (6, 9), (12, 12)]);
        assert_eq!(spans.within((4, 5)).count(), 0);
    }

    #[test]
    fn neighbours_of_a_gap_are_found_from_both_sides() {
        let spans = spans(&[(1, 2), (6, 9)]);
        assert_eq!((spans.first_from(3), spans.last_to(5)), (Some(6), Some(2)));
        assert_eq!((spans.first_from(10), spans.last_to(0)), (None, None));
        assert!(spans.contains(7) && !spans.contains(4));
    }

    #[test]
    fn a_growing_set_tells_what_is_new() {
        let mut set = Growing::default();
        let mut fresh = Vec::new();
        for run in [(5, 6), (1, 2), (9, 9), (0, 12), (3, 4)] {
            set.add(run, &mut fresh);
        }
        let expected = [(5, 6), (1, 2), (9, 9), (0, 0), (3, 4), (7, 8), (10, 12)];
        assert_eq!(fresh, expected);
        assert_eq!(set.into_spans().runs(), [(0, 12)]);
    }

    #[test]
    fn a_growing_set_is_the_union_of_what_was_added() {
        let mut seed: usize = 7;
        for _ in 0..200 {
            let mut set = Growing::default();
            let (mut added, mut fresh) = (Vec::new(), Vec::new());
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let start = (seed >> 33) % 40;
                let run = (start, start + (seed >> 50) % 5);
                added.push(run);
                set.add(run, &mut fresh);
            }
            let grown = set.into_spans();
            assert_eq!(grown, spans(&added));
            let new: usize = fresh.iter().map(|run| run.1 - run.0 + 1).sum();
            assert_eq!((grown.count(), &spans(&fresh)), (new, &grown), "each once");
        }
    }
}
