//! Each rule has a conversation that breaks it and is caught, and the clean ones are not.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

mod abilities;
mod announcements;
mod execution;
mod form;
mod order;

/// A conversation that is written down and watched.
struct Conversation {
    monitor: ProtocolMonitor,
    next_seq: [i64; 2],
    last_asked: Option<(Side, RequestMessage)>,
}

impl Conversation {
    fn new() -> Self {
        Self {
            monitor: ProtocolMonitor::new(),
            next_seq: [1, 1],
            last_asked: None,
        }
    }

    /// Up to the point where the debuggee runs.
    fn started() -> Self {
        Self::started_with("launch", json!({"supportsProgressReporting": true}))
    }

    fn started_with(how: &str, abilities: Value) -> Self {
        let mut conversation = Self::new();
        let mut arguments = json!({"adapterID": "nixtest"});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(abilities.as_object().unwrap().clone());
        conversation.ask("initialize", arguments);
        conversation.answer(json!({
            "supportsConfigurationDoneRequest": true, "supportsSingleThreadExecutionRequests": true
        }));
        conversation.happens("initialized", Value::Null);
        conversation.asks(how, json!({"attr": "anything"}), Value::Null);
        conversation.asks(
            "setBreakpoints",
            json!({"source": {"path": "/a.nix"}, "breakpoints": [{"line": 6}]}),
            json!({"breakpoints": [{"id": 1, "verified": true, "line": 6}]}),
        );
        conversation.asks("configurationDone", Value::Null, Value::Null);
        conversation
    }

    /// Up to a stop with a frame and variables: frame 10, variables 20 with 21 inside.
    fn stopped() -> Self {
        let mut conversation = Self::started();
        conversation.stops();
        conversation.looks_around();
        conversation
    }

    fn stops(&mut self) {
        let body = json!({"reason": "breakpoint", "threadId": 1, "allThreadsStopped": true, "hitBreakpointIds": [1]});
        self.happens("stopped", body);
    }

    fn looks_around(&mut self) {
        self.asks(
            "stackTrace",
            json!({"threadId": 1}),
            json!({"stackFrames": [
                {"id": 10, "name": "testScript", "line": 6, "column": 1}
            ]}),
        );
        self.asks(
            "scopes",
            json!({"frameId": 10}),
            json!({"scopes": [
                {"name": "Locals", "variablesReference": 20, "expensive": false}
            ]}),
        );
        self.asks(
            "variables",
            json!({"variablesReference": 20}),
            json!({"variables": [
                {"name": "machine", "value": "x", "variablesReference": 21},
                {"name": "n", "value": "1", "variablesReference": 0},
            ]}),
        );
    }

    fn say(&mut self, side: Side, mut message: Value) -> Message {
        let next = &mut self.next_seq[side as usize];
        message["seq"] = (*next).into();
        *next += 1;
        let message: Message = serde_json::from_value(message).unwrap();
        self.monitor.observe(side, &message);
        message
    }

    fn ask_as(&mut self, side: Side, command: &str, arguments: Value) -> RequestMessage {
        let message = self.say(
            side,
            json!({"type": "request", "command": command, "arguments": arguments}),
        );
        let Message::Request(request) = message else {
            panic!("a request is a request");
        };
        self.last_asked = Some((side, request.clone()));
        request
    }

    fn ask(&mut self, command: &str, arguments: Value) -> RequestMessage {
        self.ask_as(Side::Client, command, arguments)
    }

    /// Answers the last request.
    fn answer(&mut self, body: Value) {
        let (side, request) = self.last_asked.clone().unwrap();
        self.answer_to(side, &request, body);
    }

    fn answer_to(&mut self, asked: Side, request: &RequestMessage, body: Value) {
        let response =
            Message::Response(request.success(Some(body).filter(|body| !body.is_null())));
        self.say(asked.peer(), serde_json::to_value(response).unwrap());
    }

    fn refuse(&mut self, request: &RequestMessage) {
        let response = request.failure(&dap_protocol::ErrorResponse::new("no"));
        let response = Message::Response(response);
        self.say(Side::Adapter, serde_json::to_value(response).unwrap());
    }

    fn asks(&mut self, command: &str, arguments: Value, body: Value) {
        self.ask(command, arguments);
        self.answer(body);
    }

    fn happens(&mut self, event: &str, body: Value) {
        self.say(
            Side::Adapter,
            json!({"type": "event", "event": event, "body": body}),
        );
    }

    fn ends(&mut self) {
        self.happens("exited", json!({"exitCode": 0}));
        self.happens("terminated", Value::Null);
        self.asks("disconnect", json!({}), Value::Null);
    }

    fn check(self, expected: &Expect) {
        let violations = self.monitor.finish();
        expected.assert_eq(
            &violations
                .iter()
                .map(|it| format!("{it}\n"))
                .collect::<String>(),
        );
    }
}

fn nothing() -> Expect {
    expect![""]
}
