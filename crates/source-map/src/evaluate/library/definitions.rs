//! What `mkMerge` makes of definitions of a script.

use std::rc::Rc;

use super::Function;
use crate::evaluate::Evaluator;
use crate::evaluate::text::{in_order, merged};
use crate::evaluate::value::{Element, State, Thunk, Value};
use crate::syntax::Expr;
use crate::{Item, Place, Shape};

/// Where a definition stands that says nothing about it; smaller numbers come first.
const DEFAULT_ORDER: i64 = 1000;

impl Evaluator<'_> {
    /// The definitions on lines of their own, in the order that they ask for. Where one does not show what it asks for,
    /// in any order.
    pub(super) fn definitions(&mut self, elements: &[Element], place: &Place) -> Shape {
        let mut orders = Vec::with_capacity(elements.len());
        for element in elements {
            orders.push(match element {
                Element::One(thunk) => self.order(thunk),
                _ => None,
            });
        }
        let mut definitions = Vec::with_capacity(elements.len());
        for element in elements {
            element.for_each_thunk(&mut |thunk| definitions.push(Rc::clone(thunk)));
        }
        let mut shapes = Vec::with_capacity(definitions.len());
        for definition in &definitions {
            let place = definition.place().unwrap_or_else(|| place.clone());
            let value = self.force(definition);
            shapes.push(self.script(value, &place));
        }
        match orders.into_iter().collect::<Option<Vec<_>>>() {
            Some(orders) => {
                let mut ordered: Vec<_> = orders.into_iter().zip(shapes).collect();
                ordered.sort_by_key(|(order, _)| order.number);
                let items = ordered
                    .into_iter()
                    .map(|(order, shape)| match order.is_sure {
                        true => Item::One(shape),
                        false => Item::Optional(vec![Item::One(shape)]),
                    });
                in_order(items.collect())
            }
            None => merged(shapes.into_iter().map(Item::One).collect()),
        }
    }

    /// What a definition asks for; `None` when that is not written where it stands.
    fn order(&mut self, definition: &Thunk) -> Option<Order> {
        let (tree, mut id) = definition.written.clone()?;
        let scope = match &*definition.state.borrow() {
            State::Expression(scope) => scope.clone(),
            _ => return None,
        };
        let mut order = Order {
            number: DEFAULT_ORDER,
            is_sure: true,
        };
        loop {
            let (function, argument) = match tree.expression(id) {
                Expr::Apply { function, argument } => (*function, *argument),
                Expr::Text(_) | Expr::Lambda { .. } => return Some(order),
                _ => return None,
            };
            let Value::Function(function, arguments) = self.evaluate(&tree, function, &scope)
            else {
                return None;
            };
            match (function, arguments.first()) {
                (Function::MkBefore, None) => order.number = 500,
                (Function::MkAfter, None) => order.number = 1500,
                (Function::MkOrder, Some(number)) => match self.force(&Rc::clone(number)) {
                    Value::Int(number) => order.number = number,
                    _ => return None,
                },
                (Function::MkIf, Some(condition)) => {
                    order.is_sure &= matches!(self.force(&Rc::clone(condition)), Value::Bool(true));
                }
                _ => return None,
            }
            id = argument;
        }
    }
}

/// The place of a definition among others.
struct Order {
    number: i64,
    /// It is there, whatever a condition says.
    is_sure: bool,
}
