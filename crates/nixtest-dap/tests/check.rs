//! `nixtest-dap check` as a person runs it, on recordings of ours and of others, and `nixtest-dap dap --record`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use dap_protocol::Connection;
use expect_test::expect;
use serde_json::{Value, json};
use support::program::{Said, run};
use support::{Project, assert_nothing_stays};
use test_support::TestClient;

fn check(recording: &Path, words: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command.arg("check").args(words).arg(recording);
    run(command)
}

/// A recording with these lines, each "client" or "adapter" and the message.
fn recording(directory: &Path, messages: &[(&str, Value)]) -> std::path::PathBuf {
    let path = directory.join("recording.jsonl");
    let lines: String = messages
        .iter()
        .map(|(direction, message)| {
            format!("{}\n", json!({"direction": direction, "message": message}))
        })
        .collect();
    fs::write(&path, lines).unwrap();
    path
}

fn misspelt(directory: &Path) -> std::path::PathBuf {
    recording(
        directory,
        &[
            (
                "client",
                json!({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}}),
            ),
            (
                "adapter",
                json!({"seq": 1, "type": "response", "request_seq": 1, "success": true, "command": "initialize", "body": {"supportsTerminateDebuggee": true}}),
            ),
            (
                "adapter",
                json!({"seq": 3, "type": "event", "event": "stopped", "body": {"reason": "\u{1b}[m", "threadId": 1}}),
            ),
        ],
    )
}

#[test]
fn violations_are_listed_with_their_messages() {
    let directory = tempfile::tempdir().unwrap();
    let said = check(&misspelt(directory.path()), &[]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    expect![[r#"
        message 2 (line 2): warning of `unknown-property`: adapter #1 response to `initialize`: Unevaluated properties are not allowed ('supportsTerminateDebuggee' was unexpected) at `/body`
            {"seq":1,"type":"response","request_seq":1,"success":true,"command":"initialize","body":{"supportsTerminateDebuggee":true}}
        message 3 (line 3): warning of `open-value`: adapter #3 event `stopped`: '\u{1b}[m' is none of the values that the protocol names, at `/body/reason`
            {"seq":3,"type":"event","event":"stopped","body":{"reason":"\u001b[m","threadId":1}}
        message 3 (line 3): violation of `numbering`: adapter #3 event `stopped`: the number should be 2
            {"seq":3,"type":"event","event":"stopped","body":{"reason":"\u001b[m","threadId":1}}
        3 messages, 1 from the client and 2 from the adapter: 1 violation, 2 warnings
    "#]]
    .assert_eq(&said.stdout);
}

#[test]
fn programs_read_the_report_as_json() {
    let directory = tempfile::tempdir().unwrap();
    let said = check(&misspelt(directory.path()), &["--json"]);
    assert_eq!(said.code, Some(1));
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["messages"], 3);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2);
    expect![[r##"
        {"message":3,"line":3,"direction":"adapter","what":"#3 event `stopped`","rule":"numbering","text":"the number should be 2","excerpt":"{\"seq\":3,\"type\":\"event\",\"event\":\"stopped\",\"body\":{\"reason\":\"\\u001b[m\",\"threadId\":1}}"}"##]]
    .assert_eq(&report["violations"][0].to_string());
}

#[test]
fn what_is_no_recording_is_told_with_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letter");
    fs::write(&path, "\nDear editor,\n").unwrap();
    let said = check(&path, &[]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""));
    assert!(
        said.stderr.contains("line 2: no form of recording"),
        "{said:?}"
    );
    let said = check(&directory.path().join("nowhere"), &[]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("nowhere"), "{said:?}");
}

#[tokio::test]
async fn a_session_that_is_recorded_is_clean_and_private() {
    let project = Project::new("x = 1\ny = x + 1 # @stop\nz = y\n");
    let file = project.fixture.path("session.jsonl");
    // Whoever could read an older one cannot read this one.
    fs::write(&file, "old\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let mut adapter = tokio::process::Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
        .arg("dap")
        .arg("--record")
        .arg(&file)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let connection = Connection::new(
        adapter.stdout.take().unwrap(),
        adapter.stdin.take().unwrap(),
    );
    let mut client = TestClient::new(connection).in_directory(project.fixture.directory());
    project.start_in(&mut client, json!({}), &["stop"]).await;
    client.stopped().await;
    client.request_raw("surprise", None).await;
    client.disconnect().await.unwrap();
    client.finish().await;
    adapter.wait().await.unwrap();
    assert_nothing_stays(project.fixture.directory());

    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let said = check(&file, &[]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(
        said.stdout.ends_with(": 0 violations, 0 warnings\n"),
        "{}",
        said.stdout
    );
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with(r#"{"direction":"client","time":"#),
        "{text}"
    );
    assert!(text.contains(r#""command":"surprise""#));
}
