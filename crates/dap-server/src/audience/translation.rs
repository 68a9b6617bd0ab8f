//! The edge towards one client: lines and columns as it counts them, paths as it writes them, colours if it shows them.
//!
//! It goes by the names that the protocol gives to such fields, so that no handler has to think of it.

use std::path::Path;

use dap_protocol::{EventMessage, RequestMessage, ResponseMessage};
use nix_interop::sanitize;
use serde_json::{Value, json};

use crate::client::Client;

/// Requests whose arguments are settings of ours and no places.
const WITHOUT_PLACES: &[&str] = &["initialize", "launch", "attach", "restart"];

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    FromClient,
    ToClient,
}

pub(super) fn request_from_client(request: &mut RequestMessage, client: &Client) {
    if WITHOUT_PLACES.contains(&request.command.as_str()) {
        return;
    }
    if let Some(arguments) = &mut request.arguments {
        translate(arguments, client, Direction::FromClient);
    }
}

pub(super) fn response_to_client(response: &mut ResponseMessage, client: &Client) {
    let Some(body) = response.body.as_mut().filter(|_| response.success) else {
        return;
    };
    client.values(body);
    if client.speaks_as_we_do() {
        return;
    }
    translate(body, client, Direction::ToClient);
    if response.command == "completions" {
        let targets = body.get_mut("targets").and_then(Value::as_array_mut);
        for start in targets
            .into_iter()
            .flatten()
            .filter_map(|it| it.get_mut("start"))
        {
            place(start, |column| client.column_to_client(column));
        }
    }
}

pub(super) fn event_to_client(event: &mut EventMessage, client: &Client) {
    let Some(body) = &mut event.body else { return };
    if !client.speaks_as_we_do() {
        translate(body, client, Direction::ToClient);
    }
    if let (false, Some(Value::String(text))) = (client.renders_ansi, body.get_mut("output")) {
        *text = sanitize::strip(text).into_owned();
    }
}

fn translate(value: &mut Value, client: &Client, direction: Direction) {
    match value {
        Value::Array(items) => {
            for item in items {
                translate(item, client, direction);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "line" | "endLine" => place(field, |line| line_of(line, client, direction)),
                    "column" | "endColumn" => {
                        place(field, |column| column_of(column, client, direction));
                    }
                    "lines" => {
                        for line in field.as_array_mut().into_iter().flatten() {
                            place(line, |line| line_of(line, client, direction));
                        }
                    }
                    "source" => source(field, client, direction),
                    "sources" => {
                        for item in field.as_array_mut().into_iter().flatten() {
                            source(item, client, direction);
                        }
                    }
                    _ => translate(field, client, direction),
                }
            }
        }
        _ => {}
    }
}

fn place(number: &mut Value, translated: impl Fn(i64) -> i64) {
    if let Some(known) = number.as_i64() {
        *number = json!(translated(known));
    }
}

fn line_of(line: i64, client: &Client, direction: Direction) -> i64 {
    match direction {
        Direction::FromClient => client.line_from_client(line),
        Direction::ToClient => client.line_to_client(line),
    }
}

fn column_of(column: i64, client: &Client, direction: Direction) -> i64 {
    match direction {
        Direction::FromClient => client.column_from_client(column),
        Direction::ToClient => client.column_to_client(column),
    }
}

fn source(value: &mut Value, client: &Client, direction: Direction) {
    if let Some(Value::String(path)) = value.get_mut("path") {
        *path = match direction {
            Direction::FromClient => client.path_from_client(path).to_string_lossy().into_owned(),
            Direction::ToClient => client.path_to_client(Path::new(path)),
        };
    }
}

#[cfg(test)]
mod tests {
    use dap_protocol::types::{InitializeRequestArguments, InitializeRequestArgumentsPathFormat};

    use super::*;

    fn from_zero() -> Client {
        Client::new(&InitializeRequestArguments {
            lines_start_at1: Some(false),
            columns_start_at1: Some(false),
            path_format: Some(InitializeRequestArgumentsPathFormat::Uri),
            ..InitializeRequestArguments::default()
        })
    }

    #[test]
    fn places_are_translated_in_both_directions_wherever_they_stand() {
        let ours = json!({
            "stackFrames": [{ "line": 3, "column": 1, "endLine": 4, "source": { "path": "/a b.nix" } }],
            "sources": [{ "path": "/c.nix" }],
            "lines": [1, 2],
            "value": "line",
        });
        let theirs = json!({
            "stackFrames": [{ "line": 2, "column": 0, "endLine": 3, "source": { "path": "file:///a%20b.nix" } }],
            "sources": [{ "path": "file:///c.nix" }],
            "lines": [0, 1],
            "value": "line",
        });
        let mut translated = ours.clone();
        translate(&mut translated, &from_zero(), Direction::ToClient);
        assert_eq!(translated, theirs);
        translate(&mut translated, &from_zero(), Direction::FromClient);
        assert_eq!(translated, ours);
    }

    #[test]
    fn settings_are_not_places() {
        let mut launch = RequestMessage {
            seq: 1,
            command: "launch".to_owned(),
            arguments: Some(json!({ "line": 3 })),
        };
        let before = launch.clone();
        request_from_client(&mut launch, &from_zero());
        assert_eq!(launch, before);
    }

    #[test]
    fn colours_are_for_those_who_show_them() {
        let event = EventMessage {
            seq: 0,
            event: "output".to_owned(),
            body: Some(json!({ "output": "\u{1b}[31mred\u{1b}[0m" })),
        };
        let mut plain = event.clone();
        event_to_client(&mut plain, &Client::default());
        assert_eq!(plain.body, Some(json!({ "output": "red" })));
    }
}
