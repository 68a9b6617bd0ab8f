//! Rust source text: whole files, and the pieces they are made of, in the layout that rustfmt
//! would give them.
//!
//! It knows text, not the schema.

use std::fmt::Write;

use crate::names::pascal_case;

/// The requests that the adapter sends to the client; all others go the other way.
const REVERSE_REQUESTS: [&str; 2] = ["runInTerminal", "startDebugging"];

/// What is to be written about a request.
pub(crate) struct RequestType {
    pub(crate) command: String,
    pub(crate) documentation: String,
    /// The Rust type, as seen from the file of the requests.
    pub(crate) arguments: String,
    /// The Rust type, as seen from the file of the requests.
    pub(crate) response: String,
}

/// What is to be written about an event.
pub(crate) struct EventType {
    pub(crate) event: String,
    pub(crate) documentation: String,
    /// The Rust type, as seen from the file of the events.
    pub(crate) body: String,
}

/// The file of the structures and enumerations, whose text is given.
pub(crate) fn types_file(schema_path: &str, types: &str) -> String {
    let mut text = head(
        schema_path,
        "The structures and enumerations of the protocol: arguments, bodies and their parts.",
        "It has neither the envelope of messages nor any behaviour.",
    );
    text.push_str("use std::collections::BTreeMap;\n\n");
    text.push_str("use serde::{Deserialize, Serialize};\nuse serde_json::{Map, Value};\n\n");
    push_documentation(&mut text, "", "A number or a text.");
    text.push_str("#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]\n");
    text.push_str("#[serde(untagged)]\npub enum IntegerOrString {\n");
    text.push_str("    /// A number.\n    Integer(i64),\n");
    text.push_str("    /// A text.\n    String(String),\n}\n\n");
    text.push_str(types);
    text
}

/// The file of the types that stand for requests.
pub(crate) fn requests_file(schema_path: &str, requests: &[RequestType]) -> String {
    let mut text = head(
        schema_path,
        "One type without values for each request of the protocol.",
        "What a request carries is in `types`; how it travels is in `message`.",
    );
    text.push_str("use crate::payload::Request;\nuse crate::types;\n\n");
    let commands = requests.iter().map(|request| request.command.as_str());
    let (from_adapter, from_client): (Vec<_>, Vec<_>) =
        commands.partition(|command| REVERSE_REQUESTS.contains(command));
    let documentation = "The commands that a client sends to an adapter.";
    push_names(&mut text, "FROM_CLIENT", documentation, &from_client);
    let documentation = "The commands that an adapter sends to a client.";
    push_names(&mut text, "FROM_ADAPTER", documentation, &from_adapter);
    for request in requests {
        push_documentation(&mut text, "", &request.documentation);
        let name = pascal_case(&request.command);
        push(
            &mut text,
            format_args!("#[derive(Debug)]\npub enum {name} {{}}\n\n"),
        );
        push(&mut text, format_args!("impl Request for {name} {{\n"));
        push(
            &mut text,
            format_args!("    type Arguments = {};\n", request.arguments),
        );
        push(
            &mut text,
            format_args!("    type Response = {};\n", request.response),
        );
        push(
            &mut text,
            format_args!(
                "    const COMMAND: &'static str = \"{}\";\n}}\n\n",
                request.command
            ),
        );
    }
    text
}

/// The file of the types that stand for events.
pub(crate) fn events_file(schema_path: &str, events: &[EventType]) -> String {
    let mut text = head(
        schema_path,
        "One type without values for each event of the protocol.",
        "What an event carries is in `types`; how it travels is in `message`.",
    );
    text.push_str("use crate::payload::Event;\nuse crate::types;\n\n");
    let names: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    let documentation = "The events that an adapter sends to a client.";
    push_names(&mut text, "FROM_ADAPTER", documentation, &names);
    for event in events {
        push_documentation(&mut text, "", &event.documentation);
        let name = pascal_case(&event.event);
        push(
            &mut text,
            format_args!("#[derive(Debug)]\npub enum {name} {{}}\n\n"),
        );
        push(&mut text, format_args!("impl Event for {name} {{\n"));
        push(&mut text, format_args!("    type Body = {};\n", event.body));
        push(
            &mut text,
            format_args!(
                "    const EVENT: &'static str = \"{}\";\n}}\n\n",
                event.event
            ),
        );
    }
    text
}

/// The head of a generated file.
fn head(schema_path: &str, what: &str, what_not: &str) -> String {
    format!(
        "//! {what}\n//!\n//! {what_not}\n//!\n//! Generated from `{schema_path}`, whose descriptions are the doc \
         comments, by\n//! `cargo run -p dap-protocol --example generate`. Do not edit.\n\n"
    )
}

/// Appends to a text. Writing to a `String` cannot fail.
pub(crate) fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

/// Writes a description as a doc comment.
pub(crate) fn push_documentation(text: &mut String, indent: &str, description: &str) {
    let mut previous_is_list = false;
    for line in description.lines().map(str::trim) {
        let is_list = line.starts_with("- ");
        // Without the empty line, Markdown takes the paragraph after a list
        // for a part of the last item.
        if previous_is_list && !is_list && !line.is_empty() {
            push(text, format_args!("{indent}///\n"));
        }
        let space = if line.is_empty() { "" } else { " " };
        push(text, format_args!("{indent}///{space}{line}\n"));
        previous_is_list = is_list;
    }
}

/// Writes a constant array of words in the layout that rustfmt chooses: 60 columns, or one
/// word per line.
fn push_names(text: &mut String, name: &str, documentation: &str, words: &[&str]) {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let one_line = quoted.join(", ");
    let list = if one_line.len() <= 60 {
        one_line
    } else {
        format!("\n    {},\n", quoted.join(",\n    "))
    };
    push(
        text,
        format_args!(
            "/// {documentation}\npub const {name}: [&str; {}] = [{list}];\n\n",
            words.len()
        ),
    );
}
