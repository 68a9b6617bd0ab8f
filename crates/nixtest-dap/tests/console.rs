//! `nixtest-dap console`: the prompt of a live session, in a terminal and in a pipe.

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
use std::process::Command;

use support::attached::session_of;
use support::ports::piped;
use support::pty::InTerminal;
use support::{Project, end, top};

const SCRIPT: &str = "a = 1\nb = 2  # @here\nc = 3  # @next\nprint('the end')\n";

async fn console(project: &Project) -> Command {
    let directory = session_of(project).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command
        .arg("console")
        .arg(&directory)
        .env("XDG_STATE_HOME", project.fixture.directory().join("state"));
    command
}

#[tokio::test]
async fn statements_from_a_pipe_are_run_and_the_last_one_decides() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let place = format!("{}:{}", project.test().display(), project.line("here"));
    let typed = "a + 1\nfor i in range(2):\n    print('i', i)\n\n[\n1,\n2]\nx = 5\nx\n";
    let said = piped(console(&project).await, typed).await;
    assert_eq!(
        String::from_utf8(said.stdout).unwrap(),
        format!("stopped (breakpoint) at {place}\n  b = 2  # @here\n2\ni 0\ni 1\n[1, 2]\n5\n")
    );
    assert_eq!(said.status.code(), Some(0));

    let said = piped(console(&project).await, "nowhere\n").await;
    let output = String::from_utf8(said.stdout).unwrap();
    assert!(output.contains("name 'nowhere' is not defined"), "{output}");
    assert_eq!(said.status.code(), Some(1));
    // It has left and ended nothing.
    assert_eq!(owner.evaluate("x").await.unwrap().result, "5");
    end(owner).await;
}

#[tokio::test]
async fn steps_are_words_and_a_pipe_waits_for_the_stop() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let said = piped(
        console(&project).await,
        ":next\nb\n:where\n:locals\n:threads\n:up\n",
    )
    .await;
    let output = String::from_utf8(said.stdout).unwrap();
    let next = format!("{}:{}", project.test().display(), project.line("next"));
    assert!(
        output.contains(&format!("stopped (step) at {next}\n  c = 3  # @next\n2\n")),
        "{output}"
    );
    assert!(output.contains(&format!("> {next}")), "{output}");
    assert!(output.contains("a = 1\n"), "{output}");
    owner.stopped().await;
    assert_eq!(top(&mut owner).await.1, project.line("next"));
    let said = piped(console(&project).await, ":continue\n").await;
    let output = String::from_utf8(said.stdout).unwrap();
    assert!(
        output.ends_with("the test has ended with exit code 0\n"),
        "{output}"
    );
    owner.terminated().await;
    end(owner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_types_and_leaves_and_the_session_goes_on() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut terminal = InTerminal::start(&console(&project).await);
    terminal.shows("b = 2  # @here");
    terminal.shows(">>> ");
    terminal.types("a + 41\r");
    terminal.shows("42");
    terminal.shows(">>> ");
    terminal.types("for i in range(2):\r");
    terminal.shows("... ");
    terminal.types("    print('number', i)\r");
    terminal.shows("... ");
    terminal.types("\r");
    terminal.shows("number 1");
    terminal.shows(">>> ");
    // What others do is told above the line.
    owner.next().await.unwrap();
    owner.stopped().await;
    terminal.shows("c = 3  # @next");
    terminal.types("b + 70\r");
    terminal.shows("72");
    terminal.shows(">>> ");
    terminal.types("\u{4}");
    assert_eq!(terminal.ends().code(), Some(0));
    assert_eq!(owner.evaluate("a").await.unwrap().result, "1");
    end(owner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_runs_is_paused_by_an_interrupt() {
    let project =
        Project::new("import time\ngo_on = True  # @here\nwhile go_on:\n    time.sleep(0.01)\n");
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut terminal = InTerminal::start(&console(&project).await);
    terminal.shows(">>> ");
    terminal.types(":continue\r");
    owner.wait_for(|event| event.event == "continued").await;
    terminal.types("go_on\r");
    terminal.shows("pause it first");
    terminal.shows(">>> ");
    terminal.types("\u{3}");
    terminal.shows("stopped (pause) at ");
    terminal.shows("while go_on:");
    terminal.types("go_on = False\r");
    terminal.shows(">>> ");
    terminal.shows(">>> ");
    terminal.types(":continue\r");
    terminal.shows("the test has ended with exit code 0");
    assert_eq!(terminal.ends().code(), Some(0));
    owner.terminated().await;
    end(owner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_remembered_in_private() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut command = console(&project).await;
    // The terminal takes no variables but by the command line.
    let state = project.fixture.directory().join("state");
    let mut wrapped = Command::new("env");
    wrapped.arg(format!("XDG_STATE_HOME={}", state.display()));
    wrapped.arg(command.get_program()).args(command.get_args());
    std::mem::swap(&mut command, &mut wrapped);
    let mut terminal = InTerminal::start(&command);
    terminal.shows(">>> ");
    terminal.types("a + 100\r");
    terminal.shows("101");
    terminal.shows(">>> ");
    terminal.types("\u{4}");
    terminal.ends();
    let history: &Path = &state.join("nixtest-dap/console_history");
    assert!(fs::read_to_string(history).unwrap().contains("a + 100"));
    assert_eq!(
        fs::metadata(history).unwrap().permissions().mode() & 0o777,
        0o600
    );
    end(owner).await;
}
