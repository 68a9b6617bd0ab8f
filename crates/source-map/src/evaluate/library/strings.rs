//! Functions that make texts.

use std::rc::Rc;

use super::Function;
use crate::evaluate::text::{self, Flat};
use crate::evaluate::value::{Element, Thunk, Value};
use crate::evaluate::{Evaluator, ThunkCell};
use crate::{HoleClass, Item, Join, Place, Shape};

impl Evaluator<'_> {
    /// The text of a value, as far as it is one without choices.
    fn flat(&mut self, value: Value) -> Option<Flat> {
        match value {
            Value::Text(shape) => Flat::of(&shape),
            _ => None,
        }
    }

    fn known(&mut self, thunk: &Thunk) -> Option<String> {
        match self.force(thunk) {
            Value::Text(shape) => text::known(&shape),
            _ => None,
        }
    }

    pub(super) fn on_text(
        &mut self,
        function: Function,
        value: Value,
        place: &Place,
    ) -> Option<Value> {
        match function {
            Function::ToString => return self.as_text(value, place),
            Function::EscapeShellArg => {
                return Some(match value {
                    Value::Text(shape) if text::is_single_line(&shape) => Value::LINE,
                    Value::Unknown(HoleClass::SingleLine) | Value::Package | Value::Path(_) => {
                        Value::LINE
                    }
                    _ => Value::ANYTHING,
                });
            }
            _ => {}
        }
        let flat = self.flat(value)?;
        Some(match function {
            Function::StringLength if flat.is_known() => {
                Value::Int(flat.text.len().try_into().ok()?)
            }
            Function::ToUpper if flat.is_known() => Value::computed(flat.text.to_ascii_uppercase()),
            Function::ToLower if flat.is_known() => Value::computed(flat.text.to_ascii_lowercase()),
            Function::Trim => {
                let is_blank = |character| matches!(character, ' ' | '\t' | '\r' | '\n');
                let start = flat.text.len() - flat.text.trim_start_matches(is_blank).len();
                let end = flat.text.trim_end_matches(is_blank).len();
                let trimmed = flat.cut(start..end.max(start));
                // A hole at an end may have blanks of its own.
                let is_sure = !trimmed.text.starts_with('\0') && !trimmed.text.ends_with('\0');
                is_sure.then(|| Value::text(trimmed.into_shape()))?
            }
            _ => return None,
        })
    }

    fn as_text(&mut self, value: Value, place: &Place) -> Option<Value> {
        Some(match value {
            text @ (Value::Text(_) | Value::Unknown(_)) => text,
            Value::Int(number) => Value::computed(number.to_string()),
            Value::Bool(true) => Value::computed("1"),
            Value::Bool(false) | Value::Null => Value::computed(""),
            Value::Path(_) | Value::Package | Value::Packages => Value::LINE,
            Value::List(elements) => {
                let flat = self.flattened(&elements, 4);
                let mut texts = Vec::with_capacity(flat.len());
                for element in &flat {
                    texts.push(element.map(&mut |thunk| {
                        let value = self.force(thunk);
                        let text = self.as_text(value, place);
                        ThunkCell::done(text.unwrap_or(Value::ANYTHING))
                    }));
                }
                return self.join(Value::computed(" "), Value::list(texts), place);
            }
            Value::Choice(values) => {
                let texts = values
                    .iter()
                    .map(|value| self.as_text(value.clone(), place));
                Value::choice(texts.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    pub(super) fn on_two_texts(
        &mut self,
        function: Function,
        first: &Thunk,
        second: &Thunk,
    ) -> Option<Value> {
        let word = self.known(first)?;
        let value = self.force(second);
        let flat = self.flat(value.clone())?;
        // A word may begin in known text and end in a hole, or lie in one.
        let is_known = flat.is_known();
        Some(match function {
            Function::HasPrefix => Value::Bool(begins(&flat.text, &word)?),
            Function::HasSuffix => Value::Bool(ends(&flat.text, &word)?),
            Function::HasInfix => match flat.text.contains(&word) {
                true => Value::Bool(true),
                false => is_known.then_some(Value::Bool(false))?,
            },
            Function::RemovePrefix => match begins(&flat.text, &word)? {
                true => Value::text(flat.cut(word.len()..flat.text.len()).into_shape()),
                false => value,
            },
            Function::RemoveSuffix => match ends(&flat.text, &word) {
                Some(true) => Value::text(flat.cut(0..flat.text.len() - word.len()).into_shape()),
                Some(false) => value,
                // A hole of one line does not end with a line feed.
                None if word == "\n" && flat.has_known_lines() && !flat.text.ends_with("\n") => {
                    value
                }
                None => return None,
            },
            Function::SplitString => {
                let is_safe = is_known || (word == "\n" && flat.has_known_lines());
                if !is_safe || word.is_empty() {
                    return None;
                }
                let pieces = flat.split(&word).into_iter();
                let pieces = pieces.map(|piece| Value::text(piece.into_shape()));
                Value::list(
                    pieces
                        .map(|piece| Element::One(ThunkCell::done(piece)))
                        .collect(),
                )
            }
            _ => return None,
        })
    }

    pub(super) fn replace_strings(
        &mut self,
        from: &Thunk,
        to: &Thunk,
        subject: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        let (from, to) = (self.force(from), self.force(to));
        let from = self.known_texts(&from)?;
        let to = self.flat_texts(&to, place)?;
        let subject = self.force(subject);
        let flat = self.flat(subject)?;
        let is_within_one_byte = from.iter().all(|from| from.len() == 1);
        if from.iter().any(String::is_empty) || !(flat.is_known() || is_within_one_byte) {
            return None;
        }
        let pairs: Vec<_> = from.into_iter().zip(to).collect();
        Some(Value::text(flat.replaced(&pairs).into_shape()))
    }

    fn flat_texts(&mut self, list: &Value, place: &Place) -> Option<Vec<Flat>> {
        let Value::List(elements) = list else {
            return None;
        };
        let texts = elements.iter().map(|element| match element {
            Element::One(thunk) => Flat::of(&self.element_text(thunk, place)),
            _ => None,
        });
        texts.collect()
    }

    pub(super) fn substring(
        &mut self,
        start: &Thunk,
        length: &Thunk,
        subject: &Thunk,
    ) -> Option<Value> {
        let (Value::Int(start), Value::Int(length)) = (self.force(start), self.force(length))
        else {
            return None;
        };
        let subject = self.force(subject);
        let flat = self.flat(subject)?;
        let start = usize::try_from(start).ok()?.min(flat.text.len());
        // A negative length means everything.
        let end = match usize::try_from(length) {
            Ok(length) => start.saturating_add(length).min(flat.text.len()),
            Err(_) => flat.text.len(),
        };
        let is_cut_well = flat.text.is_char_boundary(start) && flat.text.is_char_boundary(end);
        let has_known_start = !flat.text.get(..end)?.contains('\0') || flat.is_known();
        if !is_cut_well || !has_known_start {
            return None;
        }
        Some(Value::text(flat.cut(start..end).into_shape()))
    }

    pub(super) fn joined_list(
        &mut self,
        function: Function,
        list: Value,
        place: &Place,
    ) -> Option<Value> {
        match function {
            Function::ConcatStrings => self.join(Value::computed(""), list, place),
            Function::MkMerge => {
                let elements = self.elements(list);
                Some(Value::text(self.definitions(&elements, place)))
            }
            _ => {
                // Each line ends, the last one too.
                let elements = self.elements(list);
                let mut items = Vec::with_capacity(elements.len());
                for element in &elements {
                    let item = self.item(element, place);
                    items.push(with_line_feed(item));
                }
                Some(Value::text(joined(Shape::Sequence(Vec::new()), items)))
            }
        }
    }

    /// The elements of a list with a text between each two.
    pub(super) fn join(&mut self, separator: Value, list: Value, place: &Place) -> Option<Value> {
        let separator = self.text_of(separator, place);
        let elements = self.elements(list);
        let items = elements.iter().map(|element| self.item(element, place));
        Some(Value::text(joined(separator, items.collect())))
    }

    fn item(&mut self, element: &Element, place: &Place) -> Item {
        match element {
            Element::One(thunk) => Item::One(self.element_text(thunk, place)),
            Element::Many(thunk) => Item::Many(self.element_text(thunk, place)),
            Element::Optional(elements) => Item::Optional(
                elements
                    .iter()
                    .map(|element| self.item(element, place))
                    .collect(),
            ),
        }
    }

    fn element_text(&mut self, thunk: &Thunk, place: &Place) -> Shape {
        let place = thunk.place().unwrap_or_else(|| place.clone());
        let value = self.force(thunk);
        self.text_of(value, &place)
    }

    pub(super) fn optional(
        &mut self,
        function: Function,
        condition: &Value,
        value: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        let decided = match condition {
            Value::Bool(decided) => Some(*decided),
            _ => None,
        };
        Some(match (function, decided) {
            (Function::Optional, Some(true)) => Value::list(vec![Element::One(Rc::clone(value))]),
            (Function::Optional | Function::Optionals, Some(false)) => Value::list(Vec::new()),
            (Function::Optional, None) => {
                let one = Element::One(Rc::clone(value));
                Value::list(vec![Element::Optional(vec![one])])
            }
            (
                Function::Optionals | Function::OptionalString | Function::OptionalAttrs,
                Some(true),
            ) => self.force(value),
            (Function::Optionals, None) => {
                let value = self.force(value);
                Value::list(vec![Element::Optional(self.elements(value))])
            }
            (Function::OptionalString, Some(false)) => Value::computed(""),
            (Function::OptionalString, None) => {
                let place = value.place().unwrap_or_else(|| place.clone());
                let value = self.force(value);
                let text = self.text_of(value, &place);
                Value::text(text::choice(vec![text, Shape::Sequence(Vec::new())]))
            }
            (Function::OptionalAttrs, Some(false)) => Value::attributes(Default::default()),
            (Function::OptionalAttrs, None) => {
                let value = self.force(value);
                Value::choice(vec![value, Value::attributes(Default::default())])
            }
            _ => return None,
        })
    }

    pub(super) fn read_file(&mut self, function: Function, path: &Value) -> Option<Value> {
        let Value::Path(path) = path else {
            return None;
        };
        let shape = self.files.contents(path)?;
        match function {
            Function::FileContents => {
                let flat = Flat::of(&shape)?;
                let end = flat
                    .text
                    .strip_suffix('\n')
                    .map_or(flat.text.len(), str::len);
                Some(Value::text(flat.cut(0..end).into_shape()))
            }
            _ => Some(Value::text(shape)),
        }
    }
}

/// Without choices and repetitions a join is a sequence.
fn joined(separator: Shape, items: Vec<Item>) -> Shape {
    let is_plain = items.iter().all(|item| matches!(item, Item::One(_)));
    if !is_plain {
        return Shape::Join(Box::new(Join { separator, items }));
    }
    let mut parts = Vec::with_capacity(items.len() * 2);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            parts.push(separator.clone());
        }
        if let Item::One(shape) = item {
            parts.push(shape);
        }
    }
    text::sequence(parts)
}

fn with_line_feed(item: Item) -> Item {
    let ended = |shape| {
        let feed = crate::evaluate::value::computed("\n");
        text::sequence(vec![shape, feed])
    };
    match item {
        Item::One(shape) => Item::One(ended(shape)),
        Item::Many(shape) => Item::Many(ended(shape)),
        Item::Optional(items) => Item::Optional(items.into_iter().map(with_line_feed).collect()),
    }
}

/// Whether a text with holes begins with a word; `None` when a hole decides.
fn begins(text: &str, word: &str) -> Option<bool> {
    let known = text.split('\0').next().unwrap_or_default();
    match known.len() >= word.len() || known.len() == text.len() {
        true => Some(known.starts_with(word)),
        false if word.starts_with(known) => None,
        false => Some(false),
    }
}

/// Whether a text with holes ends with a word; `None` when a hole decides.
fn ends(text: &str, word: &str) -> Option<bool> {
    let known = text.rsplit('\0').next().unwrap_or_default();
    match known.len() >= word.len() || known.len() == text.len() {
        true => Some(known.ends_with(word)),
        false if word.ends_with(known) => None,
        false => Some(false),
    }
}
