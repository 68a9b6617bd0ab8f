//! A shape as a machine that reads texts: states, each with one step.
//!
//! A step leads to a state with a greater number, except at the end of a repeated element, where it leads back. So a
//! search that always takes the smallest state goes round a loop until nothing changes, and then on.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::{Hole, Item, Join, Literal, Piece, Place, Shape};

/// The number of a state.
pub(crate) type State = usize;

/// What is done in a state, and where that leads.
#[derive(Debug)]
pub(crate) enum Step<'s> {
    /// Reads nothing and goes on in one of these; the last state has no other.
    Fork(Vec<State>),
    /// An interpolation begins whose value is known.
    Enter(&'s Place, State),
    /// It ends.
    Leave(State),
    /// Reads the text of a chunk.
    Literal(usize, State),
    /// Reads anything that the class of the hole allows.
    Hole(&'s Hole, State),
}

impl Step<'_> {
    pub(crate) fn targets(&self) -> &[State] {
        match self {
            Step::Fork(targets) => targets,
            Step::Enter(_, to) | Step::Leave(to) | Step::Literal(_, to) | Step::Hole(_, to) => {
                std::slice::from_ref(to)
            }
        }
    }
}

/// Known text that is read at once.
#[derive(Debug)]
pub(crate) struct Chunk<'s> {
    pub(crate) pieces: Vec<&'s Piece>,
    /// The index of its text.
    pub(crate) text: usize,
    /// The innermost interpolation around it.
    pub(crate) inside: Option<&'s Place>,
}

/// The machine of a shape. It starts in state 0.
#[derive(Debug, Default)]
pub(crate) struct Program<'s> {
    pub(crate) steps: Vec<Step<'s>>,
    pub(crate) chunks: Vec<Chunk<'s>>,
    /// The texts of the chunks, each once.
    pub(crate) texts: Vec<Cow<'s, str>>,
    /// Where a text has been read to its end.
    pub(crate) last: State,
    /// The states whose steps lead to each state.
    pub(crate) before: Vec<Vec<State>>,
    /// Whether there is but one way through it.
    pub(crate) is_straight: bool,
}

/// More states than any file needs; a separator that is long itself is there once for each element.
const MOST_STATES: usize = 100_000;
/// Shapes nest less than the expressions they came from.
const DEEPEST: usize = 400;

impl<'s> Program<'s> {
    /// `None` when the shape is too large.
    pub(crate) fn of(shape: &'s Shape) -> Option<Self> {
        let mut builder = Builder {
            program: Program {
                is_straight: true,
                ..Program::default()
            },
            known: HashMap::new(),
            pieces: Vec::new(),
            inside: Vec::new(),
            depth: 0,
            is_too_large: false,
        };
        let start = builder.state();
        let last = builder.closed(start, shape);
        if builder.is_too_large {
            return None;
        }
        let mut program = builder.program;
        program.last = last;
        program.before = vec![Vec::new(); program.steps.len()];
        for (state, step) in program.steps.iter().enumerate() {
            for &target in step.targets() {
                program.before[target].push(state);
            }
        }
        Some(program)
    }

    pub(crate) fn text_of(&self, chunk: usize) -> &str {
        &self.texts[self.chunks[chunk].text]
    }
}

/// The ends of the program so far. A state that is handed around has no step yet, and whoever takes it gives it one.
struct Builder<'s> {
    program: Program<'s>,
    known: HashMap<Cow<'s, str>, usize>,
    /// Known text that belongs before the state that was handed out last.
    pieces: Vec<&'s Piece>,
    inside: Vec<&'s Place>,
    depth: usize,
    is_too_large: bool,
}

/// Where the elements of a list have come to: with none so far, and with some. A separator stands before the next
/// element only in the second case.
#[derive(Clone, Copy, Default)]
struct Lanes {
    none: Option<State>,
    some: Option<State>,
}

impl<'s> Builder<'s> {
    fn state(&mut self) -> State {
        self.is_too_large |= self.program.steps.len() >= MOST_STATES;
        self.program.steps.push(Step::Fork(Vec::new()));
        self.program.steps.len() - 1
    }

    fn fork(&mut self, from: State, to: &[State]) {
        self.program.steps[from] = Step::Fork(to.to_vec());
    }

    /// The state behind the shape, with nothing left to be read before it.
    fn closed(&mut self, from: State, shape: &'s Shape) -> State {
        let open = self.open(from, shape);
        self.flush(open)
    }

    fn flush(&mut self, from: State) -> State {
        let pieces = std::mem::take(&mut self.pieces);
        let text: Cow<'s, str> = match pieces[..] {
            [] => return from,
            [piece] => Cow::Borrowed(&piece.text),
            _ => pieces.iter().map(|piece| piece.text.as_str()).collect(),
        };
        let count = self.known.len();
        let index = *self.known.entry(text).or_insert_with_key(|text| {
            self.program.texts.push(text.clone());
            count
        });
        self.program.chunks.push(Chunk {
            pieces,
            text: index,
            inside: self.inside.last().copied(),
        });
        let to = self.state();
        self.program.steps[from] = Step::Literal(self.program.chunks.len() - 1, to);
        to
    }

    /// The state behind the shape; known text may be left to be read before it.
    fn open(&mut self, from: State, shape: &'s Shape) -> State {
        if self.depth >= DEEPEST || self.is_too_large {
            self.is_too_large = true;
            return from;
        }
        self.depth += 1;
        let end = match shape {
            Shape::Literal(Literal { pieces }) => {
                let said = pieces.iter().filter(|piece| !piece.text.is_empty());
                self.pieces.extend(said);
                from
            }
            Shape::Sequence(shapes) => shapes
                .iter()
                .fold(from, |from, shape| self.open(from, shape)),
            Shape::Hole(hole) => {
                let from = self.flush(from);
                let to = self.state();
                self.program.steps[from] = Step::Hole(hole, to);
                to
            }
            Shape::Choice(arms) => self.choice(from, arms),
            Shape::Join(join) => self.join(from, join),
            Shape::Interpolated { source, value } => {
                let from = self.flush(from);
                let inner = self.state();
                self.program.steps[from] = Step::Enter(source, inner);
                self.inside.push(source);
                let end = self.closed(inner, value);
                self.inside.pop();
                let to = self.state();
                self.program.steps[end] = Step::Leave(to);
                to
            }
        };
        self.depth -= 1;
        end
    }

    fn choice(&mut self, from: State, arms: &'s [Shape]) -> State {
        self.program.is_straight = false;
        let from = self.flush(from);
        let starts: Vec<State> = arms.iter().map(|_| self.state()).collect();
        let ends: Vec<State> = starts
            .iter()
            .zip(arms)
            .map(|(&start, arm)| self.closed(start, arm))
            .collect();
        self.fork(from, &starts);
        let to = self.state();
        for end in ends {
            self.fork(end, &[to]);
        }
        to
    }

    fn join(&mut self, from: State, join: &'s Join) -> State {
        let lanes = if is_empty(&join.separator) {
            // What was there before makes no difference then.
            Lanes {
                none: None,
                some: Some(from),
            }
        } else {
            Lanes {
                none: Some(from),
                some: None,
            }
        };
        let lanes = self.items(lanes, join, &join.items);
        match self.either(lanes.none, lanes.some) {
            Some(end) => end,
            None => self.state(),
        }
    }

    fn items(&mut self, lanes: Lanes, join: &'s Join, items: &'s [Item]) -> Lanes {
        let items = items.iter();
        items.fold(lanes, |lanes, item| self.item(lanes, join, item))
    }

    fn item(&mut self, lanes: Lanes, join: &'s Join, item: &'s Item) -> Lanes {
        match item {
            Item::One(shape) => {
                let start = match (lanes.none, lanes.some) {
                    (None, None) => return lanes,
                    (Some(none), None) => none,
                    (None, Some(some)) => self.open(some, &join.separator),
                    (none, Some(some)) => {
                        let some = self.closed(some, &join.separator);
                        match self.either(none, Some(some)) {
                            Some(start) => start,
                            None => return lanes,
                        }
                    }
                };
                Lanes {
                    none: None,
                    some: Some(self.open(start, shape)),
                }
            }
            Item::Many(shape) => self.many(lanes, join, shape),
            Item::Optional(items) => {
                self.program.is_straight = false;
                let lanes = self.flushed(lanes);
                let none = lanes.none.map(|from| self.split(from));
                let some = lanes.some.map(|from| self.split(from));
                let taken = Lanes {
                    none: none.map(|split| split.0),
                    some: some.map(|split| split.0),
                };
                let taken = self.items(taken, join, items);
                let taken = self.flushed(taken);
                Lanes {
                    none: self.either(none.map(|split| split.1), taken.none),
                    some: self.either(some.map(|split| split.1), taken.some),
                }
            }
        }
    }

    fn many(&mut self, lanes: Lanes, join: &'s Join, shape: &'s Shape) -> Lanes {
        self.program.is_straight = false;
        let lanes = self.flushed(lanes);
        let hub = self.state();
        if let Some(some) = lanes.some {
            self.fork(some, &[hub]);
        }
        let again = self.state();
        let next = self.closed(again, &join.separator);
        let first = self.state();
        self.fork(next, &[first]);
        let end = self.closed(first, shape);
        self.fork(end, &[hub]);
        // The ways out come last, so that a search leaves the loop when it has done with it.
        let out = self.state();
        self.fork(hub, &[again, out]);
        let none = lanes.none.map(|none| {
            let still_none = self.state();
            self.fork(none, &[first, still_none]);
            still_none
        });
        Lanes {
            none,
            some: Some(out),
        }
    }

    /// Text can be left to be read where there is one lane only.
    fn flushed(&mut self, lanes: Lanes) -> Lanes {
        Lanes {
            none: lanes.none.map(|none| self.flush(none)),
            some: lanes.some.map(|some| self.flush(some)),
        }
    }

    fn split(&mut self, from: State) -> (State, State) {
        let (one, other) = (self.state(), self.state());
        self.fork(from, &[one, other]);
        (one, other)
    }

    fn either(&mut self, one: Option<State>, other: Option<State>) -> Option<State> {
        match (one, other) {
            (Some(one), Some(other)) => {
                let to = self.state();
                self.fork(one, &[to]);
                self.fork(other, &[to]);
                Some(to)
            }
            (one, other) => one.or(other),
        }
    }
}

/// Whether a shape is the empty text and nothing else.
fn is_empty(shape: &Shape) -> bool {
    match shape {
        Shape::Literal(literal) => literal.pieces.iter().all(|piece| piece.text.is_empty()),
        Shape::Sequence(shapes) => shapes.iter().all(is_empty),
        _ => false,
    }
}
