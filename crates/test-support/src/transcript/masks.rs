//! What differs from run to run, replaced by what does not.
//!
//! References are recognised by the names of their properties and by where they stand; text by its
//! form. Values that are stable by themselves, such as the numbers of threads, are kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use dap_protocol::Message;
use regex::Regex;
use serde_json::{Map, Value};

/// The hash in the path of a store object: 32 digits of Nix's base 32.
static STORE_HASH: LazyLock<Regex> = LazyLock::new(|| regex(r"/nix/store/[0-9a-z]{32}-"));
/// A number with a fraction or a unit of time behind it.
static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b\d+(\.\d+)?\s?(ns|µs|us|ms|s|sec|secs|seconds?|minutes?|min)\b|\b\d+\.\d{2,}\b")
});
/// Eight or more digits of base 16; both a letter and a digit tell it from words and numbers.
static HEX: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(0x)?[0-9a-f]{8,}\b"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a regular expression")
}

/// The names that were given to references so far.
#[derive(Debug)]
pub(super) struct Masks {
    directory: Option<String>,
    names: BTreeMap<(&'static str, String), String>,
}

impl Masks {
    pub(super) fn new(directory: Option<&Path>) -> Self {
        Self {
            directory: directory.map(|directory| directory.display().to_string()),
            names: BTreeMap::new(),
        }
    }

    /// The payload of a message, masked; null when it has none.
    pub(super) fn payload(&mut self, message: &Message) -> Value {
        let payload = match message {
            Message::Request(request) => &request.arguments,
            Message::Response(response) => &response.body,
            Message::Event(event) => &event.body,
        };
        self.value("", payload.as_ref().unwrap_or(&Value::Null))
    }

    /// A text, masked.
    pub(super) fn text(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        if let Some(directory) = &self.directory {
            masked = masked.replace(directory, "$DIR");
        }
        masked = STORE_HASH
            .replace_all(&masked, "/nix/store/$$HASH-")
            .into_owned();
        masked = DURATION.replace_all(&masked, "$$TIME").into_owned();
        let hex = |captures: &regex::Captures<'_>| {
            let digits = &captures[0];
            let has_both = digits.bytes().any(|byte| byte.is_ascii_digit())
                && digits.bytes().any(|byte| byte.is_ascii_alphabetic());
            if has_both {
                "$HEX".to_owned()
            } else {
                digits.to_owned()
            }
        };
        HEX.replace_all(&masked, hex).into_owned()
    }

    /// A value, masked. `place` is the name of the list or property it stands in.
    fn value(&mut self, place: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.item(place, item)).collect(),
            Value::Object(object) => self.object(place, object),
            value => value.clone(),
        }
    }

    fn item(&mut self, place: &str, item: &Value) -> Value {
        match place {
            "hitBreakpointIds" => self.name("breakpoint", item),
            _ => self.value(place, item),
        }
    }

    fn object(&mut self, place: &str, object: &Map<String, Value>) -> Value {
        let mut masked = Map::new();
        for (property, value) in object {
            let value = match (place, property.as_str()) {
                (_, "variablesReference") => self.name("variables", value),
                (_, "frameId") | ("stackFrames", "id") => self.name("frame", value),
                ("breakpoints" | "breakpoint", "id") => self.name("breakpoint", value),
                (_, "targetId") | ("targets", "id") => self.name("target", value),
                (_, "sourceReference") => self.name("source", value),
                (_, "progressId") => self.name("progress", value),
                (_, "processId" | "shellProcessId" | "systemProcessId" | "pid") => "$PID".into(),
                (_, "durationMs") => "$TIME".into(),
                _ => self.value(property, value),
            };
            masked.insert(property.clone(), value);
        }
        Value::Object(masked)
    }

    /// The name of a reference. 0 stands for no reference.
    fn name(&mut self, kind: &'static str, reference: &Value) -> Value {
        if reference.as_i64() == Some(0) {
            return reference.clone();
        }
        let next = 1 + self
            .names
            .keys()
            .filter(|(other, _)| *other == kind)
            .count();
        let name = self.names.entry((kind, reference.to_string()));
        name.or_insert_with(|| format!("#{kind}{next}"))
            .clone()
            .into()
    }
}
