//! The test client against an adapter of a few lines, and what it does when something is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::path::Path;
use std::time::Duration;

use dap_protocol::types::{
    Breakpoint, Capabilities, ContinueResponse, ErrorMessage, EvaluateResponse, ExitedEvent,
    OutputEvent, RunInTerminalRequestArguments, Scope, ScopesResponse, SetBreakpointsResponse,
    StackFrame, StackTraceResponse, StoppedEvent, StoppedEventReason, TerminatedEvent, Variable,
    VariablesResponse,
};
use dap_protocol::{
    Connection, ErrorResponse, Incoming, Message, Outgoing, RequestMessage, events, requests,
};
use expect_test::expect;
use serde_json::json;
use test_support::TestClient;
use tokio::net::{TcpListener, UnixListener};

/// What the adapter of these tests does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    LaunchFails,
    NeverStops,
    EndsWithoutStop,
    VanishesAfterLaunch,
    AnswersTwice,
    NeverClosesTheConnection,
}

/// An adapter that stops on its first breakpoint and ends after it.
async fn adapt(connection: Connection, fault: Fault) {
    let Connection {
        mut incoming,
        mut outgoing,
    } = connection;
    while let Some(Incoming::Message(message)) = incoming.recv().await {
        let Message::Request(request) = message else {
            continue;
        };
        match request.command.as_str() {
            "launch" if fault == Fault::LaunchFails => {
                outgoing.respond_raw(&request, Err(failure("nothing to run")));
            }
            "launch" if fault == Fault::VanishesAfterLaunch => break,
            "configurationDone" if fault == Fault::NeverStops => {
                outgoing.respond_raw(&request, Ok(None));
            }
            "configurationDone" if fault == Fault::EndsWithoutStop => {
                outgoing.respond_raw(&request, Ok(None));
                outgoing.event::<events::Terminated>(&TerminatedEvent::default());
            }
            "threads" if fault == Fault::AnswersTwice => {
                outgoing.respond_raw(&request, Ok(Some(json!({"threads": []}))));
                outgoing.respond_raw(&request, Ok(Some(json!({"threads": []}))));
            }
            "disconnect" if fault != Fault::NeverClosesTheConnection => {
                outgoing.respond::<requests::Disconnect>(&request, Ok(()));
                break;
            }
            _ => answer(&request, &mut outgoing),
        }
    }
    if fault == Fault::NeverClosesTheConnection {
        std::future::pending::<()>().await;
    }
    outgoing.close().await.ok();
}

fn failure(text: &str) -> ErrorResponse {
    ErrorResponse::new("failed").with_error(ErrorMessage {
        id: 1,
        format: text.to_owned(),
        ..Default::default()
    })
}

fn answer(request: &RequestMessage, outgoing: &mut Outgoing) {
    match request.command.as_str() {
        "initialize" => {
            let capabilities = Capabilities {
                supports_configuration_done_request: Some(true),
                ..Default::default()
            };
            outgoing.respond::<requests::Initialize>(request, Ok(capabilities));
        }
        "launch" => {
            outgoing.respond::<requests::Launch>(request, Ok(()));
            outgoing.event::<events::Initialized>(&());
        }
        "setBreakpoints" => {
            let lines = request
                .parse::<requests::SetBreakpoints>()
                .unwrap()
                .lines
                .unwrap();
            let breakpoint = |(id, line)| Breakpoint {
                id: Some(id),
                verified: true,
                line: Some(line),
                ..Default::default()
            };
            let breakpoints = (1..).zip(lines).map(breakpoint).collect();
            outgoing.respond::<requests::SetBreakpoints>(
                request,
                Ok(SetBreakpointsResponse { breakpoints }),
            );
        }
        "configurationDone" => {
            outgoing.respond::<requests::ConfigurationDone>(request, Ok(()));
            outgoing.request::<requests::RunInTerminal>(&RunInTerminalRequestArguments {
                cwd: "/".to_owned(),
                args: vec!["true".to_owned()],
                ..Default::default()
            });
            print(outgoing, "before\n");
            outgoing.event::<events::Stopped>(&StoppedEvent {
                reason: StoppedEventReason::Breakpoint,
                description: None,
                thread_id: Some(1),
                preserve_focus_hint: None,
                text: None,
                all_threads_stopped: Some(true),
                hit_breakpoint_ids: Some(vec![1]),
            });
        }
        "stackTrace" => {
            let frame = StackFrame {
                id: 7,
                name: "testScript".to_owned(),
                line: 6,
                ..Default::default()
            };
            let stack = StackTraceResponse {
                stack_frames: vec![frame],
                total_frames: Some(1),
            };
            outgoing.respond::<requests::StackTrace>(request, Ok(stack));
        }
        "scopes" => {
            let scope = Scope {
                name: "Locals".to_owned(),
                variables_reference: 9,
                ..Default::default()
            };
            outgoing.respond::<requests::Scopes>(
                request,
                Ok(ScopesResponse {
                    scopes: vec![scope],
                }),
            );
        }
        "variables" => {
            let variable = Variable {
                name: "n".to_owned(),
                value: "1".to_owned(),
                ..Default::default()
            };
            let variables = vec![variable];
            outgoing.respond::<requests::Variables>(request, Ok(VariablesResponse { variables }));
        }
        "evaluate" => {
            let expression = request.parse::<requests::Evaluate>().unwrap().expression;
            let result = match expression.as_str() {
                "1 + 1" => Ok(EvaluateResponse {
                    result: "2".to_owned(),
                    ..Default::default()
                }),
                _ => Err(failure("that is beyond me")),
            };
            outgoing.respond::<requests::Evaluate>(request, result);
        }
        "continue" => {
            outgoing.respond::<requests::Continue>(request, Ok(ContinueResponse::default()));
            print(outgoing, "after\n");
            outgoing.event::<events::Exited>(&ExitedEvent { exit_code: 3 });
            outgoing.event::<events::Terminated>(&TerminatedEvent::default());
        }
        _ => outgoing.respond_raw(request, Err(failure("unknown request"))),
    }
}

fn print(outgoing: &mut Outgoing, text: &str) {
    outgoing.event::<events::Output>(&OutputEvent {
        output: text.to_owned(),
        ..Default::default()
    });
}

/// A client of an adapter with a fault; the adapter's task ends with the connection.
fn client(fault: Fault) -> TestClient {
    let (one, other) = Connection::memory();
    tokio::spawn(adapt(other, fault));
    TestClient::new(one)
        .in_directory(Path::new("/project"))
        .answering(|request| {
            assert_eq!(request.command, "runInTerminal");
            Ok(Some(json!({"processId": 4242})))
        })
}

const FILE: &str = "/project/hello.nix";

async fn converse(mut client: TestClient) -> TestClient {
    let set = client
        .start(json!({"attr": "hello"}), &[(Path::new(FILE), &[6])])
        .await
        .unwrap();
    assert_eq!(set[0].line, Some(6));
    let stopped = client.stopped().await;
    assert_eq!(stopped.hit_breakpoint_ids, Some(vec![1]));
    assert_eq!(client.stack().await[0].line, 6);
    assert_eq!(client.variables("Locals").await[0].value, "1");
    assert_eq!(client.evaluate("1 + 1").await.unwrap().result, "2");
    assert_eq!(
        client.evaluate("2 + 2").await.unwrap_err().text(),
        "that is beyond me"
    );
    client.continue_().await.unwrap();
    client.wait_for_output("after\n").await;
    assert_eq!(client.outputs(), "before\nafter\n");
    assert_eq!(client.terminated().await, Some(3));
    client.disconnect().await.unwrap();
    client
}

#[tokio::test]
async fn a_test_holds_only_breakpoints_and_checks() {
    converse(client(Fault::None)).await.finish().await;
}

#[tokio::test]
async fn tcp_and_unix_sockets_carry_a_session() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        adapt(
            Connection::over(listener.accept().await.unwrap().0),
            Fault::None,
        )
        .await;
    });
    let client = TestClient::connect_tcp(address).await;
    converse(client.answering(|_| Ok(Some(json!({})))))
        .await
        .finish()
        .await;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        adapt(
            Connection::over(listener.accept().await.unwrap().0),
            Fault::None,
        )
        .await;
    });
    let client = TestClient::connect_unix(&path).await;
    converse(client.answering(|_| Ok(Some(json!({})))))
        .await
        .finish()
        .await;
}

#[tokio::test]
async fn the_conversation_can_be_read() {
    let client = converse(client(Fault::None)).await;
    let text = client.transcript().render_where(
        Some(Path::new("/project")),
        |message| !matches!(message, Message::Request(request) if request.command == "initialize"),
    );
    client.finish().await;
    expect![[r#"
        < initialize
            supportsConfigurationDoneRequest: true
        > launch?
            attr: hello
        < launch
        < (initialized)
        > setBreakpoints?
            source: {name: hello.nix, path: $DIR/hello.nix}
            breakpoints: [{line: 6}]
            lines: [6]
            sourceModified: false
        < setBreakpoints
            breakpoints: [{id: #breakpoint1, verified: true, line: 6}]
        > configurationDone?
        < configurationDone
        < runInTerminal?
            cwd: /
            args: ["true"]
        > runInTerminal
            processId: $PID
        < (output)
            output: "before\n"
        < (stopped)
            reason: breakpoint
            threadId: 1
            allThreadsStopped: true
            hitBreakpointIds: [#breakpoint1]
        > stackTrace?
            threadId: 1
        < stackTrace
            stackFrames: [{id: #frame1, name: testScript, line: 6, column: 0}]
            totalFrames: 1
        > scopes?
            frameId: #frame1
        < scopes
            scopes: [{name: Locals, variablesReference: #variables1, expensive: false}]
        > variables?
            variablesReference: #variables1
        < variables
            variables: [{name: n, value: "1", variablesReference: 0}]
        > evaluate?
            expression: "1 + 1"
            frameId: #frame1
            context: repl
        < evaluate
            result: "2"
            variablesReference: 0
        > evaluate?
            expression: "2 + 2"
            frameId: #frame1
            context: repl
        < evaluate failed: failed
            error: {id: 1, format: "that is beyond me"}
        > continue?
            threadId: 1
        < continue
        < (output)
            output: "after\n"
        < (exited)
            exitCode: 3
        < (terminated)
        > disconnect?
        < disconnect
    "#]]
    .assert_eq(&text);
}

#[tokio::test]
async fn a_launch_that_fails_is_an_answer() {
    let mut client = client(Fault::LaunchFails);
    let error = client.start(json!({}), &[]).await.unwrap_err();
    assert_eq!(error.text(), "nothing to run");
    client.disconnect().await.unwrap();
    client.finish().await;
}

#[tokio::test]
async fn a_request_may_be_wrong_on_purpose() {
    let mut client = client(Fault::None);
    client.initialize().await.unwrap();
    let response = client.request_raw("no/such", Some(json!([1]))).await;
    assert_eq!(response.error().unwrap().text(), "unknown request");
    client.disconnect().await.unwrap();
    client.finish().await;
}

#[tokio::test]
async fn events_wait_until_somebody_waits_for_them() {
    let mut client = client(Fault::None);
    client
        .start(json!({}), &[(Path::new(FILE), &[6])])
        .await
        .unwrap();
    client.stopped().await;
    let output = client.wait_for(|event| event.event == "output").await;
    assert_eq!(output.body.unwrap()["output"], "before\n");
    client.disconnect().await.unwrap();
    client.finish().await;
}

/// Runs a test that should fail, and returns the first line of why it did.
async fn failure_of<F>(test: F) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let panic = tokio::spawn(test).await.unwrap_err().into_panic();
    let text = panic.downcast::<String>().unwrap();
    assert!(text.contains("the conversation:"), "{text}");
    text.split("\n\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn waiting_ends_at_the_deadline() {
    let failure = failure_of(async {
        let mut client = client(Fault::NeverStops).with_deadline(Duration::from_millis(200));
        client.start(json!({}), &[]).await.unwrap();
        client.stopped().await;
    });
    assert_eq!(failure.await, "waited 0.2 s for the event `stopped`");
}

#[tokio::test]
async fn waiting_ends_when_nothing_can_come_any_more() {
    let failure = failure_of(async {
        let mut client = client(Fault::EndsWithoutStop);
        client.start(json!({}), &[]).await.unwrap();
        client.stopped().await;
    });
    assert_eq!(failure.await, "the session ended without a stop");

    let failure = failure_of(async {
        let mut client = client(Fault::VanishesAfterLaunch);
        client.start(json!({}), &[]).await.unwrap();
    });
    assert_eq!(
        failure.await,
        "the connection ended before the event `initialized`"
    );
}

#[tokio::test]
async fn a_client_that_is_dropped_fails_its_test() {
    let failure = failure_of(async {
        let mut client = client(Fault::None);
        client.initialize().await.unwrap();
    });
    assert_eq!(failure.await, "the client was dropped without `finish()`");
}

#[tokio::test]
async fn violations_fail_the_test_at_the_end() {
    let failure = failure_of(async {
        let mut client = client(Fault::AnswersTwice);
        client.initialize().await.unwrap();
        client.request::<requests::Threads>(()).await.unwrap();
        client.disconnect().await.unwrap();
        client.finish().await;
    });
    assert_eq!(
        failure.await,
        "the conversation broke the rules:\n  \
         adapter #3 response to `threads`: request #2 was answered before"
    );
}

#[tokio::test]
async fn an_adapter_that_stays_after_the_end_fails_the_test() {
    let failure = failure_of(async {
        let mut client =
            client(Fault::NeverClosesTheConnection).with_deadline(Duration::from_millis(200));
        client.initialize().await.unwrap();
        client.finish().await;
    });
    assert_eq!(
        failure.await,
        "the adapter did not close the connection after the client had"
    );
}

#[tokio::test]
async fn a_process_is_talked_to_over_its_standard_streams() {
    let response = r#"{"type":"response","seq":1,"request_seq":1,"success":true,"command":"initialize","body":{}}"#;
    let script = format!(
        "read line; printf 'Content-Length: {}\\r\\n\\r\\n%s' '{response}'; cat >/dev/null; exit 7",
        response.len()
    );
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", &script]);
    let mut client = TestClient::spawn(command);
    client.initialize().await.unwrap();
    assert_eq!(client.finish_with_status().await.unwrap().code(), Some(7));
}
