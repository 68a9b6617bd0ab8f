//! The habits of real clients: a session as each of six editors conducts it, and what single ones do differently from the rest.
//!
//! What they do in the terminal is in `terminal.rs`, how they leave in `ending.rs`, how they count in `breakpoints.rs`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use serde_json::{Value, json};
use support::editor::{Editor, replay, words};
use support::{Project, assert_nothing_stays};

const SCRIPT: &str = "\
def deep(depth):
    if depth:
        return deep(depth - 1)
    return [depth]  # @deep

x = 1
y = x + 1  # @stop
deep(30)
";

/// A whole session as an editor conducts it, from `initialize` to `disconnect`.
async fn conducts(fixture: &str) {
    let project = Project::new(SCRIPT);
    let directory = project.fixture.directory().to_owned();
    let mut editor = Editor::new();
    replay(&mut editor, fixture, &words(&project, &directory, "stop")).await;
    let exit_codes: Vec<Value> = editor
        .heard
        .iter()
        .filter(|heard| heard["event"] == "exited")
        .map(|exited| exited["body"]["exitCode"].clone())
        .collect();
    assert_eq!(exit_codes, [0]);
    assert_eq!(editor.leaves().await, [""; 0]);
    assert_nothing_stays(&directory);
}

#[tokio::test]
async fn a_session_of_vscode() {
    conducts(include_str!("fixtures/clients/vscode.jsonl")).await;
}

#[tokio::test]
async fn a_session_of_nvim_dap() {
    conducts(include_str!("fixtures/clients/nvim-dap.jsonl")).await;
}

#[tokio::test]
async fn a_session_of_dape() {
    conducts(include_str!("fixtures/clients/dape.jsonl")).await;
}

/// It begins to count at 0 and sends `null` for no arguments.
#[tokio::test]
async fn a_session_of_helix_25_01_which_has_neither_type_nor_name() {
    conducts(include_str!("fixtures/clients/helix-25.01.jsonl")).await;
}

#[tokio::test]
async fn a_session_of_helix_25_07_which_has_neither_type_nor_name() {
    conducts(include_str!("fixtures/clients/helix-25.07.jsonl")).await;
}

/// It says `path` under a key of its own, begins to count at 0, and wants all frames by `levels: 0`.
#[tokio::test]
async fn a_session_of_kate() {
    conducts(include_str!("fixtures/clients/kate.jsonl")).await;
}

/// A client that numbers its requests and writes the envelope.
struct Asking {
    editor: Editor,
    seq: i64,
}

impl Asking {
    /// Up to a stop at a line.
    async fn stopped(project: &Project, marker: &str) -> Self {
        let mut asking = Self::launched(project).await;
        asking.editor.event("initialized").await;
        let lines = json!({"source": {"path": project.test()}, "breakpoints": [{"line": project.line(marker)}]});
        asking.granted("setBreakpoints", lines).await;
        asking.granted("configurationDone", Value::Null).await;
        asking.editor.event("stopped").await;
        asking
    }

    async fn launched(project: &Project) -> Self {
        let mut asking = Self {
            editor: Editor::new(),
            seq: 0,
        };
        asking
            .granted("initialize", json!({"adapterID": "nixtest"}))
            .await;
        asking.granted("launch", project.launch()).await;
        asking
    }

    async fn asks(&mut self, command: &str, arguments: Value) -> Value {
        self.seq += 1;
        let message =
            json!({"seq": self.seq, "type": "request", "command": command, "arguments": arguments});
        self.editor.asks(&message).await
    }

    async fn granted(&mut self, command: &str, arguments: Value) -> Value {
        let response = self.asks(command, arguments).await;
        assert_eq!(response["success"], true, "{response}");
        response["body"].clone()
    }

    async fn leaves(mut self) {
        self.granted("disconnect", json!({})).await;
        assert_eq!(self.editor.leaves().await, [""; 0]);
    }
}

#[tokio::test]
async fn kate_wants_all_frames_by_levels_0() {
    let project = Project::new(SCRIPT);
    let mut kate = Asking::stopped(&project, "deep").await;
    let all = kate.granted("stackTrace", json!({"threadId": 1})).await;
    assert!(all["stackFrames"].as_array().unwrap().len() > 30);
    for levels in [json!(0), Value::Null] {
        let arguments = json!({"threadId": 1, "startFrame": 0, "levels": levels});
        assert_eq!(kate.granted("stackTrace", arguments).await, all);
    }
    kate.leaves().await;
}

#[tokio::test]
async fn no_arguments_may_be_left_out_null_or_empty() {
    let project = Project::new(SCRIPT);
    let mut client = Asking::stopped(&project, "stop").await;
    let threads = client.granted("threads", json!({})).await;
    assert_eq!(client.granted("threads", Value::Null).await, threads);
    client.seq += 1;
    // VS Code sends no key at all.
    let message = json!({"seq": client.seq, "type": "request", "command": "threads"});
    assert_eq!(client.editor.asks(&message).await["body"], threads);
    client.leaves().await;
}

/// nvim-dap warns after four seconds without it; evaluation and build may take minutes.
#[tokio::test]
async fn nvim_dap_has_its_answer_to_launch_before_the_work_begins() {
    let project = Project::new(SCRIPT);
    let mut client = Asking::launched(&project).await;
    client.editor.event("initialized").await;
    let names: Vec<&Value> = client
        .editor
        .heard
        .iter()
        .filter(|heard| heard["event"] != "output")
        .map(|heard| heard.get("command").or(heard.get("event")).unwrap())
        .collect();
    assert_eq!(names[..3], ["initialize", "launch", "initialized"]);
    client.leaves().await;
}

#[tokio::test]
async fn breakpoints_may_come_before_initialized() {
    let project = Project::new(SCRIPT);
    let mut client = Asking {
        editor: Editor::new(),
        seq: 0,
    };
    client
        .granted("initialize", json!({"adapterID": "nixtest"}))
        .await;
    let lines = json!({"source": {"path": project.test()}, "breakpoints": [{"line": project.line("stop")}]});
    let set = client.granted("setBreakpoints", lines).await;
    assert_eq!(set["breakpoints"][0]["verified"], false);
    client.granted("configurationDone", Value::Null).await;
    client.granted("launch", project.launch()).await;
    let stopped = client.editor.event("stopped").await;
    assert_eq!(stopped["body"]["reason"], "breakpoint");
    client.leaves().await;
}

/// The older form, which some clients send alone.
#[tokio::test]
async fn breakpoints_may_be_bare_lines_of_a_source_that_was_modified() {
    let project = Project::new(SCRIPT);
    let mut client = Asking::launched(&project).await;
    client.editor.event("initialized").await;
    let lines = json!({"source": {"path": project.test()}, "lines": [project.line("stop")], "sourceModified": true});
    client.granted("setBreakpoints", lines).await;
    client.granted("configurationDone", Value::Null).await;
    client.editor.event("stopped").await;
    let stack = client.granted("stackTrace", json!({"threadId": 1})).await;
    assert_eq!(stack["stackFrames"][0]["line"], project.line("stop"));
    client.leaves().await;
}

#[tokio::test]
async fn numbers_that_name_nothing_are_refused_one_by_one() {
    let project = Project::new(SCRIPT);
    let mut client = Asking::stopped(&project, "stop").await;
    let numbers = [
        json!(-1),
        json!(9_007_199_254_740_993_i64),
        json!(i64::MIN),
        json!(1e300),
        json!("1"),
    ];
    for number in numbers {
        for (command, name) in [
            ("stackTrace", "threadId"),
            ("scopes", "frameId"),
            ("variables", "variablesReference"),
            ("next", "threadId"),
            ("source", "sourceReference"),
        ] {
            let response = client.asks(command, json!({name: number})).await;
            assert_eq!(
                response["success"], false,
                "{command} {name}: {number} → {response}"
            );
        }
    }
    // It stands where it stood.
    let stack = client.granted("stackTrace", json!({"threadId": 1})).await;
    assert_eq!(stack["stackFrames"][0]["line"], project.line("stop"));
    client.leaves().await;
}

#[tokio::test]
async fn a_response_to_nothing_and_an_event_of_the_client_are_passed_over() {
    let project = Project::new(SCRIPT);
    let mut client = Asking::stopped(&project, "stop").await;
    for message in [
        json!({"seq": 90, "type": "response", "request_seq": 77, "success": true, "command": "runInTerminal"}),
        json!({"seq": 91, "type": "event", "event": "stopped", "body": {"reason": "pause"}}),
    ] {
        client.editor.says(&message).await;
    }
    client.granted("threads", Value::Null).await;
    client.leaves().await;
}
