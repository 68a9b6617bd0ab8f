//! What the tests of the whole adapter share: projects with a test script, and clients of an adapter in this process.
//!
//! The driver is the testkit's own, without machines, so that neither Nix nor QEMU is needed; the agent, the reaper and the
//! adapter are the real ones.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses a part of it, and a test that cannot go on should stop"
)]

pub mod attached;
pub mod chance;
pub mod conversation;
pub mod drivers;
pub mod editor;
pub mod places;
pub mod ports;
pub mod program;
pub mod pty;
pub mod python;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use dap_protocol::Connection;
use dap_server::Environment;
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::{Fixture, TestClient};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// The file of a project that holds the test.
pub const TEST: &str = "test.nix";

/// The root of the checkout.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// How the adapter reaches the reaper: the program under test.
pub fn environment() -> Environment {
    Environment {
        reaper: vec![
            OsString::from(env!("CARGO_BIN_EXE_nixtest-dap")),
            OsString::from("reap"),
        ],
        shell: vec![
            OsString::from(env!("CARGO_BIN_EXE_nixtest-dap")),
            OsString::from("shell"),
        ],
        session: None,
        before_detaching: || {},
        let_go: || {},
    }
}

/// A project with one test, and a driver that runs its script.
pub struct Project {
    pub fixture: Fixture,
    /// The output of the driver.
    pub driver: PathBuf,
    /// Removed with the project.
    pub store: Option<TempDir>,
}

impl Project {
    /// A project whose `test.nix` holds `script` as an indented string, without escapes or interpolations.
    pub fn new(script: &str) -> Self {
        Self::named("fixture", script)
    }

    /// As [`Project::new`], in a directory whose name begins with `place`.
    pub fn named(place: &str, script: &str) -> Self {
        assert!(
            !script.contains("''") && !script.contains("${"),
            "the script needs no escapes"
        );
        let indented: String = script
            .lines()
            .map(|line| {
                if line.is_empty() {
                    "\n".to_owned()
                } else {
                    format!("    {line}\n")
                }
            })
            .collect();
        let nix = format!(
            "{{\n  name = \"sample\";\n  nodes = {{ }};\n  testScript = ''\n{indented}  '';\n}} # @outside\n"
        );
        Self::with_files(Fixture::named(
            place,
            &[(TEST, &nix), ("script.py", script)],
        ))
    }

    /// A project whose `test.nix` is given, with the script that Nix would make of it.
    pub fn with_nix(nix: &str, script: &str) -> Self {
        Self::with_files(Fixture::new(&[(TEST, nix), ("script.py", script)]))
    }

    fn with_files(mut fixture: Fixture) -> Self {
        let configuration = json!({
            "vms": {},
            "containers": {},
            "vlans": [],
            "global_timeout": 600,
            "enable_ssh_backdoor": false,
            "test_script": fixture.path("script.py"),
        });
        fixture.write("configuration.json", &configuration.to_string());
        let driver = repository().join("nix/testkit/driver/nixos-test-driver");
        let wrapper = format!(
            "#!/bin/bash\nexec python3 '{}' --config '{}' --log-level info \"$@\"\n",
            driver.display(),
            fixture.path("configuration.json").display(),
        );
        fixture.write("driver/bin/nixos-test-driver", &wrapper);
        let program = fixture.path("driver/bin/nixos-test-driver");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        Self {
            driver: fixture.path("driver"),
            fixture,
            store: None,
        }
    }

    pub fn test(&self) -> PathBuf {
        self.fixture.path(TEST)
    }

    /// The line of `test.nix` that is named by `# @marker`.
    pub fn line(&self, marker: &str) -> i64 {
        self.fixture.line(TEST, marker)
    }

    /// Arguments that launch the driver of this project.
    pub fn launch(&self) -> Value {
        json!({ "driver": self.driver, "cwd": self.fixture.directory() })
    }

    /// A client of an adapter in this process.
    pub fn client(&self) -> TestClient {
        client(self.fixture.directory())
    }

    /// A client whose session has been started with breakpoints on the named lines of `test.nix`.
    pub async fn start(&self, markers: &[&str]) -> TestClient {
        self.start_with(json!({}), markers).await
    }

    /// As [`Project::start`], with further arguments of `launch`.
    pub async fn start_with(&self, arguments: Value, markers: &[&str]) -> TestClient {
        let mut client = self.client();
        self.start_in(&mut client, arguments, markers).await;
        client
    }

    /// Starts the session of a client.
    pub async fn start_in(&self, client: &mut TestClient, arguments: Value, markers: &[&str]) {
        let mut launch = self.launch();
        let fields = launch.as_object_mut().unwrap();
        fields.extend(arguments.as_object().unwrap().clone());
        let lines: Vec<_> = markers.iter().map(|marker| self.line(marker)).collect();
        let breakpoints: &[(&Path, &[i64])] = &[(&self.test(), &lines)];
        client.start(launch, breakpoints).await.unwrap();
    }
}

/// A client of an adapter in this process.
pub fn client(directory: &Path) -> TestClient {
    let (own, theirs) = Connection::memory();
    tokio::spawn(dap_server::serve(
        theirs,
        environment(),
        CancellationToken::new(),
    ));
    TestClient::new(own).in_directory(directory)
}

/// A client of an adapter in a process of its own, so that it can be killed and has variables of its own, and the adapter.
pub fn spawned(project: &Project, variables: &[(&str, &OsStr)]) -> (TestClient, Pid) {
    let mut adapter = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
        .arg("dap")
        .current_dir("/")
        // It tears the lines that a script prints.
        .env_remove("PYTHONUNBUFFERED")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(i32::try_from(adapter.id().unwrap()).unwrap());
    let connection = Connection::new(
        adapter.stdout.take().unwrap(),
        adapter.stdin.take().unwrap(),
    );
    // Waited for where nobody looks, so that it does not stay a zombie.
    tokio::spawn(async move { adapter.wait().await });
    (
        TestClient::new(connection).in_directory(project.fixture.directory()),
        pid,
    )
}

/// The line and the file name at the top of the stack.
pub async fn top(client: &mut TestClient) -> (String, i64) {
    let stack = client.stack().await;
    let frame = stack.first().expect("the stack is empty");
    let source = frame.source.as_ref().and_then(|source| source.name.clone());
    (source.unwrap_or_default(), frame.line)
}

/// Ends a session in the way of editors.
pub async fn end(mut client: TestClient) {
    client.disconnect().await.unwrap();
    client.finish().await;
}

/// The variable by which everything that a run of the program started is found, wherever it works.
pub const MARK: &str = "NIXTEST_TEST_DIRECTORY";

struct Process {
    directory: PathBuf,
    environment: Vec<u8>,
    command: String,
}

/// All processes that may be looked at.
fn processes() -> impl Iterator<Item = Process> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(|process| {
        let directory = fs::read_link(process.path().join("cwd")).ok()?;
        let environment = fs::read(process.path().join("environ")).ok()?;
        let command = fs::read(process.path().join("cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        (!command.is_empty()).then_some(Process {
            directory,
            environment,
            command,
        })
    })
}

/// The command lines of the processes that work in `directory`, in which everything of a session starts, or that a run of the
/// program in it has started.
pub fn processes_in(directory: &Path) -> Vec<String> {
    let mark = format!("{MARK}={}", directory.display()).into_bytes();
    processes()
        .filter(|process| {
            process.directory == directory
                || process
                    .environment
                    .split(|&byte| byte == 0)
                    .any(|entry| entry == mark)
        })
        .map(|process| process.command)
        .collect()
}

/// Fails when something that was started in `directory` stays. What is just ending may take a moment for it.
pub fn assert_nothing_stays(directory: &Path) {
    let started = Instant::now();
    loop {
        let left = processes_in(directory);
        if left.is_empty() {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "still there: {left:?}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The command lines of all processes of this user.
pub fn all_commands() -> Vec<String> {
    processes().map(|process| process.command).collect()
}
