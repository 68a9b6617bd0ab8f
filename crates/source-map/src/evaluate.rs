//! Evaluates Nix as far as the text of a script needs it and the files tell, without ever running Nix.
//!
//! Evaluation is lazy, like Nix's own. What only a real evaluation can know is an unknown value, and unknown values spread:
//! an `if` on one is a choice between its arms, an interpolation of one is a hole. Nothing is an error; an expression that
//! Nix would refuse is unknown too, because its script never ran.
//!
//! Conventions of nixpkgs are taken for granted: what is named `lib` and bound by nobody here is its library, what is
//! named `pkgs` is its package set, and what is selected from that turns into a store path.

mod explore;
mod library;
mod operators;
mod scope;
mod selection;
mod text;
mod value;

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) use explore::Test;
pub(crate) use text::merged;
use value::{Attribute, Element, Env, Lambda, Scope, State, Thunk, ThunkCell, Value};

use crate::project::Loader;
use crate::strings::Run;
use crate::syntax::{Expr, ExprId, Interpolation, Tree};
use crate::{Hole, HoleClass, Place, Shape};

/// Looks at expressions that one evaluation may cost.
const FUEL: u32 = 600_000;

/// Evaluations within evaluations, which the stack has to hold.
const MOST_DEPTH: u32 = 110;

/// Values of which one may be meant.
const MOST_CHOICES: usize = 12;

/// One evaluation with what it has found.
pub(crate) struct Evaluator<'a> {
    files: &'a mut dyn Loader,
    /// Callers may give another text than the default of a parameter.
    is_careful: bool,
    fuel: u32,
    depth: u32,
    /// All scopes, so that their circles can be opened in the end.
    scopes: Vec<Rc<Scope>>,
    /// Arguments of functions that nobody knows, while tests are looked for: a test may be among them.
    escaped: Vec<Thunk>,
    explored: HashSet<(usize, ExprId)>,
    tests: Vec<Test>,
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        for scope in &self.scopes {
            scope.names.replace(value::Names::Lexical(Rc::default()));
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(files: &'a mut dyn Loader) -> Self {
        Self {
            files,
            is_careful: false,
            fuel: FUEL,
            depth: 0,
            scopes: Vec::new(),
            escaped: Vec::new(),
            explored: HashSet::new(),
            tests: Vec::new(),
        }
    }

    /// An evaluation that does not take a default text for what callers give.
    pub(crate) fn careful(files: &'a mut dyn Loader) -> Self {
        let mut evaluator = Self::new(files);
        evaluator.is_careful = true;
        evaluator
    }

    pub(crate) fn force(&mut self, thunk: &Thunk) -> Value {
        let todo = thunk.state.replace(State::Busy);
        let value = match (todo, &thunk.written) {
            (State::Done(value), _) => value,
            (State::Expression(scope), Some((tree, id))) => self.evaluate(tree, *id, &scope),
            (State::Default(scope), Some((tree, id))) => {
                // A caller may say otherwise: a text is at least what this file has to offer, a condition is not.
                match self.evaluate(tree, *id, &scope) {
                    Value::Bool(_) | Value::Int(_) | Value::Null => Value::ANYTHING,
                    Value::Text(shape) if self.is_careful || !shape.spells_text() => {
                        Value::ANYTHING
                    }
                    other => other,
                }
            }
            (State::Call(function, arguments, place), _) => {
                arguments.iter().fold(function, |function, argument| {
                    self.call(function, argument, &place)
                })
            }
            (State::Busy | State::Expression(_) | State::Default(_), _) => Value::ANYTHING,
        };
        thunk.state.replace(State::Done(value.clone()));
        value
    }

    fn evaluate(&mut self, tree: &Arc<Tree>, id: ExprId, scope: &Env) -> Value {
        if self.fuel == 0 || self.depth >= MOST_DEPTH {
            return Value::ANYTHING;
        }
        self.fuel -= 1;
        self.depth += 1;
        let value = self.expression(tree, id, scope);
        self.depth -= 1;
        value
    }

    fn expression(&mut self, tree: &Arc<Tree>, id: ExprId, scope: &Env) -> Value {
        match tree.expression(id) {
            Expr::Text(runs) => self.string(tree, runs, scope),
            Expr::Path(text) => Value::Path(self.files.resolve(tree.file, text).into()),
            Expr::Int(number) => Value::Int(*number),
            Expr::Name(name) => self.look_up(name, scope),
            Expr::Select {
                subject,
                path,
                default,
            } => {
                let subject = self.evaluate(tree, *subject, scope);
                match (self.select_path(tree, subject, path, scope), default) {
                    (Some(value), _) => value,
                    (None, Some(default)) => self.evaluate(tree, *default, scope),
                    (None, None) => Value::ANYTHING,
                }
            }
            Expr::HasAttribute { subject, path } => {
                let subject = self.evaluate(tree, *subject, scope);
                self.has_path(tree, subject, path, scope)
            }
            Expr::Apply { function, argument } => {
                let function = self.evaluate(tree, *function, scope);
                let argument = ThunkCell::expression(tree, *argument, scope);
                self.call(function, &argument, &Place::new(tree.file, tree.range(id)))
            }
            Expr::Lambda { .. } => Value::Lambda(Rc::new(Lambda {
                tree: Arc::clone(tree),
                id,
                scope: scope.clone(),
            })),
            Expr::Let { bindings, body } => {
                let inner = self.recursive_scope(tree, bindings, scope);
                self.evaluate(tree, *body, &inner)
            }
            Expr::Attributes {
                bindings,
                is_recursive: true,
            } => {
                let inner = self.recursive_scope(tree, bindings, scope);
                Value::Attributes(Rc::new(self.bound(tree, bindings, &inner, scope)))
            }
            Expr::Attributes { bindings, .. } => {
                Value::Attributes(Rc::new(self.bound(tree, bindings, scope, scope)))
            }
            Expr::With { namespace, body } => {
                let namespace = ThunkCell::expression(tree, *namespace, scope);
                let inner = self.scope(value::Names::With(namespace), scope);
                self.evaluate(tree, *body, &inner)
            }
            Expr::Assert { body } => self.evaluate(tree, *body, scope),
            Expr::If {
                condition,
                then,
                otherwise,
            } => match self.evaluate(tree, *condition, scope) {
                Value::Bool(true) => self.evaluate(tree, *then, scope),
                Value::Bool(false) => self.evaluate(tree, *otherwise, scope),
                _ => {
                    let arms = [then, otherwise].map(|arm| self.evaluate(tree, *arm, scope));
                    Value::choice(arms.to_vec())
                }
            },
            Expr::List(items) => {
                let one = |item: &ExprId| Element::One(ThunkCell::expression(tree, *item, scope));
                Value::list(items.iter().map(one).collect())
            }
            Expr::Binary {
                operator,
                left,
                right,
            } => self.binary(tree, (*operator, *left, *right), scope, id),
            Expr::Not(operand) => match self.evaluate(tree, *operand, scope) {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::ANYTHING,
            },
            Expr::Unknown => Value::ANYTHING,
        }
    }

    fn string(&mut self, tree: &Arc<Tree>, runs: &[Run<Interpolation>], scope: &Env) -> Value {
        let mut parts = Vec::with_capacity(runs.len());
        for (index, run) in runs.iter().enumerate() {
            parts.push(match run {
                Run::Literal(literal) => Shape::Literal(literal.clone()),
                Run::Hole(hole) => {
                    let value = self.evaluate(tree, hole.value, scope);
                    let source = Place::new(tree.file, hole.range.clone());
                    let shape = self.interpolated(value, source);
                    let before = index.checked_sub(1).and_then(|before| runs.get(before));
                    match shares_its_line(before, runs.get(index + 1)) {
                        true => shape.with_class(HoleClass::Anything, HoleClass::Inline),
                        false => shape,
                    }
                }
            });
        }
        Value::text(text::sequence(parts))
    }

    /// What a value is in place of a `${…}`.
    fn interpolated(&mut self, value: Value, source: Place) -> Shape {
        match self.text_of(value, &source) {
            Shape::Hole(hole) if hole.source == source => Shape::Hole(hole),
            known => Shape::Interpolated {
                source,
                value: Box::new(known),
            },
        }
    }

    /// The text that a value is or turns into; what is not known of it stands at `place`.
    fn text_of(&mut self, value: Value, place: &Place) -> Shape {
        let hole = |class| {
            Shape::Hole(Hole {
                source: place.clone(),
                class,
            })
        };
        match value {
            Value::Text(shape) => self.affordable((*shape).clone(), place),
            Value::Int(number) => value::computed(number.to_string()),
            Value::Path(_) | Value::Package | Value::Packages => hole(HoleClass::SingleLine),
            Value::Unknown(class) => hole(class),
            Value::Choice(values) => {
                let arms = values
                    .iter()
                    .map(|value| self.text_of(value.clone(), place));
                text::choice(arms.collect())
            }
            _ => hole(HoleClass::Anything),
        }
    }

    /// Texts that repeat one another can grow without bound; from some size on they are not worth following.
    fn affordable(&mut self, shape: Shape, place: &Place) -> Shape {
        let cost = u32::try_from(text::size(&shape) / 8).unwrap_or(u32::MAX);
        match self.fuel.checked_sub(cost) {
            Some(rest) => {
                self.fuel = rest;
                shape
            }
            None => Shape::Hole(Hole {
                source: place.clone(),
                class: HoleClass::Anything,
            }),
        }
    }

    /// The elements of a list of which anything may be unknown.
    fn elements(&mut self, list: Value) -> Vec<Element> {
        match list {
            Value::List(elements) => (*elements).clone(),
            Value::Choice(values) => {
                let lists = values.iter().take(MOST_CHOICES).cloned();
                let lists: Vec<_> = lists.map(|value| self.elements(value)).collect();
                lists.into_iter().map(Element::Optional).collect()
            }
            _ => vec![Element::Many(ThunkCell::done(Value::ANYTHING))],
        }
    }

    /// Calls a function; `place` is the whole call.
    fn call(&mut self, function: Value, argument: &Thunk, place: &Place) -> Value {
        match function {
            Value::Lambda(lambda) => self.enter(&lambda, Some(argument)),
            Value::Function(function, arguments) => {
                let mut arguments = (*arguments).clone();
                arguments.push(Rc::clone(argument));
                match arguments.len() < function.arity() {
                    true => Value::Function(function, Rc::new(arguments)),
                    false => self.apply(function, &arguments, place),
                }
            }
            Value::Choice(values) => {
                let results = values.iter().take(MOST_CHOICES).cloned();
                let results = results.map(|value| self.call(value, argument, place));
                Value::choice(results.collect())
            }
            Value::Package | Value::Packages => {
                self.escape(argument);
                Value::Package
            }
            _ => {
                self.escape(argument);
                Value::ANYTHING
            }
        }
    }

    /// The body of a lambda, with an argument that may be unknown.
    fn enter(&mut self, lambda: &Lambda, argument: Option<&Thunk>) -> Value {
        let Expr::Lambda { parameter, body } = lambda.tree.expression(lambda.id) else {
            return Value::ANYTHING;
        };
        let scope = self.parameter_scope(lambda, parameter, argument);
        self.evaluate(&lambda.tree, *body, &scope)
    }
}

/// An attribute that stands nowhere.
fn attribute(value: Thunk) -> Attribute {
    Attribute { value, place: None }
}

/// Whether an interpolation between two parts of a string has anything visible beside it on its line.
fn shares_its_line(
    before: Option<&Run<Interpolation>>,
    behind: Option<&Run<Interpolation>>,
) -> bool {
    let is_visible = |run: Option<&Run<Interpolation>>, is_before: bool| match run {
        None => false,
        Some(Run::Hole(_)) => true,
        Some(run) => {
            let text = run.known().unwrap_or_default();
            let beside = match is_before {
                true => text.rsplit('\n').next(),
                false => text.split('\n').next(),
            };
            beside.is_some_and(|beside| !beside.trim().is_empty())
        }
    };
    is_visible(before, true) || is_visible(behind, false)
}
