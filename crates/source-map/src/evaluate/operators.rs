//! Operators, as far as their operands are known.

use std::sync::Arc;

use rnix::ast::BinOpKind;

use super::value::{Attributes, Element, Env, Value};
use super::{Evaluator, MOST_CHOICES, ThunkCell, text};
use crate::Place;
use crate::syntax::{ExprId, Tree};

impl Evaluator<'_> {
    pub(super) fn binary(
        &mut self,
        tree: &Arc<Tree>,
        (operator, left, right): (BinOpKind, ExprId, ExprId),
        scope: &Env,
        whole: ExprId,
    ) -> Value {
        let place = |id| Place::new(tree.file, tree.range(id));
        match operator {
            BinOpKind::PipeRight | BinOpKind::PipeLeft => {
                let (function, argument) = match operator {
                    BinOpKind::PipeRight => (right, left),
                    _ => (left, right),
                };
                let function = self.evaluate(tree, function, scope);
                let argument = ThunkCell::expression(tree, argument, scope);
                return self.call(function, &argument, &place(whole));
            }
            BinOpKind::And | BinOpKind::Or | BinOpKind::Implication => {
                let first = self.evaluate(tree, left, scope);
                let decides = operator == BinOpKind::Or;
                return match first {
                    Value::Bool(value)
                        if value == decides && operator != BinOpKind::Implication =>
                    {
                        Value::Bool(value)
                    }
                    Value::Bool(false) if operator == BinOpKind::Implication => Value::Bool(true),
                    Value::Bool(_) => self.evaluate(tree, right, scope),
                    _ => match self.evaluate(tree, right, scope) {
                        Value::Bool(value)
                            if value == decides && operator != BinOpKind::Implication =>
                        {
                            Value::Bool(value)
                        }
                        _ => Value::ANYTHING,
                    },
                };
            }
            _ => {}
        }
        let first = self.evaluate(tree, left, scope);
        let second = self.evaluate(tree, right, scope);
        match operator {
            BinOpKind::Add => self.sum(first, second, &place(left), &place(right)),
            BinOpKind::Sub | BinOpKind::Mul => match (first, second) {
                (Value::Int(first), Value::Int(second)) => {
                    let result = match operator {
                        BinOpKind::Sub => first.checked_sub(second),
                        _ => first.checked_mul(second),
                    };
                    result.map_or(Value::ANYTHING, Value::Int)
                }
                _ => Value::LINE,
            },
            BinOpKind::Div => Value::LINE,
            BinOpKind::Concat => {
                let mut elements = self.elements(first);
                elements.extend(self.elements(second));
                Value::list(elements)
            }
            BinOpKind::Update => self.updated(first, second),
            BinOpKind::Equal | BinOpKind::NotEqual => match self.are_equal(&first, &second) {
                Some(equal) => Value::Bool(equal == (operator == BinOpKind::Equal)),
                None => Value::ANYTHING,
            },
            BinOpKind::Less | BinOpKind::LessOrEq | BinOpKind::More | BinOpKind::MoreOrEq => {
                match (first, second) {
                    (Value::Int(first), Value::Int(second)) => Value::Bool(match operator {
                        BinOpKind::Less => first < second,
                        BinOpKind::LessOrEq => first <= second,
                        BinOpKind::More => first > second,
                        _ => first >= second,
                    }),
                    _ => Value::ANYTHING,
                }
            }
            _ => Value::ANYTHING,
        }
    }

    fn sum(&mut self, first: Value, second: Value, left: &Place, right: &Place) -> Value {
        match (&first, &second) {
            (Value::Int(first), Value::Int(second)) => first
                .checked_add(*second)
                .map_or(Value::ANYTHING, Value::Int),
            (Value::Path(path), Value::Text(tail)) => match text::known(tail) {
                Some(tail) => Value::Path(self.files.normalized(&format!("{path}{tail}")).into()),
                None => Value::LINE,
            },
            (Value::Path(path), Value::Path(tail)) => {
                Value::Path(self.files.normalized(&format!("{path}{tail}")).into())
            }
            (Value::Unknown(_), Value::Unknown(_) | Value::Package)
            | (Value::Package, Value::Unknown(_)) => Value::ANYTHING,
            _ => {
                let first = self.text_of(first, left);
                let second = self.text_of(second, right);
                Value::text(text::sequence(vec![first, second]))
            }
        }
    }

    pub(super) fn updated(&mut self, first: Value, second: Value) -> Value {
        match (first, second) {
            (Value::Attributes(first), Value::Attributes(second)) => {
                Value::attributes(first.updated(&second))
            }
            (first, Value::Choice(values)) => {
                let updated = values.iter().take(MOST_CHOICES);
                let updated = updated.map(|value| self.updated(first.clone(), value.clone()));
                Value::choice(updated.collect())
            }
            (Value::Attributes(known), Value::Unknown(_))
            | (Value::Unknown(_), Value::Attributes(known)) => {
                // What may be replaced by something unknown is still the best guess, and has to prove itself.
                let mut known = (*known).clone();
                known.others = Attributes::open().others;
                Value::attributes(known)
            }
            (Value::Choice(values), second) => {
                let updated = values.iter().take(MOST_CHOICES);
                let updated = updated.map(|value| self.updated(value.clone(), second.clone()));
                Value::choice(updated.collect())
            }
            _ => Value::ANYTHING,
        }
    }

    /// `None` when that is not known.
    pub(super) fn are_equal(&mut self, first: &Value, second: &Value) -> Option<bool> {
        Some(match (first, second) {
            (Value::Bool(first), Value::Bool(second)) => first == second,
            (Value::Int(first), Value::Int(second)) => first == second,
            (Value::Text(first), Value::Text(second)) => {
                text::known(first)? == text::known(second)?
            }
            (Value::Path(first), Value::Path(second)) => first == second,
            (Value::Null, Value::Null) => true,
            (Value::List(list), Value::List(other)) if list.is_empty() || other.is_empty() => {
                let is_sure = |list: &[Element]| {
                    list.is_empty()
                        || list
                            .iter()
                            .any(|element| matches!(element, Element::One(_)))
                };
                match is_sure(list) && is_sure(other) {
                    true => list.is_empty() && other.is_empty(),
                    false => return None,
                }
            }
            (
                Value::Unknown(_)
                | Value::Choice(_)
                | Value::Package
                | Value::Packages
                | Value::Library,
                _,
            )
            | (
                _,
                Value::Unknown(_)
                | Value::Choice(_)
                | Value::Package
                | Value::Packages
                | Value::Library,
            ) => return None,
            (Value::List(_), Value::List(_)) | (Value::Attributes(_), Value::Attributes(_)) => {
                return None;
            }
            // Values of different kinds are never equal.
            _ => std::mem::discriminant(first) == std::mem::discriminant(second),
        })
    }
}
