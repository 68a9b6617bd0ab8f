//! Shells whose terminals, users and machines misbehave: the terminal is always as before, nobody waits without a word, and
//! the session never notices.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use support::drivers::Driver;
use support::ports::{Machines, piped, project, session_directory, shell, shell_command};
use support::pty::InTerminal;
use support::{Project, end};
use test_support::TestClient;

/// How long anything may take; no passing test waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

const STANDS: &str = "\
start_all()
machine.succeed('true')
here = 1  # @here
assert machine.succeed('echo still here') == 'still here\\n'
";

/// A session that stands with its machine up.
async fn standing(misbehaviour: &str) -> (Project, TestClient) {
    let machines = Machines {
        names: &["machine"],
        misbehaviour,
    };
    let project = project(&Driver::all().remove(0), machines, STANDS);
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    (project, client)
}

async fn passes(mut client: TestClient) {
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

async fn state_directory(client: &mut TestClient) -> PathBuf {
    let response = client.request_raw("nixtest/machines", None).await;
    let body = response.body.unwrap();
    body["machines"][0]["directory"].as_str().unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signal_that_ends_a_shell_leaves_the_terminal_as_it_was() {
    let (_project, mut client) = standing("").await;
    let command = shell_command(&mut client, "machine").await;
    for signal in [
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
    ] {
        let mut terminal = InTerminal::start(&command);
        terminal.shows("fake> ");
        assert!(terminal.is_raw());
        terminal.signal(signal);
        assert_eq!(terminal.ends().code(), Some(255), "{signal}");
        terminal.shows("nixtest-dap: interrupted\r\n");
    }
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_takes_nothing_holds_no_shell_that_is_told_to_go() {
    let (_project, mut client) = standing("").await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("fake> ");
    terminal.types("yes\r");
    terminal.shows("y\r\ny\r\n");
    terminal.fill();
    terminal.signal(Signal::SIGTERM);
    assert_eq!(terminal.ends().code(), Some(255));
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_that_was_stopped_has_its_terminal_again_when_it_goes_on() {
    let (_project, mut client) = standing("").await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("fake> ");
    terminal.signal(Signal::SIGSTOP);
    let stat = format!("/proc/{}/stat", terminal.id());
    wait_until(|| fs::read_to_string(&stat).unwrap().contains(") T "));
    terminal.restore();
    terminal.resize(33, 100);
    terminal.signal(Signal::SIGCONT);
    wait_until(|| terminal.is_raw());
    terminal.types("until [[ $(stty size) = '33 100' ]]; do sleep 0.1; done; exit 4\r");
    assert_eq!(terminal.ends().code(), Some(4));
    passes(client).await;
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < DEADLINE, "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_in_a_flood_takes_its_shell_with_it() {
    let (_project, mut client) = standing("").await;
    let command = shell_command(&mut client, "machine").await;
    let state = state_directory(&mut client).await;
    let mut terminal = InTerminal::start(&command);
    terminal.shows("fake> ");
    terminal.types("sh -c 'echo $$ > flooding; exec yes'\r");
    terminal.shows("y\r\ny\r\n");
    terminal.signal(Signal::SIGKILL);
    let flooding = fs::read_to_string(state.join("flooding")).unwrap();
    let flooding = Pid::from_raw(flooding.trim().parse().unwrap());
    wait_until(|| kill(flooding, None).is_err());
    let output = piped(command, "echo another\n").await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "another\n");
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_paste_and_a_storm_of_sizes_arrive() {
    let (_project, mut client) = standing("").await;
    let state = state_directory(&mut client).await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("fake> ");
    terminal.types("stty raw -echo; echo go; head -c 1000000 > pasted; stty sane; echo got it\r");
    terminal.shows("go\n");
    // Without the keys that lead out.
    let paste: Vec<u8> = (0..1_000_000_u32)
        .map(|number| (number % 251) as u8)
        .map(|byte| if byte == 0x1d { b'x' } else { byte })
        .collect();
    for (number, piece) in paste.chunks(1000).enumerate() {
        terminal.types(piece);
        terminal.resize(20 + (number % 30) as u16, 100);
    }
    terminal.shows("got it\r\n");
    assert!(fs::read(state.join("pasted")).unwrap() == paste);
    terminal.resize(44, 132);
    terminal.types("until [[ $(stty size) = '44 132' ]]; do sleep 0.1; done; exit 4\r");
    assert_eq!(terminal.ends().code(), Some(4));
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_ports_is_told_at_once() {
    let (_project, mut client) = standing("portless").await;
    let output = piped(shell_command(&mut client, "machine").await, "true\n").await;
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (
            Some(255),
            "nixtest-dap: no shell can be opened in machine: it has no /sys/class/virtio-ports, for which its kernel needs \
             virtio_console\n"
        )
    );
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_machine_without_a_word() {
    let (_project, mut client) = standing("slow").await;
    let state = state_directory(&mut client).await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("nixtest-dap: machine has not answered so far; it may be paused, or very slow; Ctrl-C gives up\r\n");
    fs::write(state.join("answer"), "").unwrap();
    terminal.shows("fake> ");
    terminal.types("exit 4\r");
    assert_eq!(terminal.ends().code(), Some(4));
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_called_as_it_is_and_as_the_script_calls_it() {
    let script = "start_all()\nweb_1.succeed('true')\nhere = 1  # @here\n";
    let machines = Machines {
        names: &["db", "web-1"],
        misbehaviour: "",
    };
    let project = project(&Driver::all().remove(0), machines, script);
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let directory = session_directory(&shell_command(&mut client, "web_1").await);
    for name in ["web-1", "web_1"] {
        let output = piped(shell(&directory, name), "echo inside\n").await;
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "inside\n",
            "{output:?}"
        );
    }
    // Words that are no options, and text that no terminal should interpret.
    let mut command = shell(&directory, "--");
    command.arg("-\u{1b}]0;title\u{7}web");
    let output = piped(command, "").await;
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "nixtest-dap: there is no machine -web; the test has db, web-1\n"
    );
    passes(client).await;
}

/// A session that says nothing to whoever connects: a directory as that of a session, below one as XDG_RUNTIME_DIR has.
struct Silent {
    runtime: tempfile::TempDir,
    directory: PathBuf,
    listener: UnixListener,
}

impl Silent {
    fn new() -> Self {
        let runtime = tempfile::tempdir().unwrap();
        let directory = runtime.path().join("nixtest-dap/0badcafe");
        fs::create_dir_all(&directory).unwrap();
        for private in [directory.parent().unwrap(), &directory] {
            fs::set_permissions(private, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let listener = UnixListener::bind(directory.join("control.sock")).unwrap();
        Self {
            runtime,
            directory,
            listener,
        }
    }
}

#[test]
fn waiting_for_a_session_that_does_not_answer_can_be_given_up() {
    let silent = Silent::new();
    let directory = silent.directory.to_str().unwrap();
    for words in [
        &["sessions"][..],
        &["shell", "machine"],
        &["shell", "--session", directory, "machine"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
            .args(words)
            .env("XDG_RUNTIME_DIR", silent.runtime.path())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let _connection = silent.listener.accept().unwrap();
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
        kill(id, Signal::SIGINT).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{words:?}");
    }
}

#[test]
fn a_language_server_ends_when_it_is_told_to_go() {
    use std::io::{Read, Write};
    let mut child = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } });
    let text = request.to_string();
    let mut stdin = child.stdin.take().unwrap();
    write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    let mut answered = [0];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut answered).unwrap();
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(id, Signal::SIGTERM).unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > DEADLINE {
            child.kill().unwrap();
            panic!("it stays");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(0));
    drop(stdin);
}
