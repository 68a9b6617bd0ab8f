//! Functions of lists.

use std::rc::Rc;

use super::Function;
use crate::Place;
use crate::evaluate::Evaluator;
use crate::evaluate::text;
use crate::evaluate::value::{Element, Thunk, ThunkCell, Value};

/// Elements that a list made by counting may have.
const MOST_ELEMENTS: i64 = 500;

impl Evaluator<'_> {
    pub(super) fn on_list(&mut self, function: Function, list: Value) -> Option<Value> {
        match function {
            Function::ConcatLists => {
                let lists = self.elements(list);
                return Some(Value::list(self.flattened(&lists, 1)));
            }
            Function::Flatten => {
                let lists = self.elements(list);
                return Some(Value::list(self.flattened(&lists, 4)));
            }
            _ => {}
        }
        let Value::List(elements) = list else {
            return None;
        };
        let only_known = elements
            .iter()
            .all(|element| matches!(element, Element::One(_)));
        Some(match (function, elements.as_slice()) {
            (Function::Head, [Element::One(first), ..]) => self.force(first),
            (Function::Last, [.., Element::One(last)]) => self.force(last),
            (Function::Tail, [Element::One(_), rest @ ..]) => Value::list(rest.to_vec()),
            (Function::Init, [rest @ .., Element::One(_)]) => Value::list(rest.to_vec()),
            (Function::Length, elements) if only_known => {
                Value::Int(elements.len().try_into().ok()?)
            }
            (Function::ReverseList, elements) => {
                Value::list(elements.iter().rev().map(reversed).collect())
            }
            _ => return None,
        })
    }

    /// The elements of lists in a list, `depth` lists deep.
    pub(super) fn flattened(&mut self, lists: &[Element], depth: usize) -> Vec<Element> {
        let mut flat = Vec::new();
        for element in lists {
            match element {
                Element::One(thunk) => match self.force(thunk) {
                    list @ (Value::List(_) | Value::Choice(_)) if depth > 0 => {
                        let elements = self.elements(list);
                        flat.extend(match depth {
                            1 => elements,
                            _ => self.flattened(&elements, depth - 1),
                        });
                    }
                    Value::Unknown(_) => flat.push(Element::Many(ThunkCell::done(Value::ANYTHING))),
                    _ => flat.push(element.clone()),
                },
                Element::Optional(elements) => {
                    flat.push(Element::Optional(self.flattened(elements, depth)));
                }
                Element::Many(thunk) => {
                    let list = self.force(thunk);
                    let mut one_list = self.elements(list);
                    if depth > 1 {
                        one_list = self.flattened(&one_list, depth - 1);
                    }
                    flat.push(any_of(&one_list, self));
                }
            }
        }
        flat
    }

    pub(super) fn mapped(
        &mut self,
        function: Function,
        first: &Thunk,
        second: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        let (mapping, list) = match function {
            Function::ForEach => (second, first),
            _ => (first, second),
        };
        let mapping = self.force(mapping);
        let list = self.force(list);
        if function == Function::GenList {
            return self.counted(&mapping, &list, place);
        }
        let elements = self.elements(list);
        Some(Value::list(match function {
            Function::Imap0 | Function::Imap1 => {
                let start = i64::from(function == Function::Imap1);
                indexed(&elements, start, &mapping, place)
            }
            Function::ConcatMap => {
                let mut apply =
                    |thunk: &Thunk| ThunkCell::call(mapping.clone(), vec![Rc::clone(thunk)], place);
                let lists: Vec<_> = elements.iter().map(|one| one.map(&mut apply)).collect();
                self.flattened(&lists, 1)
            }
            Function::Filter => self.filtered(&elements, &mapping, place),
            _ => {
                let mut apply =
                    |thunk: &Thunk| ThunkCell::call(mapping.clone(), vec![Rc::clone(thunk)], place);
                elements.iter().map(|one| one.map(&mut apply)).collect()
            }
        }))
    }

    fn counted(&mut self, mapping: &Value, count: &Value, place: &Place) -> Option<Value> {
        let call =
            |argument| ThunkCell::call(mapping.clone(), vec![ThunkCell::done(argument)], place);
        let Value::Int(count) = count else {
            return Some(Value::list(vec![Element::Many(call(Value::LINE))]));
        };
        let numbers = 0..(*count).min(MOST_ELEMENTS);
        let elements = numbers.map(|number| Element::One(call(Value::Int(number))));
        (*count <= MOST_ELEMENTS).then(|| Value::list(elements.collect()))
    }

    fn filtered(&mut self, elements: &[Element], keeps: &Value, place: &Place) -> Vec<Element> {
        let mut kept = Vec::new();
        for element in elements {
            match element {
                Element::One(thunk) => match self.call(keeps.clone(), thunk, place) {
                    Value::Bool(true) => kept.push(element.clone()),
                    Value::Bool(false) => {}
                    _ => kept.push(Element::Optional(vec![element.clone()])),
                },
                Element::Optional(elements) => {
                    let inner = self.filtered(elements, keeps, place);
                    kept.push(Element::Optional(inner));
                }
                Element::Many(_) => kept.push(element.clone()),
            }
        }
        kept
    }

    pub(super) fn fold(
        &mut self,
        function: Function,
        operator: &Thunk,
        start: &Thunk,
        list: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        let Value::List(elements) = self.force(list) else {
            return None;
        };
        let operator = self.force(operator);
        let mut thunks = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            let Element::One(thunk) = element else {
                return None;
            };
            thunks.push(Rc::clone(thunk));
        }
        let is_from_left = function == Function::Foldl;
        if !is_from_left {
            thunks.reverse();
        }
        let mut result = Rc::clone(start);
        for thunk in thunks {
            let (first, second) = match is_from_left {
                true => (result, thunk),
                false => (thunk, result),
            };
            let partly = self.call(operator.clone(), &first, place);
            result = ThunkCell::done(self.call(partly, &second, place));
        }
        Some(self.force(&result))
    }

    pub(super) fn on_two_of_lists(
        &mut self,
        function: Function,
        first: &Thunk,
        second: &Thunk,
    ) -> Option<Value> {
        if function == Function::Range {
            let (Value::Int(first), Value::Int(last)) = (self.force(first), self.force(second))
            else {
                return Some(Value::list(vec![Element::Many(ThunkCell::done(
                    Value::LINE,
                ))]));
            };
            let numbers = (first..=last).take(usize::try_from(MOST_ELEMENTS).unwrap_or(usize::MAX));
            let elements = numbers.map(|number| Element::One(ThunkCell::done(Value::Int(number))));
            return Some(Value::list(elements.collect()));
        }
        let (list, other) = match function {
            Function::ElemAt => (first, second),
            _ => (second, first),
        };
        let Value::List(elements) = self.force(list) else {
            return None;
        };
        let other = self.force(other);
        if function == Function::Elem {
            return self.contains(&elements, &other).map(Value::Bool);
        }
        let Value::Int(count) = other else {
            return None;
        };
        let count = usize::try_from(count).ok()?;
        let known = elements
            .iter()
            .take_while(|element| matches!(element, Element::One(_)))
            .count();
        Some(match function {
            Function::ElemAt if count < known => match &elements[count] {
                Element::One(thunk) => self.force(thunk),
                _ => return None,
            },
            Function::Take if count <= known => Value::list(elements[..count].to_vec()),
            Function::Drop if count <= known => Value::list(elements[count..].to_vec()),
            Function::Take if known == elements.len() => Value::List(elements),
            Function::Drop if known == elements.len() => Value::list(Vec::new()),
            _ => return None,
        })
    }

    /// Two lists of which both are known, element by element.
    pub(super) fn zipped(
        &mut self,
        mapping: &Thunk,
        first: &Thunk,
        second: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        let mapping = self.force(mapping);
        let (Value::List(first), Value::List(second)) = (self.force(first), self.force(second))
        else {
            return None;
        };
        let mut zipped = Vec::new();
        for pair in first.iter().zip(second.iter()) {
            let (Element::One(first), Element::One(second)) = pair else {
                return None;
            };
            let arguments = vec![Rc::clone(first), Rc::clone(second)];
            zipped.push(Element::One(ThunkCell::call(
                mapping.clone(),
                arguments,
                place,
            )));
        }
        Some(Value::list(zipped))
    }

    /// Known texts in their natural order; an order that a file makes up is not followed.
    fn in_order(&mut self, list: &Value) -> Option<Value> {
        let texts = self.known_texts(list)?;
        let Value::List(elements) = list else {
            return None;
        };
        let mut pairs: Vec<_> = texts.into_iter().zip(elements.iter().cloned()).collect();
        pairs.sort_by(|(first, _), (second, _)| first.cmp(second));
        Some(Value::list(
            pairs.into_iter().map(|(_, element)| element).collect(),
        ))
    }

    pub(super) fn sorted(&mut self, order: &Thunk, list: &Thunk) -> Option<Value> {
        let is_natural = matches!(self.force(order), Value::Function(Function::LessThan, _));
        let list = self.force(list);
        if let (true, Some(sorted)) = (is_natural, self.in_order(&list)) {
            return Some(sorted);
        }
        let elements = self.elements(list);
        Some(Value::list(vec![any_of(&elements, self)]))
    }

    /// `None` when that is not known.
    fn contains(&mut self, elements: &[Element], wanted: &Value) -> Option<bool> {
        let mut is_sure = true;
        for element in elements {
            let Element::One(thunk) = element else {
                is_sure = false;
                continue;
            };
            let value = self.force(thunk);
            match self.are_equal(&value, wanted) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_sure = false,
            }
        }
        is_sure.then_some(false)
    }

    /// The texts of a list, if all of them are known.
    pub(super) fn known_texts(&mut self, list: &Value) -> Option<Vec<String>> {
        let Value::List(elements) = list else {
            return None;
        };
        let mut texts = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            let Element::One(thunk) = element else {
                return None;
            };
            let Value::Text(shape) = self.force(thunk) else {
                return None;
            };
            texts.push(text::known(&shape)?);
        }
        Some(texts)
    }
}

fn indexed(elements: &[Element], start: i64, mapping: &Value, place: &Place) -> Vec<Element> {
    let mut number = Some(start);
    let mut mapped = Vec::with_capacity(elements.len());
    for element in elements {
        let is_one = matches!(element, Element::One(_));
        // Behind elements that may not be there, nobody knows the number.
        let index = match (is_one, number) {
            (true, Some(number)) => Value::Int(number),
            _ => Value::LINE,
        };
        let index = ThunkCell::done(index);
        let mut apply = |thunk: &Thunk| {
            ThunkCell::call(
                mapping.clone(),
                vec![Rc::clone(&index), Rc::clone(thunk)],
                place,
            )
        };
        mapped.push(element.map(&mut apply));
        number = number.filter(|_| is_one).map(|number| number + 1);
    }
    mapped
}

fn reversed(element: &Element) -> Element {
    match element {
        Element::Optional(elements) => {
            Element::Optional(elements.iter().rev().map(reversed).collect())
        }
        other => other.clone(),
    }
}

/// Any number of any of these.
fn any_of(elements: &[Element], evaluator: &mut Evaluator<'_>) -> Element {
    let mut thunks = Vec::new();
    for element in elements {
        element.for_each_thunk(&mut |thunk| thunks.push(Rc::clone(thunk)));
    }
    Element::Many(ThunkCell::done(evaluator.each(&thunks)))
}
