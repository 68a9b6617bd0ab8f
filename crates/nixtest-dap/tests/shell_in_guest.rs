//! Shells in a real guest: Nix builds the machine, QEMU runs it, and the program enters it, in a terminal and over pipes, while
//! the script stands, while it is in a command, and when the machine crashes.
//!
//! It is one test, because the machine takes longer to boot than everything else. `NIXTEST_GUEST` says which of the testkit's
//! guests it is, `tiny` or `systemd`: their terminals are made by different programs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::process::{Command, Output};

use serde_json::json;
use support::ports::{piped, shell_command};
use support::program::{has_nix, has_qemu};
use support::pty::InTerminal;
use support::{client, end, repository};
use test_support::{Fixture, TestClient};

const TEST: &str = "{
  name = \"entered\";
  nodes.machine = { networking.hostName = \"inside\"; testkit.guest = \"@guest@\"; };
  testScript = ''
    machine.succeed(\"mkfifo /tmp/gate\")
    here = 1  # @here
    machine.succeed(\"cat /tmp/gate\")
    there = 2  # @there
    assert machine.succeed(\"echo still here\") == \"still here\\n\"
    machine.crash()
    gone = 3  # @gone
  '';
}
";

/// How much passes through a shell in each direction, in bytes.
const MUCH: usize = 5_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_entered_in_every_way() {
    if !has_nix() || !has_qemu() {
        return;
    }
    let guest = std::env::var("NIXTEST_GUEST").unwrap_or_else(|_| "tiny".to_owned());
    let test = TEST.replace("@guest@", &guest);
    let mut fixture = Fixture::new(&[("entered.nix", &test)]);
    let testkit = repository().join("nix/testkit");
    let nix = format!(
        "(import {} {{ }}).runTest ./entered.nix\n",
        testkit.display()
    );
    fixture.write("default.nix", &nix);
    let mut client = client(fixture.directory());
    let file = fixture.path("entered.nix");
    let lines = ["here", "there", "gone"].map(|marker| fixture.line("entered.nix", marker));
    let launch = json!({ "file": "default.nix", "cwd": fixture.directory() });
    client.start(launch, &[(&file, &lines)]).await.unwrap();
    client.stopped().await;

    let terminal = works_like_a_terminal(&mut client).await;
    passes_status_and_bytes_on(&mut client).await;
    is_left_and_hung_up(&mut client).await;
    stays_while_the_script_runs(&mut client, terminal).await;
    ends_with_the_machine(&mut client).await;

    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

/// Returns a shell that is still open.
async fn works_like_a_terminal(client: &mut TestClient) -> InTerminal {
    let mut terminal = InTerminal::start(&shell_command(client, "machine").await);
    terminal.shows("inside:");
    // Marks around pastes would show between what is typed and what comes of it.
    terminal.types("bind 'set enable-bracketed-paste off'\r");
    terminal.shows("inside:");
    terminal.types("hostname; echo $TERM; stty size\r");
    terminal.shows("\r\ninside\r\nxterm\r\n24 80\r\n");
    // A letter of two bytes is one to the key that takes it back.
    terminal.types("printf '%s' 'a\u{fc}\x7fb' | wc -c\r");
    terminal.shows("\r\n2\r\n");
    terminal.types("sh -c 'echo begun; exec sleep 600'\r");
    terminal.shows("\r\nbegun\r\n");
    terminal.types("\x03");
    terminal.shows("inside:");
    terminal.types("echo status $?\r");
    terminal.shows("\r\nstatus 130\r\n");
    terminal.types("sh -c 'echo begun; exec sleep 600'\r");
    terminal.shows("\r\nbegun\r\n");
    terminal.types("\x1a");
    terminal.shows("Stopped");
    terminal.types("kill -KILL %1; wait; echo killed\r");
    terminal.shows("\r\nkilled\r\n");
    hears_a_new_size(&mut terminal, 33, 100);
    // More than any buffer on the way holds; each byte is shown.
    let before = terminal.length();
    terminal.types(format!(
        "head -c {MUCH} /dev/zero | tr '\\000' x; echo; echo all\r"
    ));
    terminal.shows("x\r\nall\r\n");
    let shown = terminal.shown();
    let count = shown.as_bytes()[before..]
        .iter()
        .filter(|&&byte| byte == b'x')
        .count();
    // One is in the command.
    assert_eq!(count, MUCH + 1);
    terminal
}

/// A program hears of it, because bash keeps what it hears on its way back to the prompt until the next key. It ends by
/// itself, because a shell that waits for a program may take Ctrl-C for the program's.
fn hears_a_new_size(terminal: &mut InTerminal, rows: u16, columns: u16) {
    terminal.types(format!(
        "sh -c 'trap told=1 WINCH; echo ready; \
         until [ $told ] && [ \"$(stty size)\" = \"{rows} {columns}\" ]; do sleep 1; done; echo resized'\r",
    ));
    terminal.shows("\r\nready\r\n");
    terminal.resize(rows, columns);
    terminal.shows("resized\r\n");
    terminal.shows("inside:");
}

async fn passes_status_and_bytes_on(client: &mut TestClient) {
    let command = shell_command(client, "machine").await;
    let output = piped(command, "id -u; exit 7\n").await;
    assert_eq!(said(&output), (Some(7), "0\n".to_owned(), String::new()));

    let bytes: Vec<u8> = (0..MUCH).map(|number| (number % 251) as u8).collect();
    let mut input = b"exec cat\n".to_vec();
    input.extend(&bytes);
    let command = shell_command(client, "machine").await;
    let output = piped(command, input).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout == bytes, "{} bytes", output.stdout.len());
}

/// What is left by its own keys leaves nothing behind, not even in the background.
async fn is_left_and_hung_up(client: &mut TestClient) {
    let mut terminal = InTerminal::start(&shell_command(client, "machine").await);
    terminal.shows("inside:");
    terminal.types("sleep 601 & sh -c 'echo begun; exec sleep 602'\r");
    terminal.shows("\nbegun\r\n");
    terminal.types("\x1d\x1d\x1d");
    assert_eq!(terminal.ends().code(), Some(255));
    terminal.shows("nixtest-dap: left; what ran in the shell is hung up\r\n");
    let goes =
        "while cat /proc/[0-9]*/cmdline | grep -q [s]leep.60; do sleep 0.1; done 2>/dev/null";
    let gone = client
        .evaluate(&format!("machine.succeed('{goes}')"))
        .await
        .unwrap();
    assert_eq!(gone.result, "''");
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        // On a busy host a guest is slow, and the program says so.
        String::from_utf8_lossy(&output.stderr)
            .split_inclusive('\n')
            .filter(|line| !line.contains("has not answered so far"))
            .collect(),
    )
}

/// The script waits in a command for what the shell does.
async fn stays_while_the_script_runs(client: &mut TestClient, mut terminal: InTerminal) {
    let command: Command = shell_command(client, "machine").await;
    client.continue_().await.unwrap();
    let mut second = InTerminal::start(&command);
    second.shows("nixtest-dap: machine is busy with `cat /tmp/gate`");
    // The size is heard although the machine's own shell is busy.
    hears_a_new_size(&mut terminal, 20, 60);
    terminal.types("echo now > /tmp/gate; echo open\r");
    terminal.shows("\r\nopen\r\n");
    client.stopped().await;
    second.shows("inside:");
    second.types("echo $((6 * 7)); exit 5\r");
    second.shows("42\r\n");
    assert_eq!(second.ends().code(), Some(5));
    terminal.types("exit\r");
    assert_eq!(terminal.ends().code(), Some(0));
    nothing_is_left(client).await;
}

/// The machine has no process and no file of a shell any more. Programs that were hung up may take a moment to go.
async fn nothing_is_left(client: &mut TestClient) {
    let looks = "while cat /proc/[0-9]*/cmdline | grep -q [n]ixtest; do sleep 0.1; done 2>/dev/null; ls -A /tmp | grep [n]ixtest || true";
    let left = client
        .evaluate(&format!("machine.succeed('{looks}')"))
        .await
        .unwrap();
    assert_eq!(left.result, "''");
}

async fn ends_with_the_machine(client: &mut TestClient) {
    let mut terminal = InTerminal::start(&shell_command(client, "machine").await);
    terminal.shows("inside:");
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(terminal.ends().code(), Some(255));
    terminal.shows("nixtest-dap: machine has ended\r\n");
}
