//! The QMP client against a real QEMU, where there is one, and against things that are none.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "this is a test, outside of its functions too"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use machines::accelerator::find_qemu;
use machines::qmp::{Qmp, QmpError, Status};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};

const DEADLINE: Duration = Duration::from_secs(20);
const GREETING: &str =
    r#"{"QMP": {"version": {"qemu": {"micro": 2, "minor": 1, "major": 9}}, "capabilities": []}}"#;

/// A machine that has not started yet.
async fn machine(socket: &Path) -> Option<Child> {
    let Ok(qemu) = find_qemu() else {
        eprintln!("skipped: there is no QEMU on PATH");
        return None;
    };
    let child = Command::new(qemu)
        .args([
            "-S",
            "-nodefaults",
            "-display",
            "none",
            "-machine",
            "none",
            "-qmp",
        ])
        .arg(format!("unix:{},server=on,wait=off", socket.display()))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let appears = async {
        while UnixStream::connect(socket).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, appears).await.unwrap();
    Some(child)
}

fn socket() -> (TempDir, PathBuf) {
    let directory = TempDir::with_prefix("qmp-").unwrap();
    let socket = directory.path().join("s");
    (directory, socket)
}

/// Something that reads a line before each part of `script` but the first, and then hangs up or stays silent.
fn impostor(socket: &Path, script: Vec<String>, then_hangs_up: bool) {
    let listener = UnixListener::bind(socket).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for (index, part) in script.into_iter().enumerate() {
            let mut byte = 0;
            while index > 0 && byte != b'\n' {
                byte = stream.read_u8().await.unwrap();
            }
            // The client may have left.
            let _ = stream.write_all(part.as_bytes()).await;
        }
        if !then_hangs_up {
            std::future::pending::<()>().await;
        }
    });
}

async fn error_from(script: &[&str], then_hangs_up: bool) -> String {
    let (_directory, socket) = socket();
    impostor(
        &socket,
        script.iter().map(|&part| part.to_owned()).collect(),
        then_hangs_up,
    );
    // Only the end of what never answers is waited for.
    let deadline = match script {
        [""] => Duration::from_millis(300),
        _ => DEADLINE,
    };
    let error = match Qmp::connect(&socket, deadline).await {
        Ok(mut qmp) => qmp.query_status().await.unwrap_err(),
        Err(error) => error,
    };
    error
        .to_string()
        .replace(socket.to_str().unwrap(), "$SOCKET")
}

#[tokio::test]
async fn a_machine_is_asked_started_and_ended() {
    let (_directory, socket) = socket();
    let Some(mut child) = machine(&socket).await else {
        return;
    };
    let mut qmp = Qmp::connect(&socket, DEADLINE).await.unwrap();
    assert!(qmp.version().major >= 4, "{:?}", qmp.version());
    assert_eq!(
        qmp.query_status().await.unwrap(),
        Status {
            running: false,
            status: "prelaunch".into()
        }
    );
    qmp.execute("cont", None).await.unwrap();
    assert_eq!(
        qmp.query_status().await.unwrap(),
        Status {
            running: true,
            status: "running".into()
        }
    );
    let names: Vec<String> = qmp
        .take_events()
        .into_iter()
        .map(|event| event.name)
        .collect();
    assert_eq!(names, ["RESUME"]);
    qmp.execute("quit", None).await.unwrap();
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_refused_command_leaves_the_connection_usable() {
    let (_directory, socket) = socket();
    let Some(_child) = machine(&socket).await else {
        return;
    };
    let mut qmp = Qmp::connect(&socket, DEADLINE).await.unwrap();
    let Err(QmpError::Refused { command, class, .. }) =
        qmp.execute("dance", Some(json!({ "style": "ü" }))).await
    else {
        panic!("QEMU dances")
    };
    assert_eq!(
        (command.as_str(), class.as_str()),
        ("dance", "CommandNotFound")
    );
    assert!(!qmp.query_status().await.unwrap().running);
}

#[tokio::test]
async fn a_reply_that_nobody_waited_for_is_skipped() {
    let (_directory, socket) = socket();
    let parts = [
        GREETING,
        r#"{"return": {}, "id": 1}"#,
        r#"{"event": "STOP", "timestamp": {}}"#,
        // Only now the reply to the first question, in pieces with the event and the second reply.
        "{\"return\": {\"running\": true, \"status\": \"old\"}, \"id\": 2}\r\n\
         {\"event\": \"RESUME\", \"data\": {\"x\": 1}}\r\n\
         {\"return\": {\"running\": false, \"status\": \"new\"}, \"id\": 3}",
    ];
    impostor(
        &socket,
        parts.iter().map(|part| format!("{part}\r\n")).collect(),
        false,
    );
    let mut qmp = Qmp::connect(&socket, DEADLINE).await.unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(200), qmp.query_status()).await;
    assert!(dropped.is_err());
    assert_eq!(qmp.query_status().await.unwrap().status, "new");
    let events = qmp.take_events();
    assert_eq!(events[0].name, "STOP");
    assert_eq!(events[1].data, json!({ "x": 1 }));
    assert!(qmp.take_events().is_empty());
}

#[tokio::test]
async fn nobody_there_is_an_error() {
    let (_directory, socket) = socket();
    let error = Qmp::connect(&socket, DEADLINE)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("No such file or directory"), "{error}");
}

#[tokio::test]
async fn garbage_is_an_error_and_never_a_hang() {
    let greeting = format!("{GREETING}\n");
    assert_eq!(
        error_from(&["SSH-2.0-OpenSSH_9\r\n"], false).await,
        "what answers at $SOCKET is not QEMU's control socket: it says `SSH-2.0-OpenSSH_9`"
    );
    assert_eq!(
        error_from(&["{\"jsonrpc\": 2}\n"], false).await,
        "what answers at $SOCKET is not QEMU's control socket: it greets with `{\"jsonrpc\":2}`"
    );
    assert_eq!(
        error_from(&[""], false).await,
        "QEMU at $SOCKET did not answer within 0.3 s"
    );
    assert_eq!(
        error_from(&[], true).await,
        "no connection to QEMU at $SOCKET: unexpected end of file"
    );
    assert_eq!(
        error_from(&[&greeting, "{}\n"], false).await,
        "what answers at $SOCKET is not QEMU's control socket: it replies with `{}`"
    );
    assert_eq!(
        error_from(
            &[
                &greeting,
                "{\"return\": {}, \"id\": 1}\n",
                "{\"return\": 5, \"id\": 2}\n"
            ],
            false
        )
        .await,
        "what answers at $SOCKET is not QEMU's control socket: its status is unreadable: invalid type: integer `5`, \
         expected struct Status"
    );
    assert_eq!(
        error_from(
            &[
                &greeting,
                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n"
            ],
            false
        )
        .await,
        "QEMU refuses qmp_capabilities: no"
    );
}

#[tokio::test]
async fn a_line_without_end_is_given_up() {
    let error = error_from(&[&"x".repeat(17 << 20)], false).await;
    assert!(error.ends_with("its line does not end"), "{error}");
}
