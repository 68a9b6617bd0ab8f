//! The form of each message, checked against the schema of the protocol, made strict.
//!
//! The published schema accepts any object at its root and any unknown property, so that a
//! misspelt capability passes. Here each message is checked against the definition of its own
//! command or event, and unknown properties are errors. Open enumerations and the arguments of
//! `launch` and `attach` stay open. Our own messages are in `schema/nixtest.json`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use dap_protocol::{Message, RequestMessage};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::{Rule, Side, open_values};

const NIXTEST_SCHEMA: &str = include_str!("../schema/nixtest.json");

/// Structures whose unknown properties belong to the adapter.
const OPEN_STRUCTURES: [&str; 2] = ["LaunchRequestArguments", "AttachRequestArguments"];

/// The definition of a structure as the base of another one, which may have more properties.
const BASE_SUFFIX: &str = "AsBase";

/// The schema in its strict form, with our own messages. It never changes, so that all tests of a
/// process share it.
static DEFINITIONS: LazyLock<Map<String, Value>> = LazyLock::new(strict_definitions);

/// The validators that were needed so far, by the name of their definition. Making one takes much
/// longer than using it, so that all tests of a process share them.
static VALIDATORS: LazyLock<Mutex<BTreeMap<String, Arc<Validator>>>> =
    LazyLock::new(Mutex::default);

/// What is wrong with the form of a message. A response comes with its request, if there is one.
pub(super) fn check(
    sender: Side,
    message: &Message,
    json: &Value,
    request: Option<&RequestMessage>,
) -> Vec<(Rule, String)> {
    let definition = match message {
        Message::Request(request) => definition_name(&request.command, "Request"),
        Message::Event(event) => definition_name(&event.event, "Event"),
        Message::Response(response) if !response.success => "ErrorResponse".to_owned(),
        Message::Response(response) => {
            let command = request.map_or(&response.command, |request| &request.command);
            definition_name(command, "Response")
        }
    };
    let Some(schema) = DEFINITIONS.get(&definition) else {
        // A client may ask for anything; the adapter refuses what it does not know.
        return match (message, sender) {
            (Message::Request(_), Side::Client) => Vec::new(),
            _ => vec![(
                Rule::UnknownMessage,
                "is not in the protocol, nor among our own messages".to_owned(),
            )],
        };
    };
    let mut found = errors(&validator(&definition), json);
    let mut open = Vec::new();
    open_values::check(&DEFINITIONS, schema, json, "", &mut open);
    found.extend(open.into_iter().map(|text| (Rule::OpenValue, text)));
    found
}

/// `setBreakpoints` as a request is defined as `SetBreakpointsRequest`.
fn definition_name(command: &str, suffix: &str) -> String {
    let mut characters = command.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    let name: String = first.chain(characters).collect();
    // A slash would have to be escaped in references.
    format!("{}{suffix}", name.replace('/', "."))
}

fn errors(validator: &Validator, json: &Value) -> Vec<(Rule, String)> {
    let errors: Vec<(bool, String)> = validator
        .iter_errors(json)
        .map(|error| {
            let is_unknown = error
                .schema_path()
                .to_string()
                .ends_with("/unevaluatedProperties");
            let place = error.instance_path().to_string();
            let at = if place.is_empty() {
                String::new()
            } else {
                format!(" at `{place}`")
            };
            (is_unknown, format!("{error}{at}"))
        })
        .collect();
    // A part that is wrong makes every property of the whole look unknown.
    let is_anything_wrong = errors.iter().any(|(is_unknown, _)| !is_unknown);
    let relevant = errors
        .into_iter()
        .filter(|(is_unknown, _)| !(is_anything_wrong && *is_unknown));
    relevant
        .map(|(is_unknown, error)| {
            let rule = if is_unknown {
                Rule::UnknownProperty
            } else {
                Rule::Form
            };
            (rule, error)
        })
        .collect()
}

#[expect(
    clippy::expect_used,
    reason = "the schema is a part of the program, and a test makes every validator"
)]
fn validator(definition: &str) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/definitions/{definition}"),
            "definitions": reachable_from(definition),
        });
        Arc::new(jsonschema::validator_for(&schema).expect("the strict schema is a schema"))
    };
    validators
        .entry(definition.to_owned())
        .or_insert_with(make)
        .clone()
}

/// A definition and those it refers to: a validator of less is made faster.
fn reachable_from(definition: &str) -> Map<String, Value> {
    let mut reached = Map::new();
    let mut names = vec![definition.to_owned()];
    while let Some(name) = names.pop() {
        if reached.contains_key(&name) {
            continue;
        }
        let definition = DEFINITIONS[&name].clone();
        collect_references(&definition, &mut names);
        reached.insert(name, definition);
    }
    reached
}

fn collect_references(schema: &Value, names: &mut Vec<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        names.extend(reference.strip_prefix("#/definitions/").map(str::to_owned));
    }
    match schema {
        Value::Object(object) => object.values().for_each(|it| collect_references(it, names)),
        Value::Array(items) => items.iter().for_each(|it| collect_references(it, names)),
        _ => {}
    }
}

#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the schema is a part of the program, and every test reads it"
)]
fn strict_definitions() -> Map<String, Value> {
    let mut schema: Value = serde_json::from_str(dap_protocol::SCHEMA).expect("the schema is JSON");
    let Value::Object(mut definitions) = schema["definitions"].take() else {
        panic!("the schema has no definitions");
    };
    // Some clients begin to count at 0; the rules of numbering know which.
    definitions["ProtocolMessage"]["properties"]["seq"]["minimum"] = 0.into();
    definitions["Response"]["allOf"][1]["properties"]["request_seq"]["minimum"] = 0.into();
    // The command that failed stands beside the exception.
    definitions["ExceptionInfoResponse"]["allOf"][1]["properties"]["body"]["properties"]["nixtest"] = json!({"type": "object", "additionalProperties": true, "required": ["machine", "method", "command", "output", "outputCut"]});
    definitions.extend(own_definitions());
    let bases: Vec<String> = definitions
        .values()
        .filter_map(base_of)
        .map(str::to_owned)
        .collect();

    let mut strict = Map::new();
    for (name, mut definition) in definitions {
        // Any launch configuration is also an attach configuration, so that never exactly one fits.
        rename_key(&mut definition, "oneOf", "anyOf");
        expect_no_payload(&name, &mut definition);
        if bases.contains(&name) {
            let mut as_base = definition.clone();
            refer_to_base(&mut as_base);
            strict.insert(format!("{name}{BASE_SUFFIX}"), as_base);
        }
        if !OPEN_STRUCTURES.contains(&name.as_str()) {
            close(&mut definition);
        }
        refer_to_base(&mut definition);
        strict.insert(name, definition);
    }
    strict
}

/// Definitions like those of the protocol, from the table of our own messages.
#[expect(
    clippy::expect_used,
    reason = "the table is a part of the program, and every test reads it"
)]
fn own_definitions() -> Vec<(String, Value)> {
    let table: Value =
        serde_json::from_str(NIXTEST_SCHEMA).expect("the table of our messages is JSON");
    let define = |base: &str, kind: &str, name: &str, payload: &str, schema: &Value| {
        let mut properties = Map::new();
        properties.insert(kind.to_owned(), json!({"enum": [name]}));
        let mut required = vec![kind];
        if !schema.is_null() {
            properties.insert(payload.to_owned(), schema.clone());
            required.push(payload);
        }
        let reference = format!("#/definitions/{base}");
        let own = json!({"type": "object", "properties": properties, "required": required});
        (
            definition_name(name, base),
            json!({"allOf": [{"$ref": reference}, own]}),
        )
    };
    let mut definitions = Vec::new();
    for (name, event) in table["events"].as_object().into_iter().flatten() {
        definitions.push(define("Event", "event", name, "body", &event["body"]));
    }
    for (name, request) in table["requests"].as_object().into_iter().flatten() {
        definitions.push(define(
            "Request",
            "command",
            name,
            "arguments",
            &request["arguments"],
        ));
        definitions.push(define(
            "Response",
            "command",
            name,
            "body",
            &request["body"],
        ));
    }
    definitions
}

fn base_of(definition: &Value) -> Option<&str> {
    definition["allOf"][0]["$ref"]
        .as_str()?
        .strip_prefix("#/definitions/")
}

fn refer_to_base(definition: &mut Value) {
    if let Some(base) = base_of(definition) {
        definition["allOf"][0]["$ref"] = format!("#/definitions/{base}{BASE_SUFFIX}").into();
    }
}

/// A message whose definition names no payload may have an empty one at most.
fn expect_no_payload(name: &str, definition: &mut Value) {
    let payload = match base_of(definition) {
        Some("Request") => "arguments",
        Some("Event" | "Response") => "body",
        _ => return,
    };
    let own = &mut definition["allOf"][1];
    if own["properties"].get(payload).is_none() && name != "ErrorResponse" {
        own["properties"][payload] = json!({"type": "object", "maxProperties": 0});
    }
}

/// Refuses unknown properties, in this structure and in those written inside of it.
fn close(schema: &mut Value) {
    let Value::Object(object) = schema else {
        return;
    };
    let has_parts = object.contains_key("allOf");
    let is_structure = object.get("type").is_some_and(|it| it == "object");
    let is_dictionary = object.contains_key("additionalProperties");
    if has_parts || (is_structure && !is_dictionary) {
        object.insert("unevaluatedProperties".to_owned(), false.into());
    }
    // The parts themselves stay open: each sees the properties of the others.
    let parts = object.get_mut("allOf").and_then(Value::as_array_mut);
    for part in parts.into_iter().flatten() {
        close_properties(part);
    }
    close_properties(schema);
}

fn close_properties(schema: &mut Value) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(close);
    }
    if let Some(items) = schema.get_mut("items") {
        close(items);
    }
}

fn rename_key(schema: &mut Value, from: &str, to: &str) {
    match schema {
        Value::Object(object) => {
            if let Some(value) = object.remove(from) {
                object.insert(to.to_owned(), value);
            }
            object
                .values_mut()
                .for_each(|value| rename_key(value, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_key(item, from, to)),
        _ => {}
    }
}
