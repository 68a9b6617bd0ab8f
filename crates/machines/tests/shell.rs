//! Shells over ports, with both QEMU and the guest played by the test: what is plugged in, what is said, how each end is told.
//!
//! The guest's half itself is tried in a guest, by the tests of the whole program.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use machines::shared_qmp::SharedQmp;
use machines::shell::{Answer, Loss, Ports, Shell, ShellError, ShellEvent, Terminal};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(20);

/// A QEMU with one client.
struct Machine {
    directory: TempDir,
    /// What was asked of it, each command with the port it is about.
    asked: mpsc::UnboundedReceiver<String>,
    /// The guest's end of each port, by the port's name, once it is plugged in.
    plugged: mpsc::UnboundedReceiver<(String, UnixStream)>,
    /// Lines to send as they are.
    events: mpsc::UnboundedSender<Value>,
    task: JoinHandle<()>,
}

impl Machine {
    /// It refuses the commands whose text holds one of `refused`.
    fn start(refused: &'static [&'static str]) -> Self {
        let directory = TempDir::with_prefix("shell-").unwrap();
        let listener = UnixListener::bind(directory.path().join("qmp")).unwrap();
        let (asked_sender, asked) = mpsc::unbounded_channel();
        let (plugged_sender, plugged) = mpsc::unbounded_channel();
        let (events, mut to_send) = mpsc::unbounded_channel::<Value>();
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (read, mut write) = stream.into_split();
            let version = json!({ "qemu": { "major": 9, "minor": 0, "micro": 0 } });
            let mut line = json!({ "QMP": { "version": version, "capabilities": [] } });
            let mut lines = BufReader::new(read).lines();
            let mut sockets = HashMap::new();
            loop {
                let text = format!("{line}\r\n");
                if write.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
                line = tokio::select! {
                    Some(event) = to_send.recv() => event,
                    Ok(Some(request)) = lines.next_line() => {
                        let request: Value = serde_json::from_str(&request).unwrap();
                        let command = request["execute"].as_str().unwrap();
                        let id = request["arguments"]["id"].as_str().unwrap_or_default();
                        let said = format!("{command} {id}").trim().to_owned();
                        let is_refused = refused.iter().any(|part| said.contains(part));
                        asked_sender.send(said).unwrap();
                        if is_refused {
                            let error = json!({ "class": "GenericError", "desc": "no room" });
                            json!({ "error": error, "id": request["id"] })
                        } else {
                            let arguments = &request["arguments"];
                            match command {
                                "chardev-add" => {
                                    let address = arguments.pointer("/backend/data/addr/data/path");
                                    let path = address.unwrap().as_str().unwrap();
                                    let socket = UnixStream::connect(path).await.unwrap();
                                    sockets.insert(id.to_owned(), socket);
                                }
                                "device_add" => {
                                    assert_eq!(arguments["driver"], "virtserialport");
                                    assert_eq!(arguments["chardev"], arguments["name"]);
                                    let socket = sockets.remove(id).unwrap();
                                    let _the_test_is_over = plugged_sender.send((id.to_owned(), socket));
                                }
                                _ => {}
                            }
                            json!({ "return": {}, "id": request["id"] })
                        }
                    }
                    else => return,
                };
            }
        });
        Self {
            directory,
            asked,
            plugged,
            events,
            task,
        }
    }

    fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn qmp(&self) -> SharedQmp {
        SharedQmp::connect(&self.directory().join("qmp"), DEADLINE)
    }

    fn event(&self, name: &str, data: Value) {
        let event = json!({ "event": name, "data": data, "timestamp": {} });
        self.events.send(event).unwrap();
    }

    fn asked(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }

    /// The guest's ends of the ports of a shell.
    async fn guest(&mut self) -> Guest {
        let mut next = async |name: &str| {
            let (plugged, stream) = self.plugged.recv().await.unwrap();
            assert_eq!(plugged, format!("s1-{name}"));
            stream
        };
        Guest {
            control: next("control").await,
            input: next("input").await,
            output: next("output").await,
        }
    }

    /// A shell that the guest has announced.
    async fn shell(&mut self, answer: &str) -> (Shell, Guest) {
        let mut ports = Ports::plug(&self.qmp(), self.directory(), "s1")
            .await
            .unwrap();
        let mut guest = self.guest().await;
        guest.say(answer).await;
        let answer = ports.answer().await.unwrap();
        (ports.into_shell(answer), guest)
    }
}

struct Guest {
    control: UnixStream,
    input: UnixStream,
    output: UnixStream,
}

impl Guest {
    async fn say(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.control.write_all(line.as_bytes()).await.unwrap();
    }

    async fn hears(&mut self) -> String {
        let mut line = String::new();
        let mut reader = BufReader::new(&mut self.control);
        reader.read_line(&mut line).await.unwrap();
        line
    }

    async fn put_out(&mut self, bytes: &[u8]) {
        self.output.write_all(bytes).await.unwrap();
    }

    async fn reads(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.input.read_exact(&mut bytes).await.unwrap();
        bytes
    }
}

/// The secret by which the guest's half marks the end: the fifth word from behind the program.
fn secret(command: &str) -> String {
    let (_, words) = command.rsplit_once("nixtest-shell ").unwrap();
    words.split(' ').nth(1).unwrap().to_owned()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

async fn output(shell: &mut Shell, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        match shell.next().await {
            ShellEvent::Output(piece) => bytes.extend(piece),
            other => panic!("{other:?}"),
        }
    }
    bytes
}

#[tokio::test]
async fn a_shell_is_plugged_in_used_and_taken_away() {
    let mut machine = Machine::start(&[]);
    let mut ports = Ports::plug(&machine.qmp(), machine.directory(), "s1")
        .await
        .unwrap();
    assert_eq!(
        machine.asked(),
        [
            "qmp_capabilities",
            "chardev-add s1-control",
            "device_add s1-control",
            "chardev-add s1-input",
            "device_add s1-input",
            "chardev-add s1-output",
            "device_add s1-output",
        ]
    );
    assert_eq!(
        files(machine.directory()),
        [machine.directory().join("qmp")]
    );
    let terminal = Terminal {
        rows: 24,
        columns: 80,
        name: "vt100".to_owned(),
    };
    let secret = secret(&ports.guest_command(Some(&terminal)));
    let mut guest = machine.guest().await;
    guest.say("ready terminal").await;
    let answer = ports.answer().await.unwrap();
    assert_eq!(answer, Answer::Terminal);
    let mut shell = ports.into_shell(answer);
    assert!(shell.has_terminal());

    guest.put_out(b"$ ").await;
    assert_eq!(output(&mut shell, 2).await, b"$ ");
    shell.write(b"exit 3\r");
    assert_eq!(shell.next().await, ShellEvent::InputTaken);
    assert_eq!(guest.reads(7).await, b"exit 3\r");
    shell.resize(33, 100);
    assert_eq!(guest.hears().await, "size 33 100\n");
    let end = format!("logout\r\n\x1b_nixtest-{secret} 3\x1b\\");
    guest.put_out(end.as_bytes()).await;
    assert_eq!(output(&mut shell, 8).await, b"logout\r\n");
    assert_eq!(shell.next().await, ShellEvent::Exited(3));

    shell.close().await;
    assert_eq!(
        machine.asked(),
        [
            "device_del s1-control",
            "chardev-remove s1-control",
            "device_del s1-input",
            "chardev-remove s1-input",
            "device_del s1-output",
            "chardev-remove s1-output",
        ]
    );
}

#[tokio::test]
async fn a_machine_that_stood_still_hears_the_last_size() {
    let mut machine = Machine::start(&[]);
    let (mut shell, mut guest) = machine.shell("ready terminal").await;
    // More than the port holds.
    for columns in 1..=60_000 {
        shell.resize(24, columns);
    }
    let heard = tokio::spawn(async move {
        let mut lines = BufReader::new(&mut guest.control).lines();
        let mut last = 0;
        while last != 60_000 {
            let line = lines.next_line().await.unwrap().unwrap();
            let columns = line.strip_prefix("size 24 ").unwrap().parse().unwrap();
            assert!(columns > last, "{columns} after {last}");
            last = columns;
        }
        guest.output.write_all(b"done").await.unwrap();
    });
    let output = tokio::time::timeout(DEADLINE, output(&mut shell, 4)).await;
    assert_eq!(output.unwrap(), b"done");
    heard.await.unwrap();
}

#[tokio::test]
async fn telnet_around_a_terminal_does_not_show() {
    let mut machine = Machine::start(&[]);
    let (mut shell, mut guest) = machine.shell("ready telnet").await;
    assert!(shell.has_terminal());
    guest.put_out(b"\xff\xfd\x01\xff\xfb\x03$ \xff\xff").await;
    assert_eq!(output(&mut shell, 3).await, b"$ \xff");
    shell.write(b"a\r\xff");
    assert_eq!(shell.next().await, ShellEvent::InputTaken);
    assert_eq!(guest.reads(5).await, b"a\r\0\xff\xff");
}

#[tokio::test]
async fn input_that_is_closed_ends_behind_what_was_written() {
    let mut machine = Machine::start(&[]);
    let (mut shell, mut guest) = machine.shell("ready lines").await;
    assert!(!shell.has_terminal());
    // More than fits into a socket.
    let big: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
    shell.write(&big);
    shell.close_input();
    let reading = tokio::spawn(async move {
        let mut bytes = Vec::new();
        guest.input.read_to_end(&mut bytes).await.unwrap();
        guest.put_out(b"done").await;
        (bytes, guest)
    });
    assert_eq!(shell.next().await, ShellEvent::InputTaken);
    assert_eq!(output(&mut shell, 4).await, b"done");
    let (bytes, _guest) = reading.await.unwrap();
    assert!(bytes == big, "{} bytes", bytes.len());
}

#[tokio::test]
async fn a_guest_that_cannot_says_why() {
    let mut machine = Machine::start(&[]);
    let mut ports = Ports::plug(&machine.qmp(), machine.directory(), "s1")
        .await
        .unwrap();
    machine
        .guest()
        .await
        .say("failed there is no terminal")
        .await;
    let error = ports.answer().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the guest says: failed there is no terminal"
    );
    machine.asked();
    ports.unplug().await;
    assert_eq!(machine.asked().len(), 6);
}

#[tokio::test]
async fn a_guest_that_never_answers_is_given_up() {
    let mut machine = Machine::start(&[]);
    let mut ports = Ports::plug(&machine.qmp(), machine.directory(), "s1")
        .await
        .unwrap();
    let _guest = machine.guest().await;
    tokio::time::pause();
    assert!(matches!(ports.answer().await, Err(ShellError::Silence)));
}

#[tokio::test]
async fn a_port_that_is_refused_takes_the_others_with_it() {
    let mut machine = Machine::start(&["device_add s1-output"]);
    let error = Ports::plug(&machine.qmp(), machine.directory(), "s1")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "QEMU refuses device_add: no room");
    let asked = machine.asked();
    let removed: Vec<_> = asked
        .iter()
        .filter_map(|asked| asked.strip_prefix("chardev-remove "))
        .collect();
    assert_eq!(removed, ["s1-output", "s1-control", "s1-input"]);
    assert_eq!(
        files(machine.directory()),
        [machine.directory().join("qmp")]
    );
}

#[tokio::test]
async fn the_end_of_a_machine_is_told_in_its_kind() {
    let left = json!({ "id": "s1-control", "open": false });
    for (name, reason, loss) in [
        ("SHUTDOWN", "guest-shutdown", Loss::SwitchedOff),
        ("SHUTDOWN", "guest-reset", Loss::Rebooted),
        ("RESET", "guest-reset", Loss::Rebooted),
        ("SHUTDOWN", "guest-panic", Loss::Panicked),
        ("SHUTDOWN", "host-qmp-quit", Loss::Ended),
    ] {
        let mut machine = Machine::start(&[]);
        let (mut shell, mut guest) = machine.shell("ready terminal").await;
        guest.put_out(b"last words").await;
        machine.event("VSERPORT_CHANGE", left.clone());
        machine.event(name, json!({ "guest": true, "reason": reason }));
        assert_eq!(output(&mut shell, 10).await, b"last words");
        assert_eq!(
            shell.next().await,
            ShellEvent::Lost(loss),
            "{name} {reason}"
        );
    }
}

#[tokio::test]
async fn a_qemu_that_is_killed_has_ended() {
    let mut machine = Machine::start(&[]);
    let (mut shell, guest) = machine.shell("ready terminal").await;
    machine.task.abort();
    drop(guest);
    assert_eq!(shell.next().await, ShellEvent::Lost(Loss::Ended));
}

#[tokio::test]
async fn a_shell_that_is_killed_in_a_living_machine_is_told() {
    let mut machine = Machine::start(&[]);
    let (mut shell, _guest) = machine.shell("ready terminal").await;
    let other = json!({ "id": "s2-control", "open": false });
    machine.event("VSERPORT_CHANGE", other);
    machine.event("VSERPORT_CHANGE", json!({ "id": "s1-input", "open": true }));
    machine.event(
        "VSERPORT_CHANGE",
        json!({ "id": "s1-input", "open": false }),
    );
    tokio::time::pause();
    assert_eq!(shell.next().await, ShellEvent::Lost(Loss::Killed));
}

#[tokio::test]
async fn one_connection_serves_many_and_a_missing_one_is_told() {
    let mut machine = Machine::start(&["refuse"]);
    let qmp = machine.qmp();
    let other = qmp.clone();
    let (one, two) = tokio::join!(qmp.execute("one", None), other.execute("two", None));
    assert_eq!((one.unwrap(), two.unwrap()), (json!({}), json!({})));
    let refused = qmp.execute("refuse", None).await.unwrap_err();
    assert_eq!(refused.to_string(), "QEMU refuses refuse: no room");
    let mut events = qmp.events().await.unwrap();
    machine.event("STOP", Value::Null);
    assert_eq!(events.recv().await.unwrap().name, "STOP");
    assert_eq!(
        machine.asked(),
        ["qmp_capabilities", "one", "two", "refuse"]
    );

    let nowhere = SharedQmp::connect(&machine.directory().join("nowhere"), DEADLINE);
    let error = nowhere.execute("one", None).await.unwrap_err();
    assert!(
        error.to_string().starts_with("no connection to QEMU at"),
        "{error}"
    );
    let error = nowhere.execute("one", None).await.unwrap_err();
    assert!(
        error.to_string().starts_with("no connection to QEMU at"),
        "{error}"
    );
    assert!(nowhere.is_closed());
}
