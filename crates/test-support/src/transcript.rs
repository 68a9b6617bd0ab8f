//! Transcripts: a conversation as indented text for people, the same in every run.
//!
//! References get names in the order of their appearance, the directory of the fixture becomes
//! `$DIR`, and durations, process ids and hashes are masked. Numbers of messages are left out:
//! a reader sees the order. What a message means is not interpreted.

mod masks;

use std::fmt::Write;
use std::path::Path;

use dap_protocol::Message;
use serde_json::Value;

use dap_monitor::Side;
use masks::Masks;

/// Values up to this width stay on one line.
const LINE_WIDTH: usize = 88;

/// The messages of a conversation, in the order in which one end saw them.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    messages: Vec<(Side, Message)>,
}

impl Transcript {
    /// Takes note of a message.
    pub fn record(&mut self, sender: Side, message: Message) {
        self.messages.push((sender, message));
    }

    /// The messages and who sent them.
    #[must_use]
    pub fn messages(&self) -> &[(Side, Message)] {
        &self.messages
    }

    /// The whole conversation as text. Paths inside of `directory` begin with `$DIR`.
    #[must_use]
    pub fn render(&self, directory: Option<&Path>) -> String {
        self.render_where(directory, |_| true)
    }

    /// The messages that satisfy a condition, as text.
    #[must_use]
    pub fn render_where(
        &self,
        directory: Option<&Path>,
        is_wanted: impl Fn(&Message) -> bool,
    ) -> String {
        let mut masks = Masks::new(directory);
        let mut text = String::new();
        for (sender, message) in &self.messages {
            let line = title(*sender, message, &masks);
            let payload = masks.payload(message);
            // Masking comes first, so that names do not depend on what is shown.
            if is_wanted(message) {
                text.push_str(&line);
                text.push('\n');
                push_properties(&mut text, 1, &payload);
            }
        }
        text
    }
}

/// The first line of a message: `>` is said by the client, `<` by the adapter.
fn title(sender: Side, message: &Message, masks: &Masks) -> String {
    let arrow = match sender {
        Side::Client => '>',
        Side::Adapter => '<',
    };
    match message {
        Message::Request(request) => format!("{arrow} {}?", request.command),
        Message::Event(event) => format!("{arrow} ({})", event.event),
        Message::Response(response) if response.success => format!("{arrow} {}", response.command),
        Message::Response(response) => {
            let short = masks.text(response.message.as_deref().unwrap_or_default());
            format!("{arrow} {} failed: {short}", response.command)
        }
    }
}

/// Writes the properties of an object, one per line.
fn push_properties(text: &mut String, depth: usize, value: &Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                push_value(text, depth, &format!("{name}:"), value);
            }
        }
        Value::Null => {}
        value => push_value(text, depth, "", value),
    }
}

/// Writes a value behind its label: on the same line when it fits, else below.
fn push_value(text: &mut String, depth: usize, label: &str, value: &Value) {
    let indent = "    ".repeat(depth);
    let inline = inline(value);
    let space = if label.is_empty() { "" } else { " " };
    let fits = indent.len() + label.len() + inline.len() < LINE_WIDTH;
    match value {
        Value::Array(items) if !fits => {
            push_line(text, &format!("{indent}{label}"));
            for item in items {
                push_value(text, depth + 1, "-", item);
            }
        }
        Value::Object(_) if !fits => {
            push_line(text, &format!("{indent}{label}"));
            push_properties(text, depth + 1, value);
        }
        _ => push_line(text, &format!("{indent}{label}{space}{inline}")),
    }
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{line}");
}

/// A value on one line. Texts have quotes only where they would be mistaken for something else.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(object) => {
            let properties: Vec<String> = object
                .iter()
                .map(|(name, value)| format!("{name}: {}", inline(value)))
                .collect();
            format!("{{{}}}", properties.join(", "))
        }
        value => value.to_string(),
    }
}

/// Whether a text looks like nothing else when it has no quotes.
fn is_plain(text: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || "_-./$#@".contains(character);
    let looks_like_json = serde_json::from_str::<Value>(text).is_ok();
    !text.is_empty() && text.chars().all(is_word) && !looks_like_json
}

#[cfg(test)]
mod tests;
