//! Functions of attribute sets.

use std::rc::Rc;
use std::sync::Arc;

use super::Function;
use crate::Place;
use crate::evaluate::value::{Attribute, Attributes, Element, Thunk, ThunkCell, Value};
use crate::evaluate::{Evaluator, attribute, text};

/// Sets within sets that are merged with others.
const MOST_LEVELS: usize = 6;

impl Evaluator<'_> {
    /// What is known of a set; anything can be in one that is unknown.
    fn set(&mut self, value: Value) -> Rc<Attributes> {
        match value {
            Value::Attributes(attributes) => attributes,
            _ => Rc::new(Attributes::open()),
        }
    }

    pub(super) fn on_attributes(&mut self, function: Function, value: Value) -> Option<Value> {
        if function == Function::ListToAttrs {
            let elements = self.elements(value);
            return Some(self.set_of_pairs(&elements));
        }
        let set = self.set(value);
        Some(match (function, &set.others) {
            (Function::AttrNames, None) => {
                let names = set.known.keys();
                let names = names.map(|name| ThunkCell::done(Value::computed(name.to_string())));
                Value::list(names.map(Element::One).collect())
            }
            (Function::AttrNames, Some(_)) => {
                Value::list(vec![Element::Many(ThunkCell::done(Value::LINE))])
            }
            (_, None) => {
                let values = set
                    .known
                    .values()
                    .map(|attribute| Rc::clone(&attribute.value));
                Value::list(values.map(Element::One).collect())
            }
            // Others may stand between the known ones.
            (_, Some(others)) => Value::list(vec![self.any_value(&set, others)]),
        })
    }

    fn any_value(&mut self, set: &Attributes, others: &Thunk) -> Element {
        let values = set.known.values().map(|attribute| &attribute.value);
        let values: Vec<Thunk> = values.chain([others]).map(Rc::clone).collect();
        Element::Many(ThunkCell::done(self.each(&values)))
    }

    /// The set of `{ name; value; }` pairs.
    fn set_of_pairs(&mut self, elements: &[Element]) -> Value {
        let mut set = Attributes::default();
        for element in elements {
            let mut pairs = Vec::new();
            element.for_each_thunk(&mut |thunk| pairs.push(Rc::clone(thunk)));
            for pair in pairs {
                let pair = self.force(&pair);
                let name = self.select(pair.clone(), "name");
                let value = self.select(pair, "value").unwrap_or(Value::ANYTHING);
                let value = ThunkCell::done(value);
                let name = match name {
                    Some(Value::Text(name)) => text::known(&name),
                    _ => None,
                };
                match (name, element) {
                    (Some(name), Element::One(_)) => {
                        // The first of equal names counts.
                        set.known.entry(name.into()).or_insert(attribute(value));
                    }
                    _ => set.others = Some(value),
                }
            }
        }
        Value::attributes(set)
    }

    pub(super) fn on_two_of_attributes(
        &mut self,
        function: Function,
        first: &Thunk,
        second: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        match function {
            Function::NameValuePair => {
                let mut pair = Attributes::default();
                pair.known
                    .insert("name".into(), attribute(Rc::clone(first)));
                pair.known
                    .insert("value".into(), attribute(Rc::clone(second)));
                return Some(Value::attributes(pair));
            }
            Function::GenAttrs => return self.generated(first, second, place),
            Function::RecursiveUpdate => {
                let (first, second) = (self.force(first), self.force(second));
                return Some(self.deeply_updated(first, second, MOST_LEVELS));
            }
            Function::RemoveAttrs => return self.without(first, second),
            Function::CatAttrs => return self.values_under(first, second),
            Function::Collect => {
                let (wanted, set) = (self.force(first), self.force(second));
                let mut found = Vec::new();
                self.collect(&wanted, set, place, MOST_LEVELS, &mut found)?;
                return Some(Value::list(found));
            }
            Function::MapAttrsRecursive => {
                let (mapping, set) = (self.force(first), self.force(second));
                return self.mapped_deeply(&mapping, set, place, &[]);
            }
            _ => {}
        }
        let first = self.force(first);
        let second = self.force(second);
        match function {
            Function::GetAttr | Function::HasAttr => {
                let Value::Text(name) = first else {
                    return Some(Value::ANYTHING);
                };
                let Some(name) = text::known(&name) else {
                    return Some(self.any_attribute(second));
                };
                if function == Function::GetAttr {
                    return Some(self.select(second, &name).unwrap_or(Value::ANYTHING));
                }
                match second {
                    Value::Attributes(set) if set.get(&name).is_some() => Some(Value::Bool(true)),
                    Value::Attributes(set) if set.others.is_none() => Some(Value::Bool(false)),
                    _ => None,
                }
            }
            _ => {
                let set = self.set(second);
                self.each_attribute(function, &first, &set, place)
            }
        }
    }

    /// Functions that call another with name and value of each attribute.
    fn each_attribute(
        &mut self,
        function: Function,
        mapping: &Value,
        set: &Attributes,
        place: &Place,
    ) -> Option<Value> {
        let call = |name: Value, value: &Thunk| {
            let arguments = vec![ThunkCell::done(name), Rc::clone(value)];
            ThunkCell::call(mapping.clone(), arguments, place)
        };
        let known: Vec<(Arc<str>, Thunk)> = set
            .known
            .iter()
            .map(|(name, attribute)| {
                let result = call(Value::computed(name.to_string()), &attribute.value);
                (Arc::clone(name), result)
            })
            .collect();
        // The name of an attribute is one line.
        let others = set.others.as_ref().map(|others| call(Value::LINE, others));
        Some(match function {
            Function::MapAttrs => {
                let known = known
                    .into_iter()
                    .map(|(name, value)| (name, attribute(value)));
                Value::attributes(Attributes {
                    known: known.collect(),
                    others,
                })
            }
            Function::MapAttrsToList => match others {
                None => Value::list(
                    known
                        .into_iter()
                        .map(|(_, value)| Element::One(value))
                        .collect(),
                ),
                Some(others) => {
                    let values: Vec<_> = known
                        .into_iter()
                        .map(|(_, value)| value)
                        .chain([others])
                        .collect();
                    Value::list(vec![Element::Many(ThunkCell::done(self.each(&values)))])
                }
            },
            Function::MapAttrsPrime => {
                let pairs = known.into_iter().map(|(_, pair)| Element::One(pair));
                let pairs: Vec<_> = pairs.chain(others.map(Element::Many)).collect();
                self.set_of_pairs(&pairs)
            }
            Function::ConcatMapAttrs => {
                let mut all = Attributes::default();
                for value in known.into_iter().map(|(_, value)| value).chain(others) {
                    let value = self.force(&value);
                    all = all.updated(&self.set(value));
                }
                Value::attributes(all)
            }
            Function::FilterAttrs => self.filtered_set(set, &known)?,
            _ => return None,
        })
    }

    fn filtered_set(&mut self, set: &Attributes, decisions: &[(Arc<str>, Thunk)]) -> Option<Value> {
        let mut kept = Attributes {
            known: Default::default(),
            others: set.others.clone(),
        };
        let mut doubtful = Vec::new();
        for (name, decision) in decisions {
            let attribute: &Attribute = set.known.get(name)?;
            match self.force(decision) {
                Value::Bool(true) => {
                    kept.known.insert(Arc::clone(name), attribute.clone());
                }
                Value::Bool(false) => {}
                _ => doubtful.push(Rc::clone(&attribute.value)),
            }
        }
        if !doubtful.is_empty() {
            doubtful.extend(kept.others.take());
            kept.others = Some(ThunkCell::done(self.each(&doubtful)));
        }
        Some(Value::attributes(kept))
    }

    fn generated(&mut self, names: &Thunk, mapping: &Thunk, place: &Place) -> Option<Value> {
        let names = self.force(names);
        let mapping = self.force(mapping);
        let call =
            |name: Value| ThunkCell::call(mapping.clone(), vec![ThunkCell::done(name)], place);
        let mut set = Attributes::default();
        match self.known_texts(&names) {
            Some(names) => {
                for name in names {
                    let value = call(Value::computed(name.clone()));
                    set.known.insert(name.into(), attribute(value));
                }
            }
            None => set.others = Some(call(Value::ANYTHING)),
        }
        Some(Value::attributes(set))
    }

    fn deeply_updated(&mut self, first: Value, second: Value, levels: usize) -> Value {
        let (Value::Attributes(first), Value::Attributes(second)) = (&first, &second) else {
            return match second {
                Value::Attributes(_) | Value::Unknown(_) | Value::Choice(_) => {
                    self.updated(first, second)
                }
                _ => second,
            };
        };
        let mut merged = first.updated(second);
        if levels > 0 {
            for (name, newer) in &second.known {
                let Some(older) = first.get(name) else {
                    continue;
                };
                let (older, value) = (self.force(older), self.force(&newer.value));
                if matches!(
                    (&older, &value),
                    (Value::Attributes(_), Value::Attributes(_))
                ) {
                    let both = self.deeply_updated(older, value, levels - 1);
                    merged
                        .known
                        .insert(Arc::clone(name), attribute(ThunkCell::done(both)));
                }
            }
        }
        Value::attributes(merged)
    }

    /// The values in sets within sets that a function wants, not looking into those. `None` when that is not known.
    fn collect(
        &mut self,
        wanted: &Value,
        value: Value,
        place: &Place,
        levels: usize,
        found: &mut Vec<Element>,
    ) -> Option<()> {
        let thunk = ThunkCell::done(value.clone());
        match (self.call(wanted.clone(), &thunk, place), value) {
            (Value::Bool(true), _) => found.push(Element::One(thunk)),
            (Value::Bool(false), Value::Attributes(set)) if set.others.is_none() && levels > 0 => {
                for attribute in set.known.values() {
                    let inner = self.force(&attribute.value);
                    self.collect(wanted, inner, place, levels - 1, found)?;
                }
            }
            (Value::Bool(false), Value::Attributes(_)) => return None,
            (Value::Bool(false), _) => {}
            _ => return None,
        }
        Some(())
    }

    /// Each value in sets within sets, given to a function behind the list of names that lead to it.
    fn mapped_deeply(
        &mut self,
        mapping: &Value,
        set: Value,
        place: &Place,
        path: &[Arc<str>],
    ) -> Option<Value> {
        let Value::Attributes(set) = set else {
            return None;
        };
        if set.others.is_some() || path.len() > MOST_LEVELS {
            return None;
        }
        let mut mapped = Attributes::default();
        for (name, inner) in &set.known {
            let mut path = path.to_vec();
            path.push(Arc::clone(name));
            let value = match self.force(&inner.value) {
                deeper @ Value::Attributes(_) => {
                    ThunkCell::done(self.mapped_deeply(mapping, deeper, place, &path)?)
                }
                _ => {
                    let names = path.iter().map(|name| Value::computed(name.to_string()));
                    let names = names.map(|name| Element::One(ThunkCell::done(name)));
                    let names = ThunkCell::done(Value::list(names.collect()));
                    ThunkCell::call(mapping.clone(), vec![names, Rc::clone(&inner.value)], place)
                }
            };
            mapped.known.insert(Arc::clone(name), attribute(value));
        }
        Some(Value::attributes(mapped))
    }

    fn without(&mut self, set: &Thunk, names: &Thunk) -> Option<Value> {
        let set = self.force(set);
        let mut set = (*self.set(set)).clone();
        let names = self.force(names);
        for name in self.known_texts(&names)? {
            set.known.remove(name.as_str());
        }
        Some(Value::attributes(set))
    }

    /// The values under one name in each set of a list.
    fn values_under(&mut self, name: &Thunk, list: &Thunk) -> Option<Value> {
        let Value::Text(name) = self.force(name) else {
            return None;
        };
        let name = text::known(&name)?;
        let Value::List(elements) = self.force(list) else {
            return None;
        };
        let mut values = Vec::new();
        for element in elements.iter() {
            let Element::One(thunk) = element else {
                return None;
            };
            let Value::Attributes(set) = self.force(thunk) else {
                return None;
            };
            match (set.get(&name), &set.others) {
                (Some(value), _) => values.push(Element::One(Rc::clone(value))),
                (None, Some(others)) => {
                    values.push(Element::Optional(vec![Element::One(Rc::clone(others))]))
                }
                (None, None) => {}
            }
        }
        Some(Value::list(values))
    }

    pub(super) fn attribute_by_path(
        &mut self,
        path: &Thunk,
        default: &Thunk,
        subject: &Thunk,
    ) -> Option<Value> {
        let path = self.force(path);
        let mut value = self.force(subject);
        for name in self.known_texts(&path)? {
            match self.select(value, &name) {
                Some(inner) => value = inner,
                None => return Some(self.force(default)),
            }
        }
        Some(value)
    }
}
