//! The best of all the ways through a program: the one that reads most of the script as known text.

use std::ops::Range;

use super::program::{Program, State, Step};
use super::spans::Spans;
use super::text::{Fuel, Script};
use crate::{HoleClass, HoleId, PieceOrigin, Place, SegmentKind};

/// What a byte of known text is worth.
const SPELLED: i64 = 1 << 26;
/// What a line feed in a hole costs: a line that is known goes before a hole that swallows it.
const FEED: i64 = 1 << 24;
/// What an interpolation costs. It decides between ways that read the same text, and lets no empty round pay.
const OCCURRENCE: i64 = 1;

/// A way from start to end.
#[derive(Debug, Default)]
pub(crate) struct Path {
    /// The script in pieces, in order.
    pub(crate) parts: Vec<PathPart>,
    /// The interpolations, in the order in which they begin.
    pub(crate) visits: Vec<Visit>,
    /// The number of bytes that are known text.
    pub(crate) spelled: usize,
}

/// A run of bytes that is read by one step from one source.
#[derive(Debug)]
pub(crate) struct PathPart {
    pub(crate) out: Range<usize>,
    pub(crate) source: Option<Place>,
    pub(crate) kind: SegmentKind,
}

/// An interpolation on the way.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) source: Place,
    pub(crate) out: Range<usize>,
    pub(crate) is_followed: bool,
    /// The state in which it begins.
    pub(crate) from: State,
    /// The state whose positions are its ends.
    pub(crate) to: State,
}

/// Every live pair of a position between characters and a state: by position, then by state.
#[derive(Debug)]
pub(crate) struct Nodes {
    /// For each position the index of its first node; one more at the end.
    first: Vec<usize>,
    states: Vec<u32>,
}

impl Nodes {
    pub(crate) fn new(script: &Script<'_>, live: &[Spans], fuel: &mut Fuel) -> Option<Self> {
        let each = |note: &mut dyn FnMut(usize, usize)| {
            for (state, spans) in live.iter().enumerate() {
                for at in spans.runs().iter().flat_map(|&(first, last)| first..=last) {
                    if script.text().is_char_boundary(at) {
                        note(at, state);
                    }
                }
            }
        };
        fuel.burn(script.len() / 8 + live.iter().map(|spans| 4 * spans.count()).sum::<usize>())?;
        let mut first = vec![0; script.len() + 2];
        each(&mut |at, _| first[at + 1] += 1);
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut states = vec![0; first.last().copied().unwrap_or(0)];
        each(&mut |at, state| {
            states[next[at]] = u32::try_from(state).unwrap_or(u32::MAX);
            next[at] += 1;
        });
        Some(Self { first, states })
    }

    /// The nodes of a position.
    pub(crate) fn at(&self, at: usize) -> Range<usize> {
        self.first[at]..self.first[at + 1]
    }

    pub(crate) fn state(&self, node: usize) -> State {
        self.states[node] as State
    }

    pub(crate) fn find(&self, at: usize, state: State) -> Option<usize> {
        if at + 1 >= self.first.len() {
            return None;
        }
        let nodes = self.at(at);
        let states = &self.states[nodes.clone()];
        let index = states.binary_search(&u32::try_from(state).ok()?).ok()?;
        Some(nodes.start + index)
    }

    fn position(&self, node: usize) -> usize {
        self.first.partition_point(|&first| first <= node) - 1
    }
}

/// The best end of a hole behind the position that is looked at.
#[derive(Clone, Copy)]
struct Ahead {
    /// Its worth, with the line feeds before it taken off.
    worth: i64,
    node: usize,
    /// The number of line feeds before it.
    feeds: usize,
}

/// The best step of each node.
struct Best<'a> {
    script: &'a Script<'a>,
    program: &'a Program<'a>,
    nodes: &'a Nodes,
    worth: Vec<i64>,
    next: Vec<usize>,
    /// For each state with a hole.
    ahead: Vec<Option<Ahead>>,
}

const UNKNOWN: i64 = i64::MIN / 2;

/// The best way; among equals the one whose holes are fewest, then the first, with short holes. `None` when the fuel
/// is used up.
pub(crate) fn best(
    script: &Script<'_>,
    program: &Program<'_>,
    nodes: &Nodes,
    fuel: &mut Fuel,
) -> Option<Path> {
    let count = nodes.states.len();
    let mut best = Best {
        script,
        program,
        nodes,
        worth: vec![UNKNOWN; count],
        next: vec![usize::MAX; count],
        ahead: vec![None; program.steps.len()],
    };
    if let Some(end) = nodes.find(script.len(), program.last) {
        best.worth[end] = 0;
    }
    let bytes = script.text().as_bytes();
    let mut feeds = script.feeds();
    for at in (0..=script.len()).rev() {
        feeds -= usize::from(bytes.get(at) == Some(&b'\n'));
        if !nodes.at(at).is_empty() {
            best.settle(at, feeds, fuel)?;
        }
    }
    best.path()
}

impl Best<'_> {
    /// Finds the best step of each node of a position; those of all later positions are known.
    fn settle(&mut self, at: usize, feeds: usize, fuel: &mut Fuel) -> Option<()> {
        loop {
            let (mut is_better, mut goes_back) = (false, false);
            for node in self.nodes.at(at).rev() {
                let state = self.nodes.state(node);
                fuel.burn(1 + self.program.steps[state].targets().len())?;
                let (worth, next) = self.step(at, feeds, state);
                // A step back to a state that is settled after this one.
                goes_back |= self.program.steps[state]
                    .targets()
                    .first()
                    .is_some_and(|&to| to <= state);
                if worth > self.worth[node] {
                    (self.worth[node], self.next[node]) = (worth, next);
                    is_better = true;
                }
            }
            // Each round brings what a loop is worth one loop further out. Then nothing changes: no round pays.
            if !(is_better && goes_back) {
                break;
            }
        }
        for node in self.nodes.at(at) {
            let state = self.nodes.state(node);
            // A hole has its end to itself.
            let Some(&from) = self.program.before[state].first() else {
                continue;
            };
            let Step::Hole(hole, _) = &self.program.steps[from] else {
                continue;
            };
            let here = Ahead {
                worth: self.worth[node] - FEED * feeds as i64,
                node,
                feeds,
            };
            let is_best = self.ahead[from].is_none_or(|known| {
                let is_cut_off = hole.class == HoleClass::SingleLine && known.feeds != feeds;
                is_cut_off || here.worth >= known.worth
            });
            if is_best {
                self.ahead[from] = Some(here);
            }
        }
        Some(())
    }

    fn step(&self, at: usize, feeds: usize, state: State) -> (i64, usize) {
        let worth_at = |at: usize, to: State| match self.nodes.find(at, to) {
            Some(node) => (self.worth[node], node),
            None => (UNKNOWN, usize::MAX),
        };
        match &self.program.steps[state] {
            Step::Fork(targets) => {
                let mut best = (UNKNOWN, usize::MAX);
                for &to in targets {
                    let this = worth_at(at, to);
                    if this.0 > best.0 {
                        best = this;
                    }
                }
                best
            }
            Step::Leave(to) => worth_at(at, *to),
            Step::Enter(_, to) => {
                let (worth, node) = worth_at(at, *to);
                (worth - OCCURRENCE, node)
            }
            Step::Literal(chunk, to) => {
                let length = self.program.text_of(*chunk).len();
                let (worth, node) = worth_at(at + length, *to);
                (worth + SPELLED * length as i64, node)
            }
            Step::Hole(hole, to) => {
                let (mut worth, mut node) = worth_at(at, *to);
                let is_cut_off =
                    |ahead: &Ahead| hole.class == HoleClass::SingleLine && ahead.feeds != feeds;
                if let Some(ahead) = self.ahead[state].filter(|ahead| !is_cut_off(ahead)) {
                    let beyond = ahead.worth + FEED * feeds as i64;
                    if beyond > worth {
                        (worth, node) = (beyond, ahead.node);
                    }
                }
                (worth - OCCURRENCE, node)
            }
        }
    }

    fn path(&self) -> Option<Path> {
        let mut path = Path::default();
        let mut inside: Vec<usize> = Vec::new();
        let mut at = 0;
        let mut state = 0;
        let mut node = self.nodes.find(0, 0)?;
        while state != self.program.last {
            let next = self.next[node];
            if next >= self.next.len() {
                return None;
            }
            match &self.program.steps[state] {
                Step::Fork(_) => {}
                Step::Enter(place, _) => {
                    inside.push(path.visits.len());
                    path.visits.push(Visit {
                        source: (*place).clone(),
                        out: at..at,
                        is_followed: true,
                        from: state,
                        to: state,
                    });
                }
                Step::Leave(_) => {
                    let visit = path.visits.get_mut(inside.pop()?)?;
                    visit.out.end = at;
                    visit.to = state;
                }
                Step::Literal(chunk, _) => {
                    let innermost = inside.last().and_then(|&visit| path.visits.get(visit));
                    let innermost = innermost.map(|visit| visit.source.clone());
                    let index = inside.last().copied().unwrap_or(0);
                    for piece in &self.program.chunks[*chunk].pieces {
                        let out = at..at + piece.text.len();
                        at = out.end;
                        path.spelled += out.len();
                        let (source, kind) = match (&piece.origin, &innermost) {
                            (PieceOrigin::Verbatim(place), _) => {
                                (Some(place.clone()), SegmentKind::Verbatim)
                            }
                            (PieceOrigin::Escape(place), _) => {
                                (Some(place.clone()), SegmentKind::Escape)
                            }
                            (PieceOrigin::Computed, Some(place)) => {
                                (Some(place.clone()), SegmentKind::Hole(hole_id(index)))
                            }
                            (PieceOrigin::Computed, None) => (None, SegmentKind::Synthetic),
                        };
                        path.parts.push(PathPart { out, source, kind });
                    }
                }
                Step::Hole(hole, to) => {
                    let end = self.nodes.position(next);
                    path.parts.push(PathPart {
                        out: at..end,
                        source: Some(hole.source.clone()),
                        kind: SegmentKind::Hole(hole_id(path.visits.len())),
                    });
                    path.visits.push(Visit {
                        source: hole.source.clone(),
                        out: at..end,
                        is_followed: false,
                        from: state,
                        to: *to,
                    });
                    at = end;
                }
            }
            node = next;
            state = self.nodes.state(node);
        }
        (at == self.script.len()).then_some(path)
    }
}

fn hole_id(index: usize) -> HoleId {
    HoleId(u32::try_from(index).unwrap_or(u32::MAX))
}
