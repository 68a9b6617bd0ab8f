//! What a launch wants of the driver beside running its test: another script, kept state.
//!
//! How a driver is asked for it differs from release to release; `debuggee` finds that out. Where nothing of it is wanted, the
//! driver is not asked.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use debuggee::{DriverInterface, InterfaceError, KeepState, ScriptOverride};

use crate::launch_arguments::LaunchArguments;
use crate::preparing::user_directory;

/// The largest script, in bytes. It goes to the adapter in one piece, and to the client, and Python needs a hundred times as much.
const LARGEST_SCRIPT: u64 = 16 << 20;

/// What is wanted.
#[derive(Debug)]
pub(crate) struct DriverOptions {
    script: Option<PathBuf>,
    keeps_state: bool,
}

/// How the driver is told.
#[derive(Debug, Default)]
pub(crate) struct ChosenOptions {
    pub(crate) script: Option<ScriptOverride>,
    pub(crate) keep_state: Option<KeepState>,
    /// For the user.
    pub(crate) remarks: Vec<String>,
}

/// Why it cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OptionError {
    #[error(
        "the test script {path} cannot be read: {source}; name a file of Python as `testScript`"
    )]
    Script { path: PathBuf, source: io::Error },
    #[error(
        "the test script {path} cannot be run: {problem}; name a file of Python as `testScript`"
    )]
    Text { path: PathBuf, problem: String },
    #[error(
        "the state of the machines cannot be kept, because neither XDG_STATE_HOME nor HOME names a directory by its whole path; \
         set one of them, or launch without `keepState`"
    )]
    NoHome,
    #[error(transparent)]
    Interface(#[from] InterfaceError),
}

impl DriverOptions {
    pub(crate) fn of(launch: &LaunchArguments) -> Self {
        Self {
            script: launch.test_script_file(),
            keeps_state: launch.keep_state,
        }
    }

    /// Finds what cannot work early.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let Some(path) = &self.script else {
            return Ok(());
        };
        let failed = |source| OptionError::Script {
            path: path.clone(),
            source,
        };
        // To open anything else may wait for ever.
        match fs::metadata(path).map_err(failed)? {
            found if found.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
            found if !found.is_file() => return Err(failed(io::Error::other("it is no file"))),
            _ => {}
        }
        let mut text = Vec::new();
        let opened = File::open(path).map_err(failed)?;
        let read = opened.take(LARGEST_SCRIPT + 1).read_to_end(&mut text);
        read.map_err(failed)?;
        // The driver would say so by a traceback of its own.
        match problem_of(&text) {
            Some(problem) => Err(OptionError::Text {
                path: path.clone(),
                problem,
            }),
            None => Ok(()),
        }
    }

    /// Asks `driver` how it is told. `key` names the test among those whose state is kept.
    pub(crate) async fn choose(
        &self,
        driver: &Path,
        key: &str,
    ) -> Result<ChosenOptions, OptionError> {
        let mut chosen = ChosenOptions::default();
        if self.script.is_none() && !self.keeps_state {
            return Ok(chosen);
        }
        let interface = DriverInterface::ask(driver).await?;
        if let Some(path) = &self.script {
            chosen.script = Some(interface.run_script(path)?);
            let path = path.display();
            let remark = format!("The script {path} runs in place of the test's own");
            chosen.remarks.push(remark);
        }
        if self.keeps_state {
            let state =
                user_directory("XDG_STATE_HOME", ".local/state").ok_or(OptionError::NoHome)?;
            let keep = interface.keep_state(state.join("nixtest-dap/machines").join(key))?;
            let directory = keep.directory.display();
            let remark = format!(
                "The state of the machines is kept in {directory}; remove it to start afresh"
            );
            chosen.remarks.push(remark);
            chosen.keep_state = Some(keep);
        }
        Ok(chosen)
    }
}

/// Why no driver can run this text.
fn problem_of(text: &[u8]) -> Option<String> {
    let line = |offset: usize| 1 + text[..offset].iter().filter(|&&byte| byte == b'\n').count();
    if text.len() as u64 > LARGEST_SCRIPT {
        return Some(format!("it has more than {} MiB", LARGEST_SCRIPT >> 20));
    }
    if let Err(error) = str::from_utf8(text) {
        return Some(format!("line {} is not UTF-8", line(error.valid_up_to())));
    }
    let nul = text.iter().position(|&byte| byte == 0)?;
    Some(format!("line {} holds a NUL", line(nul)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the script at a path.
    fn said_of(path: &Path) -> Option<String> {
        let options = DriverOptions {
            script: Some(path.to_owned()),
            keeps_state: false,
        };
        let said = options.check().err()?.to_string();
        let name = path.display().to_string();
        Some(said.replace(&name, "PATH"))
    }

    #[test]
    fn a_script_that_no_driver_can_run_is_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("script.py");
        let said = |text: &[u8]| {
            fs::write(&path, text).unwrap();
            said_of(&path)
        };
        assert_eq!(said(b""), None);
        assert_eq!(said("grüße = 1\n".as_bytes()), None);
        let expected = |problem: &str| {
            Some(format!(
                "the test script PATH cannot be run: {problem}; name a file of Python as `testScript`"
            ))
        };
        assert_eq!(
            said(b"a = 1\nb = '\xff'\n"),
            expected("line 2 is not UTF-8")
        );
        assert_eq!(said(b"a = 1\n\n\0"), expected("line 3 holds a NUL"));
        let file = File::create(&path).unwrap();
        file.set_len(LARGEST_SCRIPT + 1).unwrap();
        assert_eq!(said_of(&path), expected("it has more than 16 MiB"));
    }

    #[test]
    fn what_is_no_file_is_told_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        for (path, problem) in [
            (fifo, "it is no file"),
            (directory.path().to_owned(), "is a directory"),
            (
                directory.path().join("gone"),
                "No such file or directory (os error 2)",
            ),
            (
                PathBuf::from("a\0b"),
                "file name contained an unexpected NUL byte",
            ),
        ] {
            assert_eq!(
                said_of(&path).unwrap(),
                format!(
                    "the test script PATH cannot be read: {problem}; name a file of Python as `testScript`"
                )
            );
        }
    }
}
