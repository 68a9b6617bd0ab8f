//! Live sessions as other programs see them: `nixtest-dap sessions`, and the control socket behind it.

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
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::drivers::Driver;
use support::ports::{Machines, described, piped, project, session_directory, shell_command};
use support::{Project, end};
use test_support::TestClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// How long anything may take; no passing test waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

const TWO: Machines<'_> = Machines {
    names: &["machine", "other"],
    misbehaviour: "",
};

fn testkit() -> Driver {
    Driver::all().remove(0)
}

/// A session that stands at `@here` with one of its two machines up, and its directory.
async fn standing() -> (Project, TestClient, PathBuf) {
    let script = "machine.succeed('true')\nhere = 1  # @here\nmachine.succeed('cat $STATE/gate 2>/dev/null || true')\n";
    let project = project(&testkit(), TWO, script);
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let directory = session_directory(&shell_command(&mut client, "machine").await);
    (project, client, directory)
}

/// What programs are told of the session, without its age.
async fn described_without_age(directory: &Path) -> Value {
    let mut description = described(directory).await;
    if let Some(fields) = description.as_object_mut() {
        let age = fields.remove("ageSeconds").unwrap();
        assert!(age.as_u64().unwrap() < 3600, "{age}");
    }
    description
}

#[tokio::test]
async fn a_session_is_listed_as_it_stands_and_not_when_it_is_gone() {
    let (_project, mut client, directory) = standing().await;
    let id = directory.file_name().unwrap().to_str().unwrap();
    let machine = |name: &str, state: &str| json!({ "name": name, "kind": "vm", "state": state });
    let whole = |state: &str| {
        json!({
            "id": id,
            "test": "sample",
            "state": state,
            "directory": directory,
            "machines": [machine("machine", "up"), machine("other", "off")],
        })
    };
    assert_eq!(described_without_age(&directory).await, whole("stopped"));
    let made = client.evaluate("machine.succeed('mkfifo $STATE/gate')");
    made.await.unwrap();
    let machines = client.request_raw("nixtest/machines", None).await;
    let state = machines.body.unwrap()["machines"][0]["directory"].clone();
    client.continue_().await.unwrap();
    assert_eq!(described_without_age(&directory).await, whole("running"));

    let output = piped(program(&["sessions"]), "").await;
    let listed = String::from_utf8(output.stdout).unwrap();
    let row = listed.lines().find(|line| line.starts_with(id)).unwrap();
    let words: Vec<_> = row.split_whitespace().collect();
    assert_eq!(words[1..3], ["sample", "running"]);
    assert_eq!(words[5..9], ["machine", "(up),", "other", "(off)"]);

    fs::write(format!("{}/gate", state.as_str().unwrap()), "").unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert_eq!(described(&directory).await, Value::Null);
    end(client).await;
}

fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command.args(words);
    command
}

/// Live sessions whose test is the project's driver, because nothing more is known of them.
async fn preparing(project: &Project) -> Option<Value> {
    let output = piped(program(&["sessions", "--json"]), "").await;
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sessions = listed["sessions"].as_array().unwrap().iter();
    let driver = project.driver.to_str().unwrap();
    let mut found = sessions.filter(|session| session["test"] == driver);
    found.next().cloned()
}

#[tokio::test]
async fn a_session_is_listed_and_spared_while_it_is_prepared() {
    let mut project = Project::new("a = 1\n");
    // A driver that does not begin before the test says so.
    let gate = project.fixture.path("gate");
    nix::unistd::mkfifo(&gate, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let wrapper = project
        .fixture
        .text("driver/bin/nixos-test-driver")
        .to_owned();
    let waits = wrapper.replace("exec", &format!("cat '{}'\nexec", gate.display()));
    project
        .fixture
        .write("driver/bin/nixos-test-driver", &waits);
    let mut client = project.client();
    let launch = project.launch();
    client.initialize().await.unwrap();
    client.launch(launch).await.unwrap();
    let started = Instant::now();
    let session = loop {
        if let Some(session) = preparing(&project).await {
            break session;
        }
        assert!(started.elapsed() < DEADLINE, "never listed");
    };
    assert_eq!(
        (&session["state"], &session["machines"]),
        (&json!("preparing"), &json!([]))
    );
    let directory = PathBuf::from(session["directory"].as_str().unwrap());
    let refused = piped(support::ports::shell(&directory, "machine"), "").await;
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "nixtest-dap: there are no machines yet: the test is still being prepared\n"
    );
    fs::write(&gate, "").unwrap();
    client
        .request::<dap_protocol::requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn an_adapter_that_is_killed_leaves_nothing_to_list() {
    let project = Project::new("import time\nhere = 1  # @here\n");
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command.arg("dap").current_dir(project.fixture.directory());
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut launch = project.launch();
    launch["stopOnEntry"] = json!(true);
    for (seq, (name, arguments)) in [
        ("initialize", json!({ "adapterID": "nixtest" })),
        ("launch", launch),
        ("configurationDone", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let request =
            json!({ "seq": seq + 1, "type": "request", "command": name, "arguments": arguments });
        stdin.write_all(framed(&request).as_bytes()).await.unwrap();
    }
    let started = Instant::now();
    let session = loop {
        match preparing(&project).await {
            Some(session) if session["state"] == "stopped" => break session,
            _ => assert!(started.elapsed() < DEADLINE, "never stopped"),
        }
    };
    child.kill().await.unwrap();
    let directory = PathBuf::from(session["directory"].as_str().unwrap());
    assert_eq!(described(&directory).await, Value::Null);
    // What the next adapter does when it starts, once the reaper has let go of it.
    while directory.exists() {
        debuggee::clear_strays();
        assert!(started.elapsed() < DEADLINE, "it stays");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn framed(message: &Value) -> String {
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

/// A conversation with the control socket by hand.
struct Conversation {
    stream: UnixStream,
    unread: Vec<u8>,
}

impl Conversation {
    async fn begin(directory: &Path) -> Self {
        let stream = UnixStream::connect(directory.join("control.sock")).await;
        let mut conversation = Self {
            stream: stream.unwrap(),
            unread: Vec::new(),
        };
        let id = directory.file_name().unwrap().to_str().unwrap();
        let hello = json!({ "type": "event", "seq": 1, "event": "hello", "body": { "protocol": 1, "session": id } });
        assert_eq!(conversation.hears().await, Some(hello));
        conversation
    }

    async fn says(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    async fn asks(&mut self, command: &str, arguments: Value) -> Value {
        let request =
            json!({ "seq": 7, "type": "request", "command": command, "arguments": arguments });
        self.says(&framed(&request)).await;
        self.hears().await.unwrap()
    }

    /// The next message; nothing when the other side has closed.
    async fn hears(&mut self) -> Option<Value> {
        loop {
            let text = String::from_utf8_lossy(&self.unread).into_owned();
            if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                let length: usize = head
                    .strip_prefix("Content-Length: ")
                    .unwrap()
                    .parse()
                    .unwrap();
                if rest.len() >= length {
                    let message = serde_json::from_str(&rest[..length]).unwrap();
                    self.unread.drain(..head.len() + 4 + length);
                    return Some(message);
                }
            }
            let reading = self.stream.read_buf(&mut self.unread);
            let count = tokio::time::timeout(DEADLINE, reading).await.unwrap();
            if count.is_ok_and(|count| count == 0) {
                return None;
            }
        }
    }
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
    let described = conversation.asks("describe", json!(null)).await;
    assert_eq!(described["body"]["state"], "stopped");
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
    assert_eq!(described_without_age(&directory).await["state"], "stopped");
    drop(silent);
    finish(client).await;
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
