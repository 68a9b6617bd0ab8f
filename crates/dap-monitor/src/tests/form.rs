//! The form of messages.

use expect_test::expect;
use serde_json::{Value, json};

use super::*;

#[test]
fn a_whole_session_is_clean() {
    let mut conversation = Conversation::stopped();
    conversation.asks(
        "variables",
        json!({"variablesReference": 21}),
        json!({"variables": []}),
    );
    conversation.asks(
        "evaluate",
        json!({"expression": "1+1", "frameId": 10, "context": "repl"}),
        json!({"result": "2", "variablesReference": 0}),
    );
    conversation.asks("next", json!({"threadId": 1}), Value::Null);
    conversation.happens(
        "stopped",
        json!({"reason": "step", "threadId": 1, "allThreadsStopped": true}),
    );
    // The same numbers may be handed out again.
    conversation.looks_around();
    conversation.happens(
        "progressStart",
        json!({"progressId": "p", "title": "waiting", "percentage": 0}),
    );
    conversation.happens(
        "progressUpdate",
        json!({"progressId": "p", "percentage": 50.5}),
    );
    conversation.happens("progressEnd", json!({"progressId": "p"}));
    conversation.happens(
        "breakpoint",
        json!({"reason": "changed", "breakpoint": {"id": 1, "verified": true, "line": 7}}),
    );
    conversation.happens(
        "nixtest/failed",
        json!({"kind": "script", "message": "the script failed", "details": "…"}),
    );
    conversation.asks(
        "continue",
        json!({"threadId": 1}),
        json!({"allThreadsContinued": true}),
    );
    conversation.ends();
    conversation.check(&nothing());
}

#[test]
fn an_unknown_request_may_be_asked_but_not_granted() {
    let mut conversation = Conversation::started();
    let request = conversation.ask("vendor/thing", json!({"any": 1}));
    conversation.refuse(&request);
    conversation.check(&nothing());

    let mut conversation = Conversation::started();
    conversation.asks("vendor/thing", json!({"any": 1}), Value::Null);
    conversation.check(&expect![[r#"
        adapter #6 response to `vendor/thing`: is not in the protocol, nor among our own messages
    "#]]);
}

#[test]
fn unknown_events_are_caught() {
    let mut conversation = Conversation::started();
    conversation.happens("nixtest/surprise", json!({}));
    conversation.check(&expect![[r#"
        adapter #6 event `nixtest/surprise`: is not in the protocol, nor among our own messages
    "#]]);
}

#[test]
fn misspelt_and_missing_and_mistyped_properties_are_caught() {
    let mut conversation = Conversation::new();
    conversation.ask("initialize", json!({"adapterID": "nixtest"}));
    conversation.answer(json!({"supportsTerminateDebuggee": true}));
    conversation.happens("output", json!({"category": "console"}));
    conversation.happens("output", json!({"output": "x", "group": "middle"}));
    conversation.happens(
        "output",
        json!({"output": "x", "category": "any word", "source": {"pfad": "/"}}),
    );
    conversation.happens("nixtest/failed", json!({"kind": "mood", "message": "x"}));
    conversation.happens("initialized", json!({"when": "now"}));
    conversation.asks(
        "threads",
        json!({"all": true}),
        json!({"threads": [{"id": 1, "nam": "x"}]}),
    );
    conversation.asks(
        "next",
        json!({"threadId": 1, "granularity": "line", "fast": true}),
        json!({"now": 1}),
    );
    conversation.check(&expect![[r#"
        adapter #1 response to `initialize`: Unevaluated properties are not allowed ('supportsTerminateDebuggee' was unexpected) at `/body`
        adapter #2 event `output`: "output" is a required property at `/body`
        adapter #3 event `output`: "middle" is not one of "start", "startCollapsed" or "end" at `/body/group`
        adapter #4 event `output`: Unevaluated properties are not allowed ('pfad' was unexpected) at `/body/source`
        adapter #4 event `output`: 'any word' is none of the values that the protocol names, at `/body/category`
        adapter #5 event `nixtest/failed`: "mood" is not one of "evaluation", "build" or 3 other candidates at `/body/kind`
        adapter #6 event `initialized`: {"when":"now"} has more than 0 properties at `/body`
        client #2 request `threads`: {"all":true} has more than 0 properties at `/arguments`
        adapter #7 response to `threads`: "name" is a required property at `/body/threads/0`
        client #3 request `next`: Unevaluated properties are not allowed ('fast' was unexpected) at `/arguments`
        client #3 request `next`: the adapter does not advertise `supportsSteppingGranularity`
        adapter #8 response to `next`: {"now":1} has more than 0 properties at `/body`
    "#]]);
}

#[test]
fn what_the_protocol_leaves_open_stays_open() {
    let mut conversation = Conversation::started();
    conversation.asks(
        "restart",
        json!({"arguments": {"attr": "x", "noDebug": true}}),
        Value::Null,
    );
    conversation.happens(
        "output",
        json!({"output": "x", "category": "any word", "data": {"any": 1}}),
    );
    let mut body = json!({"reason": "checkpoint", "threadId": 1});
    conversation.happens("stopped", body.take());
    conversation.check(&expect![[r#"
        client #5 request `restart`: the adapter does not advertise `supportsRestartRequest`
        adapter #7 event `output`: 'any word' is none of the values that the protocol names, at `/body/category`
        adapter #8 event `stopped`: 'checkpoint' is none of the values that the protocol names, at `/body/reason`
    "#]]);
}

#[test]
fn a_failure_has_the_form_of_a_failure() {
    let mut conversation = Conversation::started();
    for body in [
        json!({}),
        json!({"error": {"id": 1, "format": "x", "showUser": false}}),
    ] {
        let request = conversation.ask("next", json!({"threadId": 1}));
        conversation.say(Side::Adapter, json!({
            "type": "response", "request_seq": request.seq, "success": false, "command": "next", "body": body
        }));
    }
    for body in [
        Value::Null,
        json!({"error": {"id": 1}}),
        json!({"reason": "x"}),
    ] {
        let request = conversation.ask("next", json!({"threadId": 1}));
        conversation.say(Side::Adapter, json!({
            "type": "response", "request_seq": request.seq, "success": false, "command": "next", "body": body
        }));
    }
    conversation.check(&expect![[r#"
        adapter #8 response to `next`: "body" is a required property
        adapter #9 response to `next`: "format" is a required property at `/body/error`
        adapter #10 response to `next`: Unevaluated properties are not allowed ('reason' was unexpected) at `/body`
    "#]]);
}

#[test]
fn every_definition_of_the_protocol_has_a_validator() {
    // Making one shows that its references lead somewhere.
    let names = dap_protocol::requests::FROM_CLIENT.iter();
    for command in names.chain(&dap_protocol::requests::FROM_ADAPTER) {
        let request =
            json!({"type": "request", "seq": 1, "command": command, "arguments": {"no such": 1}});
        let request: Message = serde_json::from_value(request).unwrap();
        let is_open = ["launch", "attach"].contains(command);
        assert_eq!(form_of(&request).is_empty(), is_open, "{command}");
    }
    for event in dap_protocol::events::FROM_ADAPTER {
        let event = json!({"type": "event", "seq": 1, "event": event, "body": {"no such": 1}});
        let event: Message = serde_json::from_value(event).unwrap();
        assert!(!form_of(&event).is_empty(), "{event:?}");
    }
}

fn form_of(message: &Message) -> Vec<(Rule, String)> {
    let json = serde_json::to_value(message).unwrap();
    schema::check(Side::Adapter, message, &json, None)
}
