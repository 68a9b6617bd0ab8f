//! Questions to ask of a piece of the schema.
//!
//! They answer from that piece alone; following a reference is the generator's business.

use serde_json::Value;

pub(crate) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/definitions/")
}

pub(crate) fn text_of(definition: &Value) -> String {
    definition["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

pub(crate) fn required_names(definition: &Value) -> Vec<&str> {
    definition["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

pub(crate) fn is_required(definition: &Value, name: &str) -> bool {
    required_names(definition).contains(&name)
}

pub(crate) fn is_enumeration(property: &Value) -> bool {
    property.get("enum").is_some() || property.get("_enum").is_some()
}

/// The property itself, or the items of the array, when it lists its values in place.
pub(crate) fn inline_enumeration(property: &Value) -> Option<&Value> {
    [property, &property["items"]]
        .into_iter()
        .find(|it| it["type"] == "string" && is_enumeration(it))
}

/// A structure with the properties of its base and its own.
pub(crate) fn extended(base: &Value, own: &Value) -> Result<Value, String> {
    let mut all = own.clone();
    let (Some(of_base), Some(properties), true) = (
        base["properties"].as_object(),
        own["properties"].as_object(),
        required_names(base).is_empty(),
    ) else {
        return Err("can extend only a structure whose properties are all optional".to_owned());
    };
    let in_order = of_base.iter().chain(properties);
    all["properties"] = in_order
        .map(|(name, property)| (name.clone(), property.clone()))
        .collect();
    Ok(all)
}

/// The one word that a `command` or an `event` can have.
pub(crate) fn only_value(property: &Value) -> Result<String, String> {
    match property["enum"].as_array().map(Vec::as_slice) {
        Some([Value::String(word)]) => Ok(word.clone()),
        _ => Err(format!("expected exactly one value in {property}")),
    }
}
