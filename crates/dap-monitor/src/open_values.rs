//! Enumerations that the protocol leaves open: a value that is not among those it names is allowed, and worth a look, because
//! a misspelt one does nothing.

use serde_json::{Map, Value};

/// Says which values of `json`, described by `schema`, are none of those that the protocol names.
pub(super) fn check(
    definitions: &Map<String, Value>,
    schema: &Value,
    json: &Value,
    place: &str,
    found: &mut Vec<String>,
) {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix("#/definitions/"))
        && let Some(definition) = definitions.get(name)
    {
        check(definitions, definition, json, place, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(definitions, part, json, place, found);
    }
    if let (Some(known), Value::String(value)) = (schema["_enum"].as_array(), json)
        && !known.contains(json)
        // Of a response that failed: any word does, and two of them mean something.
        && place != "/message"
    {
        found.push(format!(
            "'{value}' is none of the values that the protocol names, at `{place}`"
        ));
    }
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                let of_property = &schema["properties"][name];
                if !of_property.is_null() {
                    check(
                        definitions,
                        of_property,
                        value,
                        &format!("{place}/{name}"),
                        found,
                    );
                }
            }
        }
        Value::Array(items) if !schema["items"].is_null() => {
            for (index, item) in items.iter().enumerate() {
                check(
                    definitions,
                    &schema["items"],
                    item,
                    &format!("{place}/{index}"),
                    found,
                );
            }
        }
        _ => {}
    }
}
