//! Running the program as a person or a CI job does, and finding out what the machine can do.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What a run of the program said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// `nixtest-dap headless` with these words, in `directory`.
pub fn headless(directory: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command
        .arg("headless")
        .args(words)
        .current_dir(directory)
        .env(super::MARK, directory)
        .stdin(Stdio::null());
    command
}

/// Runs to the end.
pub fn run(mut command: Command) -> Said {
    command.output().unwrap().into()
}

/// Whether Nix is here and builds with the tools of this machine, as the testkit needs it; says so when not.
pub fn has_nix() -> bool {
    static CAN_BUILD: OnceLock<bool> = OnceLock::new();
    let can_build = *CAN_BUILD.get_or_init(|| {
        let derivation = "derivation { name = \"probe\"; system = builtins.currentSystem; \
                          nonce = builtins.currentTime; builder = \"/bin/sh\"; args = [ \"-c\" \"/bin/bash -c 'echo > $out'\" ]; }";
        let built = Command::new("nix-build")
            .args(["--no-out-link", "-E", derivation])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        built.is_ok_and(|status| status.success())
    });
    if !can_build {
        println!(
            "skipped: Nix is not installed or not set up for the testkit (./x test sees to both)"
        );
    }
    can_build
}

/// Whether QEMU is here; says so when it is not.
pub fn has_qemu() -> bool {
    let qemu = Command::new("qemu-system-x86_64")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    let is_there = qemu.is_ok_and(|status| status.success());
    if !is_there {
        println!("skipped: QEMU is not installed (./x test sees to it)");
    }
    is_there
}

/// Whether the switch of virtual networks is here; says so when it is not.
pub fn has_vde() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|place| place.join("vde_switch").is_file());
    if !is_there {
        println!("skipped: vde_switch is not installed (./x test sees to it)");
    }
    is_there
}

/// Interrupts the program as Ctrl-C does when it has said `when`, and waits for its end.
pub fn interrupted(directory: &Path, words: &[&str], when: &str) -> Said {
    let log = directory.join("log");
    let mut command = headless(directory, words);
    let file = fs::File::create(&log).unwrap();
    // A group of its own, so that the signal reaches all of it, as from a terminal, and not the test.
    command
        .process_group(0)
        .stdout(Stdio::from(file.try_clone().unwrap()))
        .stderr(Stdio::from(file));
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    let said = || fs::read_to_string(&log).unwrap_or_default();
    while !said().contains(when) {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "never said {when:?}: {}",
            said()
        );
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended before it said {when:?}: {}",
            said()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(
        Pid::from_raw(-i32::try_from(child.id()).unwrap()),
        Signal::SIGINT,
    )
    .unwrap();
    let status = child.wait().unwrap();
    super::assert_nothing_stays(directory);
    Said {
        code: status.code(),
        stdout: String::new(),
        stderr: said(),
    }
}
