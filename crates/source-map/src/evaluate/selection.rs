//! Attributes of values.

use std::rc::Rc;
use std::sync::Arc;

use super::library::{self, Function};
use super::value::{Env, Thunk, Value};
use super::{Evaluator, MOST_CHOICES, text};
use crate::syntax::{AttributeName, Tree};

impl Evaluator<'_> {
    /// `None` when there is no such attribute.
    pub(super) fn select_path(
        &mut self,
        tree: &Arc<Tree>,
        subject: Value,
        path: &[AttributeName],
        scope: &Env,
    ) -> Option<Value> {
        let mut value = subject;
        for name in path {
            value = match self.name_of(tree, name, scope) {
                Some(name) => self.select(value, &name)?,
                None => self.any_attribute(value),
            };
        }
        Some(value)
    }

    /// The name of an attribute, if it is known.
    pub(super) fn name_of(
        &mut self,
        tree: &Arc<Tree>,
        name: &AttributeName,
        scope: &Env,
    ) -> Option<Arc<str>> {
        match name {
            AttributeName::Static(name) => Some(Arc::clone(name)),
            AttributeName::Dynamic(expression) => match self.evaluate(tree, *expression, scope) {
                Value::Text(shape) => text::known(&shape).map(Arc::from),
                _ => None,
            },
        }
    }

    /// `None` when there is no such attribute.
    pub(super) fn select(&mut self, subject: Value, name: &str) -> Option<Value> {
        Some(match subject {
            Value::Attributes(attributes) => match (attributes.get(name), &attributes.others) {
                (Some(value), _) => self.force(value),
                (None, Some(_)) => Value::ANYTHING,
                (None, None) => return None,
            },
            Value::Library => library::member(name),
            Value::Packages => match name {
                "lib" => Value::Library,
                "pkgs" => Value::Packages,
                "callPackage" => Value::Function(Function::CallPackage, Rc::default()),
                _ => Value::Package,
            },
            Value::Package => match name {
                "meta" | "passthru" | "text" | "config" | "override" | "overrideAttrs" => {
                    Value::ANYTHING
                }
                _ => Value::Package,
            },
            Value::Choice(values) => {
                let selected: Vec<_> = values
                    .iter()
                    .take(MOST_CHOICES)
                    .filter_map(|value| self.select(value.clone(), name))
                    .collect();
                Value::choice(selected)
            }
            _ => Value::ANYTHING,
        })
    }

    /// An attribute whose name is not known.
    pub(super) fn any_attribute(&mut self, subject: Value) -> Value {
        match subject {
            Value::Attributes(attributes) if attributes.others.is_none() => {
                let known = attributes.known.values().take(MOST_CHOICES + 1);
                let values: Vec<Thunk> =
                    known.map(|attribute| Rc::clone(&attribute.value)).collect();
                match values.len() > MOST_CHOICES {
                    true => Value::ANYTHING,
                    false => Value::choice(values.iter().map(|value| self.force(value)).collect()),
                }
            }
            Value::Package | Value::Packages => Value::Package,
            _ => Value::ANYTHING,
        }
    }

    pub(super) fn has_path(
        &mut self,
        tree: &Arc<Tree>,
        subject: Value,
        path: &[AttributeName],
        scope: &Env,
    ) -> Value {
        let mut value = subject;
        for (index, name) in path.iter().enumerate() {
            let Value::Attributes(attributes) = value else {
                return Value::ANYTHING;
            };
            let Some(name) = self.name_of(tree, name, scope) else {
                return Value::ANYTHING;
            };
            value = match (attributes.get(&name), &attributes.others) {
                (Some(_), _) if index + 1 == path.len() => return Value::Bool(true),
                (Some(value), _) => self.force(value),
                (None, Some(_)) => return Value::ANYTHING,
                (None, None) => return Value::Bool(false),
            };
        }
        Value::ANYTHING
    }
}
