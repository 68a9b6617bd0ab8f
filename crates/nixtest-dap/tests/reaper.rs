//! The reaper as a process: whatever ends, and however, nothing below it is left.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const DEADLINE: Duration = Duration::from_secs(30);

struct Reaped {
    directory: tempfile::TempDir,
    reaper: Child,
}

/// Starts a reaper with a shell script for a driver. `$DIR` of the script is a fresh directory.
fn reap(script: &str) -> Reaped {
    let directory = tempfile::tempdir().unwrap();
    let driver = directory.path().join("driver");
    fs::write(
        &driver,
        format!(
            "#!/bin/bash\nDIR='{}'\n{script}\n",
            directory.path().display()
        ),
    )
    .unwrap();
    fs::set_permissions(&driver, fs::Permissions::from_mode(0o755)).unwrap();
    let reaper = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
        .arg("reap")
        .arg("--session-directory")
        .arg(directory.path())
        .arg("--")
        .arg(driver)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    Reaped { directory, reaper }
}

impl Reaped {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The number that the script writes into a file, as soon as it is there.
    fn pid(&self, name: &str) -> Pid {
        let path = self.path(name);
        let pid = wait_for(&format!("{name} to be written"), || {
            fs::read_to_string(&path)
                .ok()
                .filter(|text| text.ends_with('\n'))?
                .trim()
                .parse()
                .ok()
        });
        Pid::from_raw(pid)
    }

    fn end(mut self) -> Option<i32> {
        wait_for("the reaper to end", || self.reaper.try_wait().unwrap()).code()
    }
}

fn wait_for<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(started.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))
        .unwrap_or_default();
    // A zombie has ended; that its parent has not looked yet is no concern of the reaper.
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

#[test]
fn the_exit_code_is_the_drivers() {
    assert_eq!(reap("exit 0").end(), Some(0));
    assert_eq!(reap("exit 7").end(), Some(7));
    assert_eq!(
        reap("kill -KILL $$").end(),
        Some(128 + Signal::SIGKILL as i32)
    );
}

#[test]
fn a_process_that_left_its_parent_and_its_session_is_ended_with_the_driver() {
    let reaped = reap(
        "setsid bash -c 'echo $$ > $0/stray; exec sleep 600' \"$DIR\" & disown; until [ -s $DIR/stray ]; do :; done; exit 3",
    );
    let stray = reaped.pid("stray");
    assert_eq!(reaped.end(), Some(3));
    assert!(!is_alive(stray));
}

#[test]
fn a_closed_lifeline_ends_everything_even_what_ignores_signals() {
    let mut reaped = reap(
        "trap '' INT TERM HUP\n(trap '' INT TERM HUP; echo $BASHPID > $DIR/stubborn; while :; do sleep 600; done) &\n\
         echo $$ > $DIR/driver.pid; while :; do wait; sleep 600; done",
    );
    let (stubborn, driver) = (reaped.pid("stubborn"), reaped.pid("driver.pid"));
    drop(reaped.reaper.stdin.take());
    assert_eq!(reaped.end(), Some(128 + Signal::SIGKILL as i32));
    assert!(!is_alive(stubborn) && !is_alive(driver));
}

#[test]
fn a_driver_that_is_asked_to_terminate_may_clean_up() {
    let mut reaped = reap(
        "trap 'echo cleaned > $DIR/cleaned; exit 130' INT\necho $$ > $DIR/driver.pid; while :; do sleep 0.05; done",
    );
    reaped.pid("driver.pid");
    reaped
        .reaper
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"terminate\n")
        .unwrap();
    let cleaned = reaped.path("cleaned");
    wait_for("the clean-up", || cleaned.exists().then_some(()));
    assert_eq!(reaped.end(), Some(130));
}

#[test]
fn the_reaper_outlives_signals_that_are_meant_for_the_terminal() {
    let reaped =
        reap("echo $$ > $DIR/driver.pid; while [ ! -e $DIR/go ]; do sleep 0.05; done; exit 5");
    reaped.pid("driver.pid");
    let reaper = Pid::from_raw(reaped.reaper.id() as i32);
    kill(reaper, Signal::SIGINT).unwrap();
    kill(reaper, Signal::SIGHUP).unwrap();
    fs::write(reaped.path("go"), "").unwrap();
    assert_eq!(reaped.end(), Some(5));
}

#[test]
fn a_driver_that_cannot_be_started_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
        .args(["reap", "--session-directory"])
        .arg(directory.path())
        .args(["--", "/nonexistent/driver"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "cannot start /nonexistent/driver: No such file or directory (os error 2)\n"
    );
}
