//! Turns the schema of the Debug Adapter Protocol into Rust source text.
//!
//! The schema uses few forms, and this generator knows only those: an unknown one is an error, never a guess. It
//! emits text that rustfmt leaves alone, so that the freshness test needs no rustfmt. It does not look at the
//! `title`s of the schema: they file `startDebugging` and `cancel` wrongly.

use serde_json::{Map, Value};

use crate::emit::{
    EventType, RequestType, events_file, push, push_documentation, requests_file, types_file,
};
use crate::names::{escape_keyword, pascal_case, snake_case, to_camel_case};
use crate::schema::{
    extended, inline_enumeration, is_enumeration, is_required, only_value, reference,
    required_names, text_of,
};

/// Where the schema is, seen from the crate's directory.
pub(crate) const SCHEMA_PATH: &str = "schema/debugAdapterProtocol.json";

/// Definitions that are written by hand, in `message.rs`.
const ENVELOPE: [&str; 5] = [
    "ProtocolMessage",
    "Request",
    "Event",
    "Response",
    "ErrorResponse",
];

/// Structures whose unknown properties belong to the adapter and must survive.
const OPEN_STRUCTURES: [&str; 2] = ["LaunchRequestArguments", "AttachRequestArguments"];

/// One generated file.
pub(crate) struct GeneratedFile {
    /// Where it goes, seen from the crate's directory.
    pub(crate) path: &'static str,
    /// The whole text.
    pub(crate) text: String,
}

/// Generates every file of `src/generated/` that is not written by hand.
pub(crate) fn generate(schema: &Value) -> Result<Vec<GeneratedFile>, String> {
    let definitions = schema["definitions"]
        .as_object()
        .ok_or("the schema has no definitions")?;
    let mut generator = Generator {
        definitions,
        types: String::new(),
        requests: Vec::new(),
        events: Vec::new(),
    };
    for (name, definition) in definitions {
        if !ENVELOPE.contains(&name.as_str()) {
            generator
                .definition(name, definition)
                .map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(generator.finish())
}

struct Generator<'a> {
    definitions: &'a Map<String, Value>,
    types: String,
    requests: Vec<RequestType>,
    events: Vec<EventType>,
}

/// A field of a structure, as it will be written.
struct Field {
    rust_type: String,
    has_default: bool,
    /// Left out of the JSON when it is `None`.
    is_optional: bool,
}

impl Generator<'_> {
    fn definition(&mut self, name: &str, definition: &Value) -> Result<(), String> {
        let Some(parts) = definition["allOf"].as_array() else {
            return match definition["type"].as_str() {
                Some("object") => self.structure(name, definition),
                Some("string") => self.enumeration(name, definition),
                other => Err(format!("cannot write a definition of type {other:?}")),
            };
        };
        let [base, own] = parts.as_slice() else {
            return Err("an allOf is expected to have a base and one extension".to_owned());
        };
        match reference(base) {
            Some("Request") => self.request(name, own),
            Some("Event") => self.event(own),
            // The body of a response is written together with its request.
            Some("Response") => Ok(()),
            Some(structure) => self.structure(name, &extended(self.resolve(structure)?, own)?),
            None => Err("an allOf is expected to begin with a reference".to_owned()),
        }
    }

    fn request(&mut self, name: &str, own: &Value) -> Result<(), String> {
        let command = only_value(&own["properties"]["command"])?;
        let arguments = match own["properties"].get("arguments") {
            None => "()".to_owned(),
            Some(arguments) => match reference(arguments) {
                Some(target) => format!("types::{}", rust_name(target)),
                None => return Err("arguments are expected to be a reference".to_owned()),
            },
        };
        let response_name = format!("{}Response", name.trim_end_matches("Request"));
        let response = self
            .definitions
            .get(&response_name)
            .ok_or_else(|| format!("there is no {response_name}"))?["allOf"][1]
            .clone();
        let response = self.body(&response_name, &response)?;
        self.requests.push(RequestType {
            command,
            documentation: text_of(own),
            arguments,
            response,
        });
        Ok(())
    }

    fn event(&mut self, own: &Value) -> Result<(), String> {
        let event = only_value(&own["properties"]["event"])?;
        let body = self.body(&format!("{}Event", pascal_case(&event)), own)?;
        self.events.push(EventType {
            event,
            documentation: text_of(own),
            body,
        });
        Ok(())
    }

    /// Writes the type of a `body`, when it is one of its own, and returns how `requests` and `events` call it.
    fn body(&mut self, name: &str, own: &Value) -> Result<String, String> {
        let Some(body) = own["properties"].get("body") else {
            return Ok("()".to_owned());
        };
        let (target, definition) = match reference(body) {
            Some(target) => (rust_name(target), self.resolve(target)?.clone()),
            None => {
                let mut documented = body.clone();
                documented["description"] = format!("Body of: {}", text_of(own)).into();
                self.structure(name, &documented)?;
                (name.to_owned(), documented)
            }
        };
        // A body that may be missing, but not empty, has no better value than `None`.
        let may_be_missing = !is_required(own, "body") && !required_names(&definition).is_empty();
        Ok(if may_be_missing {
            format!("Option<types::{target}>")
        } else {
            format!("types::{target}")
        })
    }

    fn structure(&mut self, name: &str, definition: &Value) -> Result<(), String> {
        let rust_name = rust_name(name);
        let no_properties = Map::new();
        let properties = definition["properties"]
            .as_object()
            .unwrap_or(&no_properties);
        let mut fields = String::new();
        let mut nested = Vec::new();
        let mut has_default = true;
        for (wire_name, property) in properties {
            let inline_name = format!("{rust_name}{}", pascal_case(wire_name));
            let field = self.field(&inline_name, property, is_required(definition, wire_name))?;
            has_default &= field.has_default;
            let field_name = snake_case(wire_name);
            push_documentation(
                &mut fields,
                "    ",
                &self.property_text(wire_name, property),
            );
            if to_camel_case(&field_name) != *wire_name {
                push(
                    &mut fields,
                    format_args!("    #[serde(rename = \"{wire_name}\")]\n"),
                );
            }
            if field.is_optional {
                fields.push_str("    #[serde(skip_serializing_if = \"Option::is_none\")]\n");
            }
            push(
                &mut fields,
                format_args!(
                    "    pub {}: {},\n",
                    escape_keyword(&field_name),
                    field.rust_type
                ),
            );
            if let Some(inline) = inline_enumeration(property) {
                let mut documented = inline.clone();
                documented["description"] = self.property_text(wire_name, property).into();
                nested.push((inline_name, documented));
            }
        }
        if OPEN_STRUCTURES.contains(&name) {
            push_documentation(
                &mut fields,
                "    ",
                "Every other attribute: the protocol leaves them to the adapter.",
            );
            fields.push_str("    #[serde(flatten)]\n    pub other: Map<String, Value>,\n");
        }

        push_documentation(&mut self.types, "", &text_of(definition));
        let default = if has_default { "Default, " } else { "" };
        push(
            &mut self.types,
            format_args!("#[derive(Debug, Clone, {default}PartialEq, Serialize, Deserialize)]\n"),
        );
        if !properties.is_empty() {
            self.types
                .push_str("#[serde(rename_all = \"camelCase\")]\n");
        }
        let braces = if fields.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{\n{fields}}}")
        };
        push(
            &mut self.types,
            format_args!("pub struct {rust_name} {braces}\n\n"),
        );
        for (inline_name, property) in nested {
            self.enumeration(&inline_name, &property)?;
        }
        Ok(())
    }

    fn field(
        &self,
        inline_name: &str,
        property: &Value,
        is_required: bool,
    ) -> Result<Field, String> {
        let (rust_type, has_default) = self.rust_type(inline_name, property)?;
        Ok(if is_required {
            Field {
                rust_type,
                has_default,
                is_optional: false,
            }
        } else {
            Field {
                rust_type: format!("Option<{rust_type}>"),
                has_default: true,
                is_optional: true,
            }
        })
    }

    /// The Rust type of a property, and whether it has a default.
    fn rust_type(&self, inline_name: &str, property: &Value) -> Result<(String, bool), String> {
        if let Some(target) = reference(property) {
            return Ok((rust_name(target), self.has_default(target)?));
        }
        if property.get("oneOf").is_some() {
            return Ok(("Value".to_owned(), true));
        }
        if let Some(alternatives) = property["type"].as_array() {
            let mut alternatives: Vec<&str> =
                alternatives.iter().filter_map(Value::as_str).collect();
            alternatives.sort_unstable();
            return match alternatives.as_slice() {
                [
                    "array",
                    "boolean",
                    "integer",
                    "null",
                    "number",
                    "object",
                    "string",
                ] => Ok(("Value".to_owned(), true)),
                ["integer", "string"] => Ok(("IntegerOrString".to_owned(), false)),
                ["null", "string"] => Ok(("Option<String>".to_owned(), true)),
                other => Err(format!("cannot write a union of {other:?}")),
            };
        }
        match property["type"].as_str() {
            Some("string") if is_enumeration(property) => Ok((inline_name.to_owned(), false)),
            Some("string") => Ok(("String".to_owned(), true)),
            Some("integer") => Ok(("i64".to_owned(), true)),
            Some("number") => Ok(("f64".to_owned(), true)),
            Some("boolean") => Ok(("bool".to_owned(), true)),
            Some("array") => Ok((
                format!(
                    "Vec<{}>",
                    self.rust_type(inline_name, &property["items"])?.0
                ),
                true,
            )),
            Some("object") => match &property["additionalProperties"] {
                Value::Bool(true) => Ok(("Map<String, Value>".to_owned(), true)),
                values @ Value::Object(_) => Ok((
                    format!(
                        "BTreeMap<String, {}>",
                        self.rust_type(inline_name, values)?.0
                    ),
                    true,
                )),
                other => Err(format!(
                    "{inline_name}: cannot write an inline object with {other}"
                )),
            },
            other => Err(format!("{inline_name}: cannot write the type {other:?}")),
        }
    }

    fn enumeration(&mut self, name: &str, definition: &Value) -> Result<(), String> {
        let (values, is_open) = match (
            definition["enum"].as_array(),
            definition["_enum"].as_array(),
        ) {
            (Some(values), _) => (values, false),
            (None, Some(values)) => (values, true),
            (None, None) => return Err("a string definition without values".to_owned()),
        };
        push_documentation(&mut self.types, "", &text_of(definition));
        let copy = if is_open { "" } else { "Copy, " };
        push(
            &mut self.types,
            format_args!(
                "#[derive(Debug, Clone, {copy}PartialEq, Eq, Hash, Serialize, Deserialize)]\npub enum {name} {{\n"
            ),
        );
        for (index, value) in values.iter().filter_map(Value::as_str).enumerate() {
            let text = definition["enumDescriptions"][index]
                .as_str()
                .map_or_else(|| format!("`{value}`"), str::to_owned);
            push_documentation(&mut self.types, "    ", &text);
            push(
                &mut self.types,
                format_args!(
                    "    #[serde(rename = \"{value}\")]\n    {},\n",
                    pascal_case(value)
                ),
            );
        }
        if is_open {
            push_documentation(
                &mut self.types,
                "    ",
                "A value that the specification does not list; it allows others.",
            );
            self.types
                .push_str("    #[serde(untagged)]\n    Other(String),\n");
        }
        self.types.push_str("}\n\n");
        Ok(())
    }

    fn has_default(&self, target: &str) -> Result<bool, String> {
        let definition = self.resolve(target)?;
        let Some(properties) = definition["properties"].as_object() else {
            return Ok(definition["type"] == "object");
        };
        for wire_name in required_names(definition) {
            let Some(property) = properties.get(wire_name) else {
                return Err(format!(
                    "{target} requires {wire_name}, which it does not have"
                ));
            };
            if !self.rust_type(target, property)?.1 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn resolve(&self, target: &str) -> Result<&Value, String> {
        self.definitions
            .get(target)
            .ok_or_else(|| format!("there is no definition {target}"))
    }

    /// The text of a property, or of what it refers to.
    fn property_text(&self, wire_name: &str, property: &Value) -> String {
        let target = reference(property).or_else(|| reference(&property["items"]));
        let of_target =
            || target.and_then(|target| self.definitions.get(target)?["description"].as_str());
        match property["description"].as_str().or_else(of_target) {
            Some(text) => text.to_owned(),
            None => format!("`{wire_name}`"),
        }
    }

    fn finish(self) -> Vec<GeneratedFile> {
        let file = |path, text: String| GeneratedFile {
            path,
            text: format!("{}\n", text.trim_end()),
        };
        vec![
            file(
                "src/generated/types.rs",
                types_file(SCHEMA_PATH, &self.types),
            ),
            file(
                "src/generated/requests.rs",
                requests_file(SCHEMA_PATH, &self.requests),
            ),
            file(
                "src/generated/events.rs",
                events_file(SCHEMA_PATH, &self.events),
            ),
        ]
    }
}

/// The structured error text is called `Message` in the specification, as is everything that travels.
fn rust_name(name: &str) -> String {
    if name == "Message" {
        "ErrorMessage".to_owned()
    } else {
        name.to_owned()
    }
}
