//! The control socket of a session: what is said there in error, in excess, by others, and to sessions of other versions.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use support::conversation::{Conversation, framed};
use support::drivers::Driver;
use support::ports::{Machines, described, piped, project, session_directory, shell_command};
use support::{Project, end};
use test_support::TestClient;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

/// A session that stands with its machine up, and its directory.
async fn standing() -> (Project, TestClient, PathBuf) {
    let machines = Machines {
        names: &["machine"],
        misbehaviour: "",
    };
    let script = "machine.succeed('true')\nhere = 1  # @here\nmachine.succeed('true')\n";
    let project = project(&Driver::all().remove(0), machines, script);
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let directory = session_directory(&shell_command(&mut client, "machine").await);
    (project, client, directory)
}

#[tokio::test]
async fn bad_input_gets_an_error_and_harms_nobody() {
    let (_project, client, directory) = standing().await;
    let mode = fs::metadata(directory.join("control.sock")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);

    let mut conversation = Conversation::begin(&directory).await;
    let answer = conversation.asks("fly", json!({})).await;
    assert_eq!(
        (
            &answer["success"],
            &answer["request_seq"],
            &answer["body"]["error"]["format"]
        ),
        (
            &json!(false),
            &json!(7),
            &json!("the request 'fly' is not supported")
        )
    );
    for text in ["no JSON", "[1, 2]", "{\"type\":\"request\"}"] {
        conversation
            .says(&format!("Content-Length: {}\r\n\r\n{text}", text.len()))
            .await;
        let event = conversation.hears().await.unwrap();
        assert_eq!(event["event"], "malformed", "{event}");
        assert!(
            event["body"]["message"].as_str().unwrap().len() > 10,
            "{event}"
        );
    }
    let answer = conversation.asks("describe", json!(null)).await;
    assert_eq!(answer["body"]["state"], "stopped");
    let answer = conversation
        .asks("openShell", json!({ "machine": 3 }))
        .await;
    assert_eq!(answer["message"], "invalidArguments");
    assert_eq!(
        conversation.hears().await,
        None,
        "a failed shell ends its connection"
    );

    let mut conversation = Conversation::begin(&directory).await;
    conversation
        .says("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert_eq!(conversation.hears().await, None);
    let mut conversation = Conversation::begin(&directory).await;
    conversation
        .says("Content-Length: 99999999999999\r\n\r\n")
        .await;
    assert_eq!(conversation.hears().await, None);
    // Programs that say nothing are no trouble either.
    let silent = conversations(&directory, 20).await;
    assert_eq!(described(&directory).await["state"], "stopped");
    drop(silent);
    finish(client).await;
}

#[tokio::test]
async fn more_connections_than_a_session_attends_wait_for_others_to_leave() {
    let (_project, client, directory) = standing().await;
    let mut attended = conversations(&directory, 100).await;
    let waiting = UnixStream::connect(directory.join("control.sock"))
        .await
        .unwrap();
    assert_eq!(
        attended[0].asks("describe", json!(null)).await["success"],
        true
    );
    let greeted = tokio::time::timeout(Duration::from_millis(100), waiting.readable());
    assert!(greeted.await.is_err(), "nobody has left yet");
    attended.pop();
    waiting.readable().await.unwrap();
    drop(attended);
    assert_eq!(described(&directory).await["state"], "stopped");
    finish(client).await;
}

/// Sends as much of a text, again and again, as is taken; how many bytes that was. Nobody reads the answers.
async fn pours(stream: &UnixStream, text: &[u8], most: usize) -> usize {
    let mut sent = 0;
    while sent < most {
        let room = tokio::time::timeout(Duration::from_secs(1), stream.writable());
        if room.await.is_err() {
            return sent;
        }
        sent += stream
            .try_write(&text[sent % text.len()..])
            .unwrap_or_default();
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_and_does_not_read_has_to_wait() {
    const MUCH: usize = 50_000_000;
    let (_project, client, directory) = standing().await;
    let request = json!({ "seq": 1, "type": "request", "command": "describe" });
    let asks = framed(&request).repeat(1000);
    let nonsense = "Content-Length: 2\r\n\r\n[]".repeat(1000);
    for text in [asks, nonsense] {
        let mut conversation = Conversation::begin(&directory).await;
        let sent = pours(&conversation.stream, text.as_bytes(), MUCH).await;
        assert!(sent < MUCH, "everything was taken");
        assert!(conversation.hears().await.is_some());
    }
    assert_eq!(described(&directory).await["state"], "stopped");
    finish(client).await;
}

#[tokio::test]
async fn a_program_that_writes_more_than_the_machine_takes_is_told() {
    let (_project, client, directory) = standing().await;
    let mut conversation = Conversation::begin(&directory).await;
    conversation
        .asks("openShell", json!({ "machine": "machine" }))
        .await;
    // "exec sleep 600\n", and then bytes that nobody reads.
    let exec = json!({ "data": "ZXhlYyBzbGVlcCA2MDAK" });
    assert_eq!(conversation.asks("write", exec).await["success"], true);
    let piece = framed(&json!({
        "seq": 8,
        "type": "request",
        "command": "write",
        "arguments": { "data": "QUFB".repeat(100_000) },
    }));
    let refused = loop {
        conversation.says(&piece).await;
        let heard = tokio::time::timeout(Duration::from_millis(20), conversation.hears());
        match heard.await {
            Ok(answer) if answer.as_ref().unwrap()["success"] == false => break answer.unwrap(),
            _ => {}
        }
    };
    assert_eq!(
        refused["body"]["error"]["format"],
        "'write' is not possible now: the machine has not taken what was written before; wait for its answers"
    );
    drop(conversation);
    finish(client).await;
}

#[tokio::test]
async fn the_session_of_another_user_is_told_apart() {
    if !nix::unistd::getuid().is_root() {
        // Only root can be two.
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let listen = "import os, socket, sys\nos.setuid(65534)\ns = socket.socket(socket.AF_UNIX)\n\
                  s.bind('control.sock')\ns.listen()\nprint('listens', flush=True)\nsys.stdin.read()\n";
    let mut other = Command::new("python3")
        .args(["-c", listen])
        .current_dir(directory.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = other.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
    let output = piped(support::ports::shell(directory.path(), "machine"), "").await;
    assert_eq!(output.status.code(), Some(255));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "nixtest-dap: the session at {} belongs to another user, who alone can reach it\n",
            directory.path().display()
        )
    );
    drop(other.stdin.take());
    other.wait().unwrap();
}

async fn conversations(directory: &Path, count: usize) -> Vec<Conversation> {
    let mut conversations = Vec::new();
    for _ in 0..count {
        conversations.push(Conversation::begin(directory).await);
    }
    conversations
}

async fn finish(mut client: TestClient) {
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn bad_input_in_a_shell_gets_an_error_and_the_shell_stays() {
    let (_project, client, directory) = standing().await;
    let mut conversation = Conversation::begin(&directory).await;
    let opened = conversation
        .asks("openShell", json!({ "machine": "machine" }))
        .await;
    assert_eq!(
        (&opened["success"], &opened["body"]),
        (&json!(true), &json!({ "terminal": false }))
    );
    for (command, arguments) in [
        ("write", json!({ "data": "no base64!" })),
        ("write", json!({})),
        ("resize", json!({ "rows": 70000, "columns": 1 })),
        ("describe", json!({})),
    ] {
        let answer = conversation.asks(command, arguments).await;
        assert_eq!(answer["success"], false, "{answer}");
    }
    // "echo alive; exit 3\n"
    let data = json!({ "data": "ZWNobyBhbGl2ZTsgZXhpdCAzCg==" });
    let request = json!({ "seq": 8, "type": "request", "command": "write", "arguments": data });
    conversation.says(&framed(&request)).await;
    let mut heard = Vec::new();
    while let Some(message) = conversation.hears().await {
        heard.push(message);
    }
    let event = |name: &str| {
        let mut found = heard.iter().filter(|message| message["event"] == name);
        found.next().map(|message| message["body"].clone())
    };
    assert!(
        heard
            .iter()
            .any(|message| message["request_seq"] == 8 && message["success"] == true)
    );
    assert_eq!(event("output"), Some(json!({ "data": "YWxpdmUK" })));
    assert_eq!(event("exited"), Some(json!({ "status": 3 })));
    finish(client).await;
}

#[tokio::test]
async fn a_session_of_another_version_is_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let listener = tokio::net::UnixListener::bind(directory.path().join("control.sock")).unwrap();
    let hello = json!({ "type": "event", "seq": 1, "event": "hello", "body": { "protocol": 99, "session": "x" } });
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(framed(&hello).as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let output = piped(support::ports::shell(directory.path(), "machine"), "").await;
    assert_eq!(output.status.code(), Some(255));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        format!(
            "nixtest-dap: the session at {} speaks version 99 of the control protocol and this program version 1: use the program \
             that started the session\n",
            directory.path().display()
        )
    );
}
