//! The envelope: requests, responses and events as they travel.
//!
//! Payloads stay JSON here, and unknown commands stay text, so that nothing a peer sends is lost
//! or refused before somebody has looked at it. Numbering belongs to [`crate::Outgoing`], and
//! pairing a response with its request to whoever sent the request.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::payload::{self, Event, ParseError, Request};
use crate::types::ErrorMessage;

/// Anything that travels between a client and an adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Message {
    /// Something to be answered.
    Request(RequestMessage),
    /// An answer.
    Response(ResponseMessage),
    /// Something that happened.
    Event(EventMessage),
}

impl Message {
    /// The number of the message; 0 when the peer gave none.
    #[must_use]
    pub fn seq(&self) -> i64 {
        match self {
            Self::Request(request) => request.seq,
            Self::Response(response) => response.seq,
            Self::Event(event) => event.seq,
        }
    }

    /// Numbers the message.
    pub fn set_seq(&mut self, seq: i64) {
        match self {
            Self::Request(request) => request.seq = seq,
            Self::Response(response) => response.seq = seq,
            Self::Event(event) => event.seq = seq,
        }
    }
}

/// A request of either side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestMessage {
    /// The number of the message. Some clients begin at 0.
    #[serde(default)]
    pub seq: i64,
    /// What is asked for.
    pub command: String,
    /// The arguments; `null` on the wire is `None` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
}

impl RequestMessage {
    /// A request without a number.
    ///
    /// # Errors
    ///
    /// When the arguments have no JSON form, which structures of this crate always have.
    pub fn new<R: Request>(arguments: &R::Arguments) -> Result<Self, serde_json::Error> {
        Ok(Self {
            seq: 0,
            command: R::COMMAND.to_owned(),
            arguments: payload::to_wire(arguments)?,
        })
    }

    /// Whether the command is that of `R`.
    #[must_use]
    pub fn is<R: Request>(&self) -> bool {
        self.command == R::COMMAND
    }

    /// The arguments. Absent ones and `null` are read as an empty structure.
    ///
    /// # Errors
    ///
    /// When this is another request, or its arguments do not have the structure it calls for.
    pub fn parse<R: Request>(&self) -> Result<R::Arguments, ParseError> {
        expect_name(R::COMMAND, &self.command)?;
        payload::from_wire(&self.command, self.arguments.as_ref())
    }

    /// A successful response to this request, without a number.
    #[must_use]
    pub fn success(&self, body: Option<Value>) -> ResponseMessage {
        ResponseMessage {
            seq: 0,
            request_seq: self.seq,
            success: true,
            command: self.command.clone(),
            message: None,
            body,
        }
    }

    /// A response that says why this request failed, without a number.
    #[must_use]
    pub fn failure(&self, error: &ErrorResponse) -> ResponseMessage {
        ResponseMessage {
            seq: 0,
            request_seq: self.seq,
            success: false,
            command: self.command.clone(),
            message: Some(error.message.clone()),
            body: Some(error.body()),
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseMessage {
    /// The number of the message.
    #[serde(default)]
    pub seq: i64,
    /// The number of the request.
    pub request_seq: i64,
    /// Whether the request succeeded.
    pub success: bool,
    /// The command of the request.
    #[serde(default)]
    pub command: String,
    /// In short, why the request failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The result, or the error in detail; `null` on the wire is `None` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl ResponseMessage {
    /// The result of the request.
    ///
    /// # Errors
    ///
    /// [`ParseError::Failed`] when the request failed; the other errors when this answers another
    /// request, or its body does not have the structure the request calls for.
    pub fn parse<R: Request>(&self) -> Result<R::Response, ParseError> {
        // A peer that left the command out is understood: the caller knows what it asked.
        if !self.command.is_empty() {
            expect_name(R::COMMAND, &self.command)?;
        }
        if let Some(error) = self.error() {
            return Err(ParseError::Failed(error));
        }
        payload::from_wire(&self.command, self.body.as_ref())
    }

    /// Why the request failed, if it did.
    #[must_use]
    pub fn error(&self) -> Option<ErrorResponse> {
        if self.success {
            return None;
        }
        let error = self.body.as_ref().and_then(|body| body.get("error"));
        Some(ErrorResponse {
            message: self.message.clone().unwrap_or_default(),
            error: error.and_then(|error| Box::deserialize(error).ok()),
        })
    }
}

/// Something that happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventMessage {
    /// The number of the message.
    #[serde(default)]
    pub seq: i64,
    /// What happened.
    pub event: String,
    /// The details; `null` on the wire is `None` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl EventMessage {
    /// An event without a number.
    ///
    /// # Errors
    ///
    /// When the body has no JSON form, which structures of this crate always have.
    pub fn new<E: Event>(body: &E::Body) -> Result<Self, serde_json::Error> {
        Ok(Self {
            seq: 0,
            event: E::EVENT.to_owned(),
            body: payload::to_wire(body)?,
        })
    }

    /// Whether this is the event `E`.
    #[must_use]
    pub fn is<E: Event>(&self) -> bool {
        self.event == E::EVENT
    }

    /// The body. An absent one and `null` are read as an empty structure.
    ///
    /// # Errors
    ///
    /// When this is another event, or its body does not have the structure it calls for.
    pub fn parse<E: Event>(&self) -> Result<E::Body, ParseError> {
        expect_name(E::EVENT, &self.event)?;
        payload::from_wire(&self.event, self.body.as_ref())
    }
}

/// Why a request failed: a word for programs, and a text for people.
#[derive(Debug, Clone, Default, PartialEq, thiserror::Error)]
#[error("{}", self.text())]
pub struct ErrorResponse {
    /// The error in short form; clients compare it with [`Self::CANCELLED`] and
    /// [`Self::NOT_STOPPED`], and show it when there is nothing better.
    pub message: String,
    /// The text that clients show.
    pub error: Option<Box<ErrorMessage>>,
}

impl ErrorResponse {
    /// The `message` of a request that was cancelled.
    pub const CANCELLED: &'static str = "cancelled";
    /// The `message` of a request that can only be answered while the debuggee is stopped.
    pub const NOT_STOPPED: &'static str = "notStopped";

    /// A failure whose short form is all there is to say.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            error: None,
        }
    }

    /// Adds the text for people.
    #[must_use]
    pub fn with_error(self, error: ErrorMessage) -> Self {
        Self {
            error: Some(Box::new(error)),
            ..self
        }
    }

    /// The text for people: the structured error with its variables filled in, else the short form.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let Some(error) = &self.error else {
            return Cow::Borrowed(&self.message);
        };
        let mut text = error.format.clone();
        for (name, value) in error.variables.iter().flatten() {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        Cow::Owned(text)
    }

    /// The `body` of the response: always an object, as the schema demands.
    fn body(&self) -> Value {
        let mut body = serde_json::Map::new();
        if let Some(Ok(error)) = self.error.as_ref().map(serde_json::to_value) {
            body.insert("error".to_owned(), error);
        }
        Value::Object(body)
    }
}

fn expect_name(expected: &'static str, found: &str) -> Result<(), ParseError> {
    if found == expected {
        return Ok(());
    }
    Err(ParseError::AnotherMessage {
        expected,
        found: found.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{events, requests, types};

    fn read(text: &str) -> Message {
        serde_json::from_str(text).unwrap()
    }

    fn request(text: &str) -> RequestMessage {
        match read(text) {
            Message::Request(request) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_survives_the_way_there_and_back() {
        for text in [
            r#"{"type":"request","seq":1,"command":"next","arguments":{"threadId":1}}"#,
            r#"{"type":"request","seq":2,"command":"threads"}"#,
            r#"{"type":"response","seq":3,"request_seq":2,"success":true,"command":"threads","body":{"threads":[]}}"#,
            r#"{"type":"response","seq":4,"request_seq":9,"success":false,"command":"x","message":"cancelled","body":{}}"#,
            r#"{"type":"event","seq":5,"event":"initialized"}"#,
        ] {
            assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
        }
    }

    #[test]
    fn the_number_may_be_missing_or_zero() {
        assert_eq!(read(r#"{"type":"event","event":"e"}"#).seq(), 0);
        assert_eq!(read(r#"{"seq":0,"event":"e","type":"event"}"#).seq(), 0);
    }

    #[test]
    fn arguments_may_be_absent_null_or_an_object() {
        for arguments in ["", r#","arguments":null"#, r#","arguments":{}"#] {
            let text =
                format!(r#"{{"type":"request","seq":0,"command":"configurationDone"{arguments}}}"#);
            request(&text)
                .parse::<requests::ConfigurationDone>()
                .unwrap();
        }
    }

    #[test]
    fn an_unknown_command_keeps_its_name_and_arguments() {
        let request =
            request(r#"{"type":"request","seq":7,"command":"nope/nope","arguments":[1,2]}"#);
        assert_eq!(request.command, "nope/nope");
        assert_eq!(request.arguments, Some(json!([1, 2])));
    }

    #[test]
    fn launch_keeps_what_the_protocol_does_not_know() {
        let request = request(
            r#"{"type":"request","seq":1,"command":"launch","arguments":{"noDebug":true,"__restart":[1],"attr":"x","__sessionId":"y"}}"#,
        );
        let arguments = request.parse::<requests::Launch>().unwrap();
        assert_eq!(arguments.no_debug, Some(true));
        assert_eq!(arguments.restart, Some(json!([1])));
        assert_eq!(
            Value::Object(arguments.other),
            json!({"attr": "x", "__sessionId": "y"})
        );
    }

    #[test]
    fn open_enumerations_keep_unknown_values() {
        let event: EventMessage =
            serde_json::from_value(json!({"event": "stopped", "body": {"reason": "checkpoint"}}))
                .unwrap();
        let body = event.parse::<events::Stopped>().unwrap();
        assert_eq!(
            body.reason,
            types::StoppedEventReason::Other("checkpoint".to_owned())
        );
        let again = EventMessage::new::<events::Stopped>(&body).unwrap();
        assert_eq!(again.body, event.body);
    }

    #[test]
    fn a_payload_of_another_message_is_refused_by_name() {
        let request = request(r#"{"type":"request","seq":1,"command":"next"}"#);
        assert_eq!(
            request.parse::<requests::StepIn>().unwrap_err().to_string(),
            "expected `stepIn`, but the message is `next`"
        );
    }

    #[test]
    fn a_failure_carries_its_short_form_and_its_text() {
        let error = ErrorResponse::new("evaluation failed").with_error(types::ErrorMessage {
            id: 42,
            format: "{name} is not defined".to_owned(),
            variables: Some([("name".to_owned(), "machine".to_owned())].into()),
            ..Default::default()
        });
        let request = RequestMessage {
            seq: 3,
            command: "evaluate".to_owned(),
            arguments: None,
        };
        let response = request.failure(&error);
        assert_eq!(response.error().as_ref(), Some(&error));
        assert_eq!(error.to_string(), "machine is not defined");
        let parsed = response.parse::<requests::Evaluate>();
        assert!(matches!(parsed, Err(ParseError::Failed(failed)) if failed == error));
        assert_eq!(
            request.failure(&ErrorResponse::new("no")).body,
            Some(json!({}))
        );
    }

    #[test]
    fn a_response_without_a_body_is_read_as_empty() {
        let response = RequestMessage {
            seq: 1,
            command: "initialize".to_owned(),
            arguments: None,
        }
        .success(None);
        assert_eq!(
            response.parse::<requests::Initialize>().unwrap(),
            types::Capabilities::default()
        );
    }
}
