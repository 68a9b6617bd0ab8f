//! Shells in machines, by `nixtest-dap shell`, on every driver: over pipes, in a terminal, while the script stands, runs, ends.
//!
//! The machines are played; a real guest is entered by the tests in `shell_in_guest.rs`. A test waits for its terminals on its
//! own thread, so that the adapter needs others.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::drivers::Driver;
use support::ports::{Machines, piped, project, session_directory, shell, shell_command};
use support::pty::InTerminal;
use support::{Project, end};
use test_support::TestClient;

/// How long anything may take; no passing test waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

const ONE: Machines<'_> = Machines {
    names: &["machine"],
    misbehaviour: "",
};

/// A script that stands in the middle with its machine up, and then wants to know that the machine's own shell works.
const STANDS: &str = "\
start_all()
machine.succeed('true')
here = 1  # @here
assert machine.succeed('echo still here') == 'still here\\n'
";

/// A driver whose machines can be entered while a script stands at `@here`.
async fn standing(driver: &Driver, machines: Machines<'_>, script: &str) -> (Project, TestClient) {
    let project = project(driver, machines, script);
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    (project, client)
}

/// The testkit's driver, for what does not depend on it.
fn testkit() -> Driver {
    Driver::all().remove(0)
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

async fn passes(mut client: TestClient) {
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_of_commands_runs_and_passes_its_status_on() {
    for driver in Driver::all() {
        let (_project, mut client) = standing(&driver, ONE, STANDS).await;
        let command = shell_command(&mut client, "machine").await;
        let output = piped(command, "echo \"$0 $-\"; cat; exit 7\nunread\n").await;
        assert_eq!(
            said(&output),
            (Some(7), "bash hBs\nunread\n".to_owned(), String::new())
        );
        passes(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_any_kind_pass_in_both_directions() {
    let (_project, mut client) = standing(&testkit(), ONE, STANDS).await;
    let bytes: Vec<u8> = (0..1_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let mut input = b"exec cat\n".to_vec();
    input.extend(&bytes);
    let command = shell_command(&mut client, "machine").await;
    let output = piped(command, input).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout == bytes, "{} bytes", output.stdout.len());
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_has_prompt_interrupts_sizes_and_a_status() {
    for driver in Driver::all() {
        let (_project, mut client) = standing(&driver, ONE, STANDS).await;
        let command = shell_command(&mut client, "machine").await;
        let mut terminal = InTerminal::start(&command);
        terminal.shows("fake> ");
        assert!(terminal.is_raw());
        terminal.types("echo $TERM; stty size\r");
        terminal.shows("xterm\r\n24 80\r\n");
        terminal.types("sh -c 'echo begun; exec sleep 600'\r");
        terminal.shows("\r\nbegun\r\n");
        terminal.types("\x03");
        terminal.shows("fake> ");
        terminal.types("echo status $?\r");
        terminal.shows("status 130\r\n");
        // A program that runs, because bash keeps what it hears on its way back to the prompt until the next key.
        terminal.types(
            "sh -c 'trap told=1 WINCH; echo ready; \
             until [ $told ] && [ \"$(stty size)\" = \"33 100\" ]; do sleep 0.1; done; echo resized'\r",
        );
        terminal.shows("\r\nready\r\n");
        terminal.resize(33, 100);
        terminal.shows("resized\r\n");
        terminal.types("exit 5\r");
        assert_eq!(terminal.ends().code(), Some(5));
        passes(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_shells_are_open_at_once_and_stay_when_the_script_goes_on() {
    let script = "\
start_all()
machine.succeed('true')
here = 1  # @here
machine.succeed('cat $STATE/gate')
machine.succeed('echo further >> $STATE/proof')
";
    for driver in Driver::all() {
        let (project, mut client) = standing(&driver, ONE, script).await;
        let mut one = InTerminal::start(&shell_command(&mut client, "machine").await);
        one.shows("fake> ");
        one.types("mkfifo gate; echo made\r");
        one.shows("\r\nmade\r\n");
        let mut two = InTerminal::start(&shell_command(&mut client, "machine").await);
        two.shows("fake> ");
        client.continue_().await.unwrap();
        // The script is in a command that lasts until the shell lets it go on.
        for (terminal, text) in [(&mut one, "first"), (&mut two, "second")] {
            terminal.types(format!("echo {text} | tee -a proof\r"));
            terminal.shows(&format!("\r\n{text}\r\n"));
        }
        one.types("echo now > gate\r");
        assert_eq!(client.terminated().await, Some(0));
        for terminal in [&mut one, &mut two] {
            assert_eq!(terminal.ends().code(), Some(255));
            let shown = terminal.shown();
            assert!(
                shown.contains("nixtest-dap: machine has ended")
                    || shown.contains("nixtest-dap: the session has ended"),
                "{shown}"
            );
        }
        drop(project);
        end(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_boots_is_waited_for() {
    // The script has not asked anything of it yet, so nobody knows whether it is up.
    let script = "\
machine.start()
here = 1  # @here
assert machine.succeed('echo still here') == 'still here\\n'
";
    for driver in Driver::all() {
        let (_project, mut client) = standing(&driver, ONE, script).await;
        let command = shell_command(&mut client, "machine").await;
        let output = piped(command, "echo inside\n").await;
        assert_eq!(
            said(&output),
            (
                Some(0),
                "inside\n".to_owned(),
                "nixtest-dap: machine is still booting; Ctrl-C gives up\n".to_owned()
            )
        );
        passes(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_machine_is_waited_for_and_what_for_is_told() {
    let script = "\
start_all()
machine.succeed('mkfifo $STATE/gate')
here = 1  # @here
machine.succeed('cat $STATE/gate')  # @busy
there = 2  # @there
";
    for driver in Driver::all() {
        let project = project(&driver, ONE, script);
        let mut client = project.start(&["here", "there"]).await;
        client.stopped().await;
        let command = shell_command(&mut client, "machine").await;
        client.continue_().await.unwrap();
        wait_until_busy(&mut client).await;
        let mut terminal = InTerminal::start(&command);
        let place = format!("{}:{}", project.test().display(), project.line("busy"));
        terminal.shows(&format!(
            "nixtest-dap: machine is busy with `cat $STATE/gate` ({place}:5); the shell opens when that has ended; Ctrl-C gives up"
        ));
        let mut impatient = InTerminal::start(&command);
        impatient.shows("Ctrl-C gives up");
        impatient.types("\x03");
        assert_eq!(impatient.ends().code(), Some(130));
        let state = state_directory(&mut client).await;
        fs::write(state.join("gate"), "").unwrap();
        client.stopped().await;
        terminal.shows("fake> ");
        terminal.types("exit\r");
        assert_eq!(terminal.ends().code(), Some(0));
        passes(client).await;
    }
}

/// Waits until the script is in a command.
async fn wait_until_busy(client: &mut TestClient) {
    loop {
        let response = client.request_raw("nixtest/machines", None).await;
        let body = response.body.unwrap();
        if !body["machines"][0]["commands"]
            .as_array()
            .unwrap()
            .is_empty()
        {
            return;
        }
    }
}

async fn state_directory(client: &mut TestClient) -> PathBuf {
    let response = client.request_raw("nixtest/machines", None).await;
    let body = response.body.unwrap();
    body["machines"][0]["directory"].as_str().unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_entered_is_told_with_the_reason() {
    let script = "\
machine.start()
machine.succeed('true')
here = 1  # @here
";
    let machines = Machines {
        names: &["machine", "other"],
        misbehaviour: "",
    };
    let (_project, mut client) = standing(&testkit(), machines, script).await;
    let directory = session_directory(&shell_command(&mut client, "machine").await);
    for (machine, problem) in [
        (
            "nobody",
            "there is no machine nobody; the test has machine, other",
        ),
        (
            "other",
            "other does not run; start it in the script or in the debug console, for example by start_all()",
        ),
    ] {
        let output = piped(shell(&directory, machine), "true\n").await;
        assert_eq!(
            said(&output),
            (
                Some(255),
                String::new(),
                format!("nixtest-dap: {problem}\n")
            )
        );
    }
    passes(client).await;
    let output = piped(shell(&directory, "machine"), "true\n").await;
    let problem = format!(
        "nixtest-dap: there is no live session at {}: No such file or directory (os error 2); 'nixtest-dap sessions' lists those that live\n",
        directory.display()
    );
    assert_eq!(said(&output), (Some(255), String::new(), problem));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_takes_no_port_leaves_everything_as_it_was() {
    let machines = Machines {
        misbehaviour: "refuses",
        ..ONE
    };
    let (_project, mut client) = standing(&testkit(), machines, STANDS).await;
    let command = shell_command(&mut client, "machine").await;
    let output = piped(command, "true\n").await;
    let problem = "nixtest-dap: no shell can be opened in machine: QEMU refuses device_add: the bus has no room\n";
    assert_eq!(
        said(&output),
        (Some(255), String::new(), problem.to_owned())
    );
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_terminals_is_entered_line_by_line() {
    let machines = Machines {
        misbehaviour: "lines",
        ..ONE
    };
    let (_project, mut client) = standing(&testkit(), machines, STANDS).await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("nixtest-dap: machine has no program that makes a terminal");
    assert!(!terminal.is_raw());
    terminal.types("echo one; exit 4\n");
    terminal.shows("one\r\n");
    assert_eq!(terminal.ends().code(), Some(4));
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_ends_the_shell_with_a_message_and_the_terminal_as_it_was() {
    for driver in Driver::all() {
        let script = "\
start_all()
machine.succeed('true')
here = 1  # @here
machine.crash()
there = 2  # @there
";
        let project = project(&driver, ONE, script);
        let mut client = project.start(&["here", "there"]).await;
        client.stopped().await;
        let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
        terminal.shows("fake> ");
        client.continue_().await.unwrap();
        client.stopped().await;
        assert_eq!(terminal.ends().code(), Some(255));
        terminal.shows("nixtest-dap: machine has ended\r\n");
        passes(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_session_ends_the_shell_with_a_message() {
    let (_project, mut client) = standing(&testkit(), ONE, STANDS).await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("fake> ");
    client.disconnect().await.unwrap();
    assert_eq!(terminal.ends().code(), Some(255));
    terminal.shows("nixtest-dap: the session has ended\r\n");
    client.finish().await;
}

/// Has something run in the shell that says when it is hung up. A program of its own: bash keeps a signal that comes
/// between its prompt and a command until the command ends.
fn wait_to_be_hung_up(terminal: &mut InTerminal) {
    let watch = "trap \"echo hung up > hup; exit\" HUP; echo set; while :; do sleep 0.1; done";
    terminal.types(format!("sh -c '{watch}'\r"));
    terminal.shows("\r\nset\r\n");
}

/// Waits for a file.
async fn appears(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(
            started.elapsed() < DEADLINE,
            "{} never came",
            path.display()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_is_left_by_its_own_keys_or_a_signal_and_what_ran_in_it_is_hung_up() {
    for leaves in [
        (|terminal: &mut InTerminal| terminal.types("\x1d\x1d\x1d")) as fn(&mut InTerminal),
        |terminal| {
            let id = i32::try_from(terminal.id()).unwrap();
            kill(Pid::from_raw(id), Signal::SIGTERM).unwrap();
        },
    ] {
        let (_project, mut client) = standing(&testkit(), ONE, STANDS).await;
        let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
        terminal.shows("fake> ");
        wait_to_be_hung_up(&mut terminal);
        leaves(&mut terminal);
        let status = terminal.ends();
        assert_eq!((status.code(), status.signal()), (Some(255), None));
        appears(&state_directory(&mut client).await.join("hup")).await;
        passes(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_closed_closes_its_shell() {
    let (_project, mut client) = standing(&testkit(), ONE, STANDS).await;
    let mut terminal = InTerminal::start(&shell_command(&mut client, "machine").await);
    terminal.shows("fake> ");
    wait_to_be_hung_up(&mut terminal);
    drop(terminal);
    appears(&state_directory(&mut client).await.join("hup")).await;
    passes(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn output_that_nobody_reads_keeps_neither_the_script_nor_the_session() {
    let (_project, mut client) = standing(&testkit(), ONE, STANDS).await;
    let state = state_directory(&mut client).await;
    let mut command: Command = shell_command(&mut client, "machine").await;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, b"touch begun; yes\n").unwrap();
    appears(&state.join("begun")).await;
    passes(client).await;
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(141));
}
