//! Finds the tests of a file: attribute sets with a `testScript`, wherever the value of the file leads to them.
//!
//! A test is usually the argument of a function that nobody here knows, such as `runNixOSTest` or `makeTest`, so what such
//! functions are given is looked at too. A function with unknown arguments is called with unknown ones.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Attributes, Element, State, Thunk, ThunkCell, Value};
use super::{Evaluator, text};
use crate::discovery::NAME;
use crate::syntax::{AttributeName, Expr, ExprId, Tree};
use crate::{Place, Shape};

/// A test with what is known of its script.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    /// The name `testScript` of the binding.
    pub(crate) name: Place,
    /// Its value, where that is written.
    pub(crate) value: Option<Place>,
    pub(crate) shape: Shape,
    /// The `name` of the test.
    pub(crate) test_name: Option<String>,
}

/// Sets, lists and calls within each other on the way to a test.
const MOST_LEVELS: usize = 9;

/// Arguments that are looked at.
const MOST_ESCAPED: usize = 2_000;

impl Evaluator<'_> {
    /// The tests of a file, in the order in which they are found. Their scripts may be written in other files.
    pub(crate) fn tests(mut self, tree: &Arc<Tree>) -> Vec<Test> {
        if let Some(root) = tree.root {
            let value = self.evaluate(tree, root, &None);
            self.explore(&value, 0);
        }
        std::mem::take(&mut self.tests)
    }

    /// The script of one binding, by what is written around it alone.
    pub(crate) fn script_at(mut self, tree: &Arc<Tree>, value: &Range<usize>) -> Option<Shape> {
        let id = tree.at(value)?;
        let scope = self.scope_around(tree, id);
        let script = self.evaluate(tree, id, &scope);
        let place = Place::new(tree.file, value.clone());
        Some(self.script(script, &place))
    }

    /// Takes down what a function is given that nobody knows.
    pub(super) fn escape(&mut self, argument: &Thunk) {
        if self.escaped.len() < MOST_ESCAPED {
            self.escaped.push(Rc::clone(argument));
        }
    }

    fn explore(&mut self, value: &Value, level: usize) {
        if level > MOST_LEVELS {
            return;
        }
        match value {
            Value::Attributes(set) => match set.known.get(NAME) {
                Some(_) => self.record(set, level),
                None => {
                    for attribute in set.known.values() {
                        self.explore_thunk(&attribute.value, level);
                    }
                    set.others
                        .iter()
                        .for_each(|others| self.explore_thunk(others, level));
                }
            },
            Value::List(elements) => self.explore_elements(elements, level),
            Value::Choice(values) => values
                .iter()
                .for_each(|value| self.explore(value, level + 1)),
            Value::Lambda(lambda) => {
                let key = (Arc::as_ptr(&lambda.tree) as usize, lambda.id);
                // A file may make its tests by functions of another, and never say the word.
                let is_file = lambda.tree.root == Some(lambda.id);
                let is_promising = is_file || lambda.tree.mentions_script(lambda.id);
                if is_promising && self.explored.insert(key) {
                    let result = self.enter(lambda, None);
                    self.explore(&result, level + 1);
                }
            }
            Value::Path(path) => {
                if let Some(imported) = self.imported(path) {
                    self.explore(&imported, level + 1);
                }
            }
            _ => {}
        }
        self.explore_escaped(level);
    }

    fn explore_elements(&mut self, elements: &[Element], level: usize) {
        for element in elements {
            let mut thunks = Vec::new();
            element.for_each_thunk(&mut |thunk| thunks.push(Rc::clone(thunk)));
            for thunk in thunks {
                self.explore_thunk(&thunk, level);
            }
        }
    }

    fn explore_escaped(&mut self, level: usize) {
        // What is found on the way joins the queue.
        while let Some(thunk) = self.escaped.pop() {
            self.explore_thunk(&thunk, level);
        }
    }

    fn explore_thunk(&mut self, thunk: &Thunk, level: usize) {
        let is_promising = match (&thunk.written, &*thunk.state.borrow()) {
            (_, State::Busy) => false,
            (Some((tree, id)), _) => may_lead_to_a_test(tree, *id),
            (None, _) => true,
        };
        if is_promising {
            let value = self.force(thunk);
            self.explore(&value, level + 1);
        }
    }

    fn record(&mut self, set: &Rc<Attributes>, level: usize) {
        let Some(attribute) = set.known.get(NAME) else {
            return;
        };
        let Some(name) = attribute.place.clone() else {
            return;
        };
        let test_name = match set.get("name").map(|name| self.force(name)) {
            Some(Value::Text(shape)) => text::known(&shape),
            _ => None,
        };
        let place = attribute.value.place().unwrap_or_else(|| name.clone());
        let script = self.force(&attribute.value);
        let shape = self.script(script, &place);
        let is_known =
            |test: &Test| test.name == name && test.shape == shape && test.test_name == test_name;
        if !self.tests.iter().any(is_known) {
            self.tests.push(Test {
                name,
                value: attribute.value.place(),
                shape,
                test_name,
            });
        }
        // Modules of the test may define a part of its script.
        if let Some(imports) = set.get("imports").cloned() {
            self.explore_thunk(&imports, level);
        }
    }

    /// The text of a script, which may be a function of the nodes.
    pub(super) fn script(&mut self, value: Value, place: &Place) -> Shape {
        let value = match value {
            Value::Lambda(lambda) => self.enter(&lambda, None),
            Value::Function(..) => {
                let nodes = ThunkCell::done(Value::attributes(Attributes::open()));
                self.call(value, &nodes, place)
            }
            Value::Choice(values) => {
                let shapes = values.iter().map(|value| self.script(value.clone(), place));
                return text::choice(shapes.collect());
            }
            other => other,
        };
        self.text_of(value, place)
    }

    /// The value of a file; `None` when it cannot be had.
    pub(super) fn imported(&mut self, path: &str) -> Option<Value> {
        let tree = self.files.tree(path)?;
        let root = tree.root?;
        Some(self.evaluate(&tree, root, &None))
    }
}

/// Whether it is worth looking at: a test stands in it, or it stands for something else.
fn may_lead_to_a_test(tree: &Tree, id: ExprId) -> bool {
    let mut id = id;
    while let Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body } =
        tree.expression(id)
    {
        id = *body;
    }
    match tree.expression(id) {
        Expr::Name(_)
        | Expr::Select { .. }
        | Expr::Apply { .. }
        | Expr::If { .. }
        | Expr::List(_)
        | Expr::Path(_) => true,
        // A test may leave its script to the modules that it imports.
        Expr::Attributes { bindings, .. } => {
            let mut names = bindings.entries.iter().map(|entry| &entry.name);
            tree.mentions_script(id) || names.any(|name| is_static(name, "imports"))
        }
        _ => tree.mentions_script(id),
    }
}

fn is_static(name: &AttributeName, wanted: &str) -> bool {
    matches!(name, AttributeName::Static(name) if &**name == wanted)
}
