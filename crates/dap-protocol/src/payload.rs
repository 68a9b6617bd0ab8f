//! What a message carries, as Rust types: the traits of requests and events, and the way between
//! typed payloads and the JSON of the envelope.
//!
//! Peers differ in how they write "nothing": no key, `null`, or `{}`. All three are read as an
//! empty structure or as `()`, whichever the type asks for. This module does not check what the
//! type does not say; ranges of numbers and unknown properties pass.

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Serialize, forward_to_deserialize_any};
use serde_json::Value;

/// A request: what is asked, and what is answered.
///
/// The requests of the protocol are in [`crate::requests`]. An adapter's own requests implement
/// the trait in the same way; their commands carry a prefix.
pub trait Request {
    /// The `arguments` of the request; `()` when it has none.
    type Arguments: Serialize + DeserializeOwned + Send + 'static;
    /// The `body` of the successful response; `()` when it has none.
    type Response: Serialize + DeserializeOwned + Send + 'static;
    /// The `command` on the wire.
    const COMMAND: &'static str;
}

/// An event: something that happened, which nobody answers.
///
/// The events of the protocol are in [`crate::events`]. An adapter's own events implement the
/// trait in the same way; their names carry a prefix.
pub trait Event {
    /// The `body` of the event; `()` when it has none.
    type Body: Serialize + DeserializeOwned + Send + 'static;
    /// The `event` on the wire.
    const EVENT: &'static str;
}

/// A payload that is not what its message says it is.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The message has another name than the type that was asked for.
    #[error("expected `{expected}`, but the message is `{found}`")]
    AnotherMessage {
        /// The command or event of the type.
        expected: &'static str,
        /// The command or event of the message.
        found: String,
    },
    /// The payload does not have the structure that the name calls for.
    #[error("the payload of `{name}` is not valid: {source}")]
    Payload {
        /// The command or event of the message.
        name: String,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The request failed, so there is no body to read.
    #[error(transparent)]
    Failed(#[from] crate::ErrorResponse),
}

/// Reads the payload of the message called `name`.
pub(crate) fn from_wire<T: DeserializeOwned>(
    name: &str,
    payload: Option<&Value>,
) -> Result<T, ParseError> {
    let payload = Lenient(payload.cloned().unwrap_or(Value::Null));
    T::deserialize(payload).map_err(|source| ParseError::Payload {
        name: name.to_owned(),
        source,
    })
}

/// Writes a payload; nothing at all for `()` and `None`.
pub(crate) fn to_wire<T: Serialize>(payload: &T) -> Result<Option<Value>, serde_json::Error> {
    Ok(match serde_json::to_value(payload)? {
        Value::Null => None,
        value => Some(value),
    })
}

/// The outermost value of a payload: `null` is an empty structure where a structure is wanted, and
/// anything is nothing where nothing is wanted.
struct Lenient(Value);

impl<'de> Deserializer<'de> for Lenient {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_map(visitor)
    }

    /// Structures with flattened fields ask for a map.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Null => {
                visitor.visit_map(MapDeserializer::new(std::iter::empty::<(&str, &str)>()))
            }
            value => value.deserialize_map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types;

    fn read<T: DeserializeOwned>(payload: Option<Value>) -> Result<T, String> {
        from_wire("test", payload.as_ref()).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_null_and_empty_arguments_are_the_same() {
        let empty = types::DisconnectArguments::default();
        assert_eq!(read(None), Ok(empty.clone()));
        assert_eq!(read(Some(Value::Null)), Ok(empty.clone()));
        assert_eq!(read(Some(json!({}))), Ok(empty));
    }

    #[test]
    fn structures_that_keep_unknown_fields_may_be_absent_too() {
        assert_eq!(read(None), Ok(types::AttachRequestArguments::default()));
    }

    #[test]
    fn nothing_can_be_read_from_anything() {
        assert_eq!(read(None), Ok(()));
        assert_eq!(read(Some(json!({"unexpected": 1}))), Ok(()));
    }

    #[test]
    fn a_body_that_may_be_missing_is_none_when_absent_and_checked_when_present() {
        assert_eq!(read::<Option<types::ReadMemoryResponse>>(None), Ok(None));
        assert!(read::<Option<types::ReadMemoryResponse>>(Some(json!({"address": 1}))).is_err());
    }

    #[test]
    fn the_error_names_the_message_and_the_field() {
        let error = read::<types::ContinueArguments>(None).unwrap_err();
        assert_eq!(
            error,
            "the payload of `test` is not valid: missing field `threadId`"
        );
    }
}
