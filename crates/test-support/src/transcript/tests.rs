//! What transcripts look like.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

fn transcript(messages: &[(Side, Value)]) -> Transcript {
    let mut transcript = Transcript::default();
    for (sender, message) in messages {
        transcript.record(*sender, serde_json::from_value(message.clone()).unwrap());
    }
    transcript
}

fn check(messages: &[(Side, Value)], expected: &Expect) {
    let directory = Path::new("/tmp/fixture-x1y2");
    expected.assert_eq(&transcript(messages).render(Some(directory)));
}

fn event(event: &str, body: &Value) -> (Side, Value) {
    (
        Side::Adapter,
        json!({"type": "event", "seq": 1, "event": event, "body": body}),
    )
}

fn request(command: &str, arguments: &Value) -> (Side, Value) {
    (
        Side::Client,
        json!({"type": "request", "seq": 1, "command": command, "arguments": arguments}),
    )
}

fn response(command: &str, body: &Value) -> (Side, Value) {
    (
        Side::Adapter,
        json!({"type": "response", "seq": 1, "request_seq": 1, "success": true, "command": command, "body": body}),
    )
}

#[test]
fn a_conversation_reads_like_prose() {
    check(
        &[
            request(
                "setBreakpoints",
                &json!({
                    "source": {"path": "/tmp/fixture-x1y2/hello.nix"}, "breakpoints": [{"line": 6}]
                }),
            ),
            response(
                "setBreakpoints",
                &json!({"breakpoints": [{"id": 17, "verified": true, "line": 6}]}),
            ),
            (
                Side::Client,
                json!({"type": "request", "seq": 2, "command": "threads"}),
            ),
            response(
                "threads",
                &json!({"threads": [{"id": 1, "name": "testScript"}]}),
            ),
            event(
                "stopped",
                &json!({"reason": "breakpoint", "threadId": 1, "hitBreakpointIds": [17]}),
            ),
            response(
                "stackTrace",
                &json!({"stackFrames": [
                {"id": 1000, "name": "helper", "line": 3, "column": 1, "source": {"path": "/tmp/fixture-x1y2/hello.nix"}},
                {"id": 1001, "name": "testScript", "line": 6, "column": 1},
            ], "totalFrames": 2}),
            ),
            request("scopes", &json!({"frameId": 1001})),
            (
                Side::Adapter,
                json!({
                    "type": "response", "seq": 9, "request_seq": 8, "success": false, "command": "scopes",
                    "message": "notStopped",
                    "body": {"error": {"id": 3, "format": "the script is running", "showUser": false}},
                }),
            ),
            (
                Side::Adapter,
                json!({"type": "event", "seq": 10, "event": "initialized"}),
            ),
        ],
        &expect![[r##"
            > setBreakpoints?
                source: {path: $DIR/hello.nix}
                breakpoints: [{line: 6}]
            < setBreakpoints
                breakpoints: [{id: #breakpoint1, verified: true, line: 6}]
            > threads?
            < threads
                threads: [{id: 1, name: testScript}]
            < (stopped)
                reason: breakpoint
                threadId: 1
                hitBreakpointIds: [#breakpoint1]
            < stackTrace
                stackFrames:
                    -
                        id: #frame1
                        name: helper
                        line: 3
                        column: 1
                        source: {path: $DIR/hello.nix}
                    - {id: #frame2, name: testScript, line: 6, column: 1}
                totalFrames: 2
            > scopes?
                frameId: #frame2
            < scopes failed: notStopped
                error: {id: 3, format: "the script is running", showUser: false}
            < (initialized)
        "##]],
    );
}

#[test]
fn what_differs_from_run_to_run_is_masked() {
    check(
        &[
            event(
                "output",
                &json!({"output": "booted in 3.21 seconds, then 12ms; session 3fa09b1c\n"}),
            ),
            event(
                "output",
                &json!({"output": "/nix/store/0c9bvsd1s5wlxg8y2qf3ryplk5wnvbk5-driver deadbeef 12345678\n"}),
            ),
            event(
                "process",
                &json!({"name": "driver", "systemProcessId": 4242}),
            ),
            event(
                "progressStart",
                &json!({"progressId": "build-77", "title": "building"}),
            ),
            event("progressEnd", &json!({"progressId": "build-77"})),
        ],
        &expect![[r##"
            < (output)
                output: "booted in $TIME, then $TIME; session $HEX\n"
            < (output)
                output: "/nix/store/$HASH-driver deadbeef 12345678\n"
            < (process)
                name: driver
                systemProcessId: $PID
            < (progressStart)
                progressId: #progress1
                title: building
            < (progressEnd)
                progressId: #progress1
        "##]],
    );
}

#[test]
fn references_are_named_in_the_order_of_the_whole_conversation() {
    let transcript = transcript(&[
        event("output", &json!({"output": "a", "variablesReference": 900})),
        event("output", &json!({"output": "b", "variablesReference": 0})),
        response(
            "evaluate",
            &json!({"result": "42", "variablesReference": 800}),
        ),
    ]);
    let text = transcript.render_where(None, |message| matches!(message, Message::Response(_)));
    expect![[r##"
        < evaluate
            result: "42"
            variablesReference: #variables2
    "##]]
    .assert_eq(&text);
}
