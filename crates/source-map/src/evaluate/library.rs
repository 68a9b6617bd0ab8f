//! The functions of nixpkgs' library and of Nix itself that scripts are put together with.
//!
//! Each does what it does there as long as enough is known, and gives an unknown value where not.

mod attributes;
mod definitions;
mod functions;
mod lists;
mod strings;

use std::rc::Rc;

use super::value::{Element, Thunk, ThunkCell, Value};
use super::{Evaluator, MOST_CHOICES, text};
use crate::Place;

pub(super) use functions::Function;

/// Parts of the library that have names of their own.
const NAMESPACES: &[&str] = &[
    "asserts",
    "attrsets",
    "builtins",
    "debug",
    "fileset",
    "filesystem",
    "lib",
    "lists",
    "modules",
    "strings",
    "trivial",
    "versions",
];

/// What is bound everywhere.
pub(super) fn global(name: &str) -> Option<Value> {
    match name {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        "builtins" => Some(Value::Library),
        "baseNameOf" | "import" | "isNull" | "map" | "removeAttrs" | "toString" => {
            Some(member(name))
        }
        "abort" | "derivation" | "dirOf" | "fetchGit" | "fetchTarball" | "fromTOML"
        | "placeholder" | "scopedImport" | "throw" => Some(Value::ANYTHING),
        _ => None,
    }
}

/// What a name means in the library.
pub(super) fn member(name: &str) -> Value {
    if let Some(function) = Function::named(name) {
        return Value::Function(function, Rc::default());
    }
    match NAMESPACES.contains(&name) {
        true => Value::Library,
        false => Value::ANYTHING,
    }
}

impl Evaluator<'_> {
    /// Calls a function with all its arguments; `place` is the whole call.
    pub(super) fn apply(
        &mut self,
        function: Function,
        arguments: &[Thunk],
        place: &Place,
    ) -> Value {
        let result = match arguments {
            [only] => self.apply_one(function, only, place),
            [first, second] => self.apply_two(function, first, second, place),
            [first, second, third] => self.apply_three(function, first, second, third, place),
            _ => None,
        };
        result.unwrap_or_else(|| {
            arguments.iter().for_each(|argument| self.escape(argument));
            Value::ANYTHING
        })
    }

    /// `None` when too little is known.
    fn apply_one(&mut self, function: Function, argument: &Thunk, place: &Place) -> Option<Value> {
        if function == Function::Line {
            return Some(Value::LINE);
        }
        let value = self.force(argument);
        match function {
            Function::Identity | Function::MkAfter | Function::MkBefore => Some(value),
            Function::Import => self.import(value, argument),
            Function::ReadFile | Function::FileContents => self.read_file(function, &value),
            Function::AttrNames | Function::AttrValues | Function::ListToAttrs => {
                self.on_attributes(function, value)
            }
            Function::ConcatLists
            | Function::Flatten
            | Function::Head
            | Function::Init
            | Function::Last
            | Function::Length
            | Function::ReverseList
            | Function::Tail => self.on_list(function, value),
            Function::ConcatStrings | Function::ConcatLines | Function::MkMerge => {
                self.joined_list(function, value, place)
            }
            Function::IsSet
            | Function::IsBoolean
            | Function::IsCallable
            | Function::IsNumber
            | Function::IsList
            | Function::IsNull
            | Function::IsPath
            | Function::IsText => is_of_kind(function, &value).map(Value::Bool),
            _ => self.on_text(function, value, place),
        }
    }

    fn apply_two(
        &mut self,
        function: Function,
        first: &Thunk,
        second: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        match function {
            Function::LineOfTwo => Some(Value::LINE),
            Function::Const => Some(self.force(first)),
            Function::Second | Function::MkIf | Function::MkOrder => Some(self.force(second)),
            Function::CallPackage => self.call_package(first, second, place),
            Function::Pipe => self.pipe(first, second, place),
            Function::Optional
            | Function::Optionals
            | Function::OptionalString
            | Function::OptionalAttrs => {
                let condition = self.force(first);
                self.optional(function, &condition, second, place)
            }
            Function::ConcatStringsSep => {
                let separator = self.force(first);
                let list = self.force(second);
                self.join(separator, list, place)
            }
            Function::ConcatMapStrings => {
                let mapped = self.mapped(Function::Map, first, second, place)?;
                self.join(Value::computed(""), mapped, place)
            }
            Function::ConcatImapStrings => {
                let mapped = self.mapped(Function::Imap1, first, second, place)?;
                self.join(Value::computed(""), mapped, place)
            }
            Function::Map
            | Function::ForEach
            | Function::Imap0
            | Function::Imap1
            | Function::ConcatMap
            | Function::Filter
            | Function::GenList => self.mapped(function, first, second, place),
            Function::Sort => self.sorted(first, second),
            Function::Drop
            | Function::Elem
            | Function::ElemAt
            | Function::Range
            | Function::Take => self.on_two_of_lists(function, first, second),
            Function::CatAttrs
            | Function::Collect
            | Function::ConcatMapAttrs
            | Function::FilterAttrs
            | Function::GenAttrs
            | Function::GetAttr
            | Function::HasAttr
            | Function::MapAttrs
            | Function::MapAttrsPrime
            | Function::MapAttrsRecursive
            | Function::MapAttrsToList
            | Function::NameValuePair
            | Function::RecursiveUpdate
            | Function::RemoveAttrs => self.on_two_of_attributes(function, first, second, place),
            _ => self.on_two_texts(function, first, second),
        }
    }

    fn apply_three(
        &mut self,
        function: Function,
        first: &Thunk,
        second: &Thunk,
        third: &Thunk,
        place: &Place,
    ) -> Option<Value> {
        match function {
            Function::Flip => {
                let function = self.force(first);
                let partly = self.call(function, third, place);
                Some(self.call(partly, second, place))
            }
            Function::Foldl | Function::Foldr => self.fold(function, first, second, third, place),
            Function::ConcatMapStringsSep | Function::ConcatImapStringsSep => {
                let map = match function {
                    Function::ConcatMapStringsSep => Function::Map,
                    _ => Function::Imap1,
                };
                let mapped = self.mapped(map, second, third, place)?;
                let separator = self.force(first);
                self.join(separator, mapped, place)
            }
            Function::AttrByPath => self.attribute_by_path(first, second, third),
            Function::ReplaceStrings => self.replace_strings(first, second, third, place),
            Function::ZipListsWith => self.zipped(first, second, third, place),
            Function::Substring => self.substring(first, second, third),
            _ => None,
        }
    }

    fn import(&mut self, path: Value, argument: &Thunk) -> Option<Value> {
        let Value::Path(path) = path else {
            // Somebody who imports what was built, or a test that is handed around.
            self.escape(argument);
            return Some(Value::ANYTHING);
        };
        if is_library(&path) && !self.is_own_library(&path) {
            return Some(Value::Library);
        }
        if is_test_framework(&path) {
            return Some(Value::ANYTHING);
        }
        self.imported(&path)
    }

    /// Whether a directory with the name of the library is a project's own.
    fn is_own_library(&mut self, path: &str) -> bool {
        let file = match path.ends_with(".nix") {
            true => path.to_owned(),
            false => format!("{path}/default.nix"),
        };
        let text = self
            .files
            .contents(&file)
            .and_then(|shape| text::known(&shape));
        text.is_some_and(|text| !text.contains("fixed-points.nix"))
    }

    fn call_package(&mut self, what: &Thunk, arguments: &Thunk, place: &Place) -> Option<Value> {
        let function = match self.force(what) {
            Value::Path(path) => self.imported(&path)?,
            lambda @ Value::Lambda(_) => lambda,
            _ => return None,
        };
        // What is not given comes from the package set.
        let given = match self.force(arguments) {
            Value::Attributes(given) => given,
            _ => return None,
        };
        let mut given = (*given).clone();
        given.others = Some(ThunkCell::done(Value::ANYTHING));
        let given = ThunkCell::done(Value::attributes(given));
        Some(self.call(function, &given, place))
    }

    fn pipe(&mut self, value: &Thunk, functions: &Thunk, place: &Place) -> Option<Value> {
        let Value::List(functions) = self.force(functions) else {
            return None;
        };
        let mut value = Rc::clone(value);
        for function in functions.iter() {
            let Element::One(function) = function else {
                return None;
            };
            let function = self.force(function);
            value = ThunkCell::done(self.call(function, &value, place));
        }
        Some(self.force(&value))
    }

    /// Several values of which each is used.
    fn each(&mut self, thunks: &[Thunk]) -> Value {
        if thunks.len() > MOST_CHOICES {
            return Value::ANYTHING;
        }
        Value::choice(thunks.iter().map(|thunk| self.force(thunk)).collect())
    }
}

fn is_of_kind(function: Function, value: &Value) -> Option<bool> {
    if matches!(
        value,
        Value::Unknown(_) | Value::Choice(_) | Value::Package | Value::Packages | Value::Library
    ) {
        return None;
    }
    Some(match function {
        Function::IsSet => matches!(value, Value::Attributes(_)),
        Function::IsBoolean => matches!(value, Value::Bool(_)),
        Function::IsCallable => matches!(value, Value::Lambda(_) | Value::Function(..)),
        Function::IsNumber => matches!(value, Value::Int(_)),
        Function::IsList => matches!(value, Value::List(_)),
        Function::IsNull => matches!(value, Value::Null),
        Function::IsPath => matches!(value, Value::Path(_)),
        _ => matches!(value, Value::Text(_)),
    })
}

/// Whether a path is, by its name, that of the library of nixpkgs.
fn is_library(path: &str) -> bool {
    path.ends_with("/lib") || path.ends_with("/lib/default.nix")
}

/// Whether a path is, by its name, of those functions that make a derivation of a test: nothing in them is a test.
fn is_test_framework(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("make-test") || name.starts_with("testing")
}
