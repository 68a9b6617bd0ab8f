//! Live sessions as other programs see them: `nixtest-dap sessions`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::conversation::framed;
use support::drivers::Driver;
use support::ports::{Machines, described, piped, project, session_directory, shell_command};
use support::{Project, end};
use test_support::TestClient;
use tokio::io::AsyncWriteExt;

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
    let (project, mut client, directory) = standing().await;
    let id = directory.file_name().unwrap().to_str().unwrap();
    let machine = |name: &str, state: &str| json!({ "name": name, "kind": "vm", "state": state });
    let whole = |state: &str| {
        json!({
            "id": id,
            "test": "sample",
            "state": state,
            "directory": directory,
            "machines": [machine("machine", "up"), machine("other", "off")],
            "workingDirectory": project.fixture.directory(),
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
