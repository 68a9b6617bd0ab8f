//! Machines that can be entered, without QEMU: the testkit's fake, and beside it what a shell needs of QEMU and of a guest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use test_support::TestClient;

use super::Project;
use super::drivers::{Driver, Setup, program};

/// What the machines of a project are like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machines<'a> {
    pub names: &'a [&'a str],
    /// Words for `fake_ports.py`.
    pub misbehaviour: &'a str,
}

/// A project whose machines can be entered.
pub fn project(driver: &Driver, machines: Machines<'_>, script: &str) -> Project {
    let setup = Setup {
        machines: machines.names,
        ..Setup::default()
    };
    let project = driver.project_with(&setup, script);
    let store = project.store.as_ref().unwrap().path();
    let ports = store.join("fake_ports.py");
    fs::write(&ports, include_str!("fake_ports.py")).unwrap();
    let ports = ports.display();
    let guest = store.join("guest-functions");
    // What follows the program of the real one and its name.
    let setsid = format!("setsid() {{ python3 '{ports}' hand-over \"$STATE\" \"${{@:5}}\"; }}\n");
    let has_ports = i32::from(machines.misbehaviour.contains("portless"));
    let test = format!(
        "test() {{ case $2 in /sys/class/virtio-ports) return {has_ports};; esac; builtin test \"$@\"; }}\n"
    );
    fs::write(&guest, setsid + &test).unwrap();
    for name in machines.names {
        let start = store.join(format!("vms/bin/run-{name}-vm"));
        let fake = store.join(format!("fake-{name}.py"));
        fs::rename(&start, &fake).unwrap();
        let text = format!(
            "#!/bin/bash\nexport FAKE_VM_GUEST='{}' FAKE_PORTS='{}'\nexec 9> >(exec python3 '{ports}')\n\
             until [[ -S nixtest-qmp && -S ports.sock ]]; do sleep 0.01; done\nexec python3 '{}' \"$@\"\n",
            guest.display(),
            machines.misbehaviour,
            fake.display(),
        );
        program(&start, &text);
    }
    project
}

/// The program and arguments by which the session says that a machine is entered.
pub async fn shell_command(client: &mut TestClient, machine: &str) -> Command {
    let arguments = json!({ "machine": machine });
    let response = client
        .request_raw("nixtest/openShell", Some(arguments))
        .await;
    let body = response.body.unwrap_or_default();
    let words = body["command"]
        .as_array()
        .unwrap_or_else(|| panic!("{body}"));
    let mut words = words.iter().map(|word| word.as_str().unwrap());
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    command
}

/// The directory of a client's session, as it stands in the command that enters a machine.
pub fn session_directory(command: &Command) -> PathBuf {
    let mut words = command.get_args();
    words.find(|word| *word == "--session").unwrap();
    PathBuf::from(words.next().unwrap())
}

/// `nixtest-dap shell` for a machine of the session in a directory.
pub fn shell(directory: &Path, machine: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command
        .arg("shell")
        .arg("--session")
        .arg(directory)
        .arg(machine);
    command
}

/// Runs a command with something on its standard input, beside the conversation with the adapter.
pub async fn piped(mut command: Command, input: impl Into<Vec<u8>>) -> Output {
    let input = input.into();
    let run = move || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A shell may end before it has read everything.
        let feeding = std::thread::spawn(move || {
            let _ended_is_fine = std::io::Write::write_all(&mut stdin, &input);
        });
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        output
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// What `nixtest-dap sessions --json` says of the session in a directory; null when it does not know it.
pub async fn described(directory: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command.args(["sessions", "--json"]);
    let output = piped(command, "").await;
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sessions = listed["sessions"].as_array().unwrap().iter();
    let wanted = directory.to_str().unwrap();
    let mut found = sessions.filter(|session| session["directory"] == wanted);
    found.next().cloned().unwrap_or_default()
}
