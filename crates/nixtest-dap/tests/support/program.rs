//! Running the program as a person or a CI job does, and finding out what the machine can do.

use std::path::Path;
use std::process::{Command, Output, Stdio};

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
        .stdin(Stdio::null());
    command
}

/// Runs to the end.
pub fn run(mut command: Command) -> Said {
    command.output().unwrap().into()
}

/// Whether Nix is here; says so when it is not.
pub fn has_nix() -> bool {
    has("nix-instantiate", "Nix")
}

/// Whether QEMU is here; says so when it is not.
pub fn has_qemu() -> bool {
    has("qemu-system-x86_64", "QEMU")
}

fn has(program: &str, name: &str) -> bool {
    let is_there = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_there {
        println!("skipped: {name} is not installed (./x setup installs it)");
    }
    is_there
}
