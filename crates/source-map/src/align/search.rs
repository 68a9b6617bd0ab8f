//! The search for every way in which a program can read a script from start to end.
//!
//! It runs once forward (where can a state be reached?) and once backward (from where can the end be reached?). What
//! both agree on is *live*: each live position of a state lies on a way through, and so does each step from one to
//! another.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::program::{Program, State, Step};
use super::spans::{Growing, Run, Spans};
use super::text::{Fuel, Occurrences, Script};

/// The live positions of each state; all empty when the program cannot read the script. `None` when the search would
/// cost more than `fuel` has.
pub(crate) fn live(
    program: &Program<'_>,
    script: &Script<'_>,
    fuel: &mut Fuel,
) -> Option<Vec<Spans>> {
    fuel.burn(program.steps.len())?;
    let mut places = vec![Occurrences::default(); program.texts.len()];
    let reached = forward(program, script, &mut places, fuel)?;
    if !reached[program.last].contains(script.len()) {
        return Some(vec![Spans::default(); program.steps.len()]);
    }
    backward(program, script, &reached, &mut places, fuel)
}

/// Positions spread from state to state. Only what is new spreads on.
struct Flood {
    sets: Vec<Growing>,
    fresh: Vec<Vec<Run>>,
    /// States with something new, the next one on top.
    queue: BinaryHeap<Reverse<usize>>,
    is_backward: bool,
    /// Work that was done and is not yet paid for.
    owed: usize,
}

/// So many runs make room for another in the time of one unit of fuel.
const MOVED_AT_ONCE: usize = 64;

impl Flood {
    fn new(states: usize, is_backward: bool) -> Self {
        Self {
            sets: (0..states).map(|_| Growing::default()).collect(),
            fresh: vec![Vec::new(); states],
            queue: BinaryHeap::new(),
            is_backward,
            owed: 0,
        }
    }

    fn add(&mut self, state: State, run: Run) {
        let fresh = &mut self.fresh[state];
        let was_idle = fresh.is_empty();
        self.owed += 1 + self.sets[state].add(run, fresh) / MOVED_AT_ONCE;
        if was_idle && !fresh.is_empty() {
            self.queue.push(Reverse(self.turn(state)));
        }
    }

    fn next(&mut self) -> Option<(State, Vec<Run>)> {
        let Reverse(turn) = self.queue.pop()?;
        let state = self.turn(turn);
        Some((state, std::mem::take(&mut self.fresh[state])))
    }

    /// The rank of a state in the queue; also the way back.
    fn turn(&self, state: State) -> usize {
        if self.is_backward {
            self.sets.len() - 1 - state
        } else {
            state
        }
    }

    fn into_spans(self) -> Vec<Spans> {
        self.sets.into_iter().map(Growing::into_spans).collect()
    }
}

fn forward(
    program: &Program<'_>,
    script: &Script<'_>,
    places: &mut [Occurrences],
    fuel: &mut Fuel,
) -> Option<Vec<Spans>> {
    let mut flood = Flood::new(program.steps.len(), false);
    flood.add(0, (0, 0));
    while let Some((state, fresh)) = flood.next() {
        let step = &program.steps[state];
        fuel.burn(1 + fresh.len() + std::mem::take(&mut flood.owed))?;
        match step {
            Step::Fork(_) | Step::Enter(..) | Step::Leave(_) => {
                for &target in step.targets() {
                    fresh.iter().for_each(|&run| flood.add(target, run));
                }
            }
            Step::Hole(hole, to) => {
                for (first, last) in fresh {
                    flood.add(*to, (first, script.furthest_end(hole.class, last)));
                }
            }
            Step::Literal(chunk, to) => {
                let text = program.text_of(*chunk);
                let places = &mut places[program.chunks[*chunk].text];
                for run in fresh {
                    places.within(script, text, run, fuel, |(first, last)| {
                        flood.add(*to, (first + text.len(), last + text.len()));
                    })?;
                }
            }
        }
    }
    Some(flood.into_spans())
}

fn backward(
    program: &Program<'_>,
    script: &Script<'_>,
    reached: &[Spans],
    places: &mut [Occurrences],
    fuel: &mut Fuel,
) -> Option<Vec<Spans>> {
    let mut flood = Flood::new(program.steps.len(), true);
    // What was already asked of each hole: the ends of a hole ask for the same starts again and again.
    let mut asked: Vec<Growing> = Vec::new();
    asked.resize_with(program.steps.len(), Growing::default);
    let mut starts = Vec::new();
    flood.add(program.last, (script.len(), script.len()));
    while let Some((state, fresh)) = flood.next() {
        for &from in &program.before[state] {
            fuel.burn(1 + fresh.len() + std::mem::take(&mut flood.owed))?;
            starts.clear();
            match &program.steps[from] {
                Step::Fork(_) | Step::Enter(..) | Step::Leave(_) => starts.extend(&fresh),
                Step::Hole(hole, _) => {
                    for &(first, last) in &fresh {
                        let earliest = script.earliest_start(hole.class, first);
                        let moved = asked[from].add((earliest, last), &mut starts);
                        flood.owed += moved / MOVED_AT_ONCE;
                    }
                }
                Step::Literal(chunk, _) => {
                    let length = program.text_of(*chunk).len();
                    let before = |&(first, last): &Run| {
                        Some((first.saturating_sub(length), last.checked_sub(length)?))
                    };
                    starts.extend(fresh.iter().filter_map(before));
                }
            }
            for &start in &starts {
                for run in reached[from].within(start) {
                    fuel.burn(1)?;
                    match &program.steps[from] {
                        Step::Literal(chunk, _) => {
                            let text = program.text_of(*chunk);
                            let places = &mut places[program.chunks[*chunk].text];
                            places.within(script, text, run, fuel, |run| flood.add(from, run))?;
                        }
                        _ => flood.add(from, run),
                    }
                }
            }
        }
    }
    Some(flood.into_spans())
}
