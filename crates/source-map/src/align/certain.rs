//! Whether an interpolation has its value on every way, or only on the best one.

use super::marks::hole_covers;
use super::path::{Nodes, Visit};
use super::program::{Program, State, Step};
use super::spans::Spans;
use super::text::{Fuel, Script};

/// What no way can avoid.
pub(crate) struct Certain<'a> {
    script: &'a Script<'a>,
    program: &'a Program<'a>,
    live: &'a [Spans],
    nodes: &'a Nodes,
    /// Whether a step begins before a position and ends behind it.
    is_crossed: Vec<bool>,
}

impl<'a> Certain<'a> {
    /// `None` when the fuel is used up.
    pub(crate) fn new(
        script: &'a Script<'a>,
        program: &'a Program<'a>,
        live: &'a [Spans],
        nodes: &'a Nodes,
        fuel: &mut Fuel,
    ) -> Option<Self> {
        let mut changes = vec![0_isize; script.len() + 2];
        let mut cross = |first: usize, end: usize| {
            if first < end {
                changes[first] += 1;
                changes[end] -= 1;
            }
        };
        for (state, step) in program.steps.iter().enumerate() {
            match step {
                Step::Literal(chunk, _) => {
                    let length = program.text_of(*chunk).len();
                    fuel.burn(live[state].runs().len())?;
                    for &(first, last) in live[state].runs().iter().filter(|_| length > 1) {
                        cross(first + 1, last + length);
                    }
                }
                Step::Hole(hole, to) => {
                    let covers = hole_covers(hole.class, script, &live[state], &live[*to], fuel)?;
                    covers
                        .iter()
                        .for_each(|&(first, end)| cross(first + 1, end));
                }
                Step::Fork(_) | Step::Enter(..) | Step::Leave(_) => {}
            }
        }
        let mut open = 0;
        let is_crossed = changes
            .into_iter()
            .map(|change| {
                open += change;
                open > 0
            })
            .collect();
        Some(Self {
            script,
            program,
            live,
            nodes,
            is_crossed,
        })
    }

    /// Whether every way has this interpolation with this value. `false` also when the fuel is used up.
    pub(crate) fn holds(&self, visit: &Visit, fuel: &mut Fuel) -> bool {
        let (start, end) = (visit.out.start, visit.out.end);
        if visit.is_followed {
            // A way must begin it here, must be at an end of it there, and has no end in between. Where it is empty,
            // it could also end before it begins again, unless there is but one place for both.
            let is_only = || {
                [visit.from, visit.to]
                    .iter()
                    .all(|&state| self.live[state].count() == 1)
            };
            self.live[visit.to].first_from(start) == Some(end)
                && (start < end || is_only())
                && self.is_unavoidable(start, visit.from, fuel)
                && self.is_unavoidable(end, visit.to, fuel)
        } else {
            let Step::Hole(hole, _) = &self.program.steps[visit.from] else {
                return false;
            };
            let furthest = self.script.furthest_end(hole.class, start);
            let ends = &self.live[visit.to];
            ends.first_from(start) == Some(end)
                && ends.last_to(furthest) == Some(end)
                && self.is_unavoidable(start, visit.from, fuel)
        }
    }

    /// Whether every way is in this state at this position.
    fn is_unavoidable(&self, at: usize, state: State, fuel: &mut Fuel) -> bool {
        if self.is_crossed.get(at).copied().unwrap_or(true) {
            return false;
        }
        // No way passes the position without a halt. Can it come and go without being in the state?
        let nodes = self.nodes.at(at);
        let mut is_known = vec![false; nodes.len()];
        let mut open = Vec::new();
        for node in nodes.clone() {
            let here = self.nodes.state(node);
            if fuel.burn(1 + self.program.before[here].len()).is_none() {
                return false;
            }
            if here != state && self.is_entry(at, here) {
                is_known[node - nodes.start] = true;
                open.push(node);
            }
        }
        while let Some(node) = open.pop() {
            let step = &self.program.steps[self.nodes.state(node)];
            if fuel.burn(1 + step.targets().len()).is_none() || self.is_exit(at, step, node) {
                return false;
            }
            if matches!(step, Step::Literal(..)) {
                continue;
            }
            for &to in step.targets() {
                let Some(next) = self.nodes.find(at, to).filter(|_| to != state) else {
                    continue;
                };
                if !std::mem::replace(&mut is_known[next - nodes.start], true) {
                    open.push(next);
                }
            }
        }
        true
    }

    /// Whether a way can come to this state from an earlier position, or begins here.
    fn is_entry(&self, at: usize, state: State) -> bool {
        if at == 0 {
            return state == 0;
        }
        let comes_from = |&from: &State| match &self.program.steps[from] {
            Step::Literal(chunk, _) => {
                let length = self.program.text_of(*chunk).len();
                at.checked_sub(length)
                    .is_some_and(|start| self.live[from].contains(start))
            }
            Step::Hole(hole, _) => {
                let earliest = self.script.earliest_start(hole.class, at);
                self.live[from]
                    .first_from(earliest)
                    .is_some_and(|start| start < at)
            }
            Step::Fork(_) | Step::Enter(..) | Step::Leave(_) => false,
        };
        self.program.before[state].iter().any(comes_from)
    }

    /// Whether a way can go from here to a later position, or ends here.
    fn is_exit(&self, at: usize, step: &Step<'_>, node: usize) -> bool {
        match step {
            Step::Literal(..) => true,
            Step::Hole(hole, to) => {
                let furthest = self.script.furthest_end(hole.class, at);
                self.live[*to].last_to(furthest).is_some_and(|end| end > at)
            }
            Step::Fork(_) => self.nodes.state(node) == self.program.last,
            Step::Enter(..) | Step::Leave(_) => false,
        }
    }
}
