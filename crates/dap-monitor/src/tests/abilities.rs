//! What each side said it can do.

use expect_test::expect;
use serde_json::{Value, json};

use super::*;

#[test]
fn only_what_the_client_understands_is_sent() {
    let mut conversation = Conversation::started_with("launch", json!({}));
    conversation.happens("progressStart", json!({"progressId": "b", "title": "b"}));
    conversation.happens("progressEnd", json!({"progressId": "b"}));
    conversation.happens("invalidated", json!({"areas": ["variables"]}));
    conversation.happens(
        "memory",
        json!({"memoryReference": "m", "offset": 0, "count": 1}),
    );
    conversation.ask_as(
        Side::Adapter,
        "runInTerminal",
        json!({"cwd": "/", "args": ["sh"], "argsCanBeInterpretedByShell": true}),
    );
    conversation.answer(json!({}));
    conversation.ask_as(
        Side::Adapter,
        "startDebugging",
        json!({"configuration": {}, "request": "attach"}),
    );
    conversation.answer(Value::Null);
    conversation.check(&expect![[r#"
        adapter #6 event `progressStart`: the client did not say `supportsProgressReporting`
        adapter #7 event `progressEnd`: the client did not say `supportsProgressReporting`
        adapter #8 event `invalidated`: the client did not say `supportsInvalidatedEvent`
        adapter #9 event `memory`: the client did not say `supportsMemoryEvent`
        adapter #10 request `runInTerminal`: the client did not say `supportsRunInTerminalRequest`
        adapter #10 request `runInTerminal`: the client did not say `supportsArgsCanBeInterpretedByShell`
        adapter #11 request `startDebugging`: the client did not say `supportsStartDebuggingRequest`
    "#]]);
}

#[test]
fn what_the_client_does_not_show_deserves_a_look() {
    let mut conversation = Conversation::stopped();
    conversation.happens("output", json!({"output": "\u{1b}[31mred"}));
    conversation.asks(
        "variables",
        json!({"variablesReference": 20}),
        json!({"variables": [
            {"name": "a", "value": "1", "type": "int", "variablesReference": 0},
            {"name": "b", "value": "2", "type": "int", "variablesReference": 0},
        ]}),
    );
    conversation.check(&expect![[r#"
        adapter #10 event `output`: has control sequences, and the client did not say `supportsANSIStyling`
        adapter #11 response to `variables`: has `type`, and the client did not say `supportsVariableType`
    "#]]);
}

#[test]
fn only_what_the_adapter_advertises_is_asked_for() {
    let mut conversation = Conversation::stopped();
    conversation.asks(
        "setVariable",
        json!({"variablesReference": 20, "name": "n", "value": "2"}),
        json!({"value": "2"}),
    );
    conversation.asks(
        "setBreakpoints",
        json!({"source": {"path": "/a.nix"}, "breakpoints": [{"line": 6, "condition": ""}, {"line": 7, "logMessage": "x"}]}),
        json!({"breakpoints": []}),
    );
    conversation.happens(
        "capabilities",
        json!({"capabilities": {"supportsSetVariable": true}}),
    );
    conversation.asks(
        "setVariable",
        json!({"variablesReference": 20, "name": "n", "value": "2"}),
        json!({"value": "2"}),
    );
    conversation.asks(
        "evaluate",
        json!({"expression": "x", "context": "hover"}),
        json!({"result": "", "variablesReference": 0}),
    );
    conversation.check(&expect![[r#"
        client #8 request `setVariable`: the adapter does not advertise `supportsSetVariable`
        client #9 request `setBreakpoints`: the adapter does not advertise `supportsLogPoints`
        client #11 request `evaluate`: the adapter does not advertise `supportsEvaluateForHovers`
    "#]]);
}

#[test]
fn a_word_that_the_protocol_does_not_name_deserves_a_look() {
    let mut conversation = Conversation::stopped();
    conversation.asks(
        "evaluate",
        json!({"expression": "x", "context": "replay"}),
        json!({"result": "", "variablesReference": 0, "presentationHint": {"attributes": ["static", "loose"]}}),
    );
    assert!(
        conversation
            .monitor
            .findings()
            .iter()
            .all(|finding| !finding.rule.is_binding())
    );
    conversation.check(&expect![[r#"
        client #8 request `evaluate`: 'replay' is none of the values that the protocol names, at `/arguments/context`
        adapter #10 response to `evaluate`: 'loose' is none of the values that the protocol names, at `/body/presentationHint/attributes/1`
    "#]]);
}
