//! What a launch wants of the driver beside running its test: another script, kept state.
//!
//! How a driver is asked for it differs from release to release; `debuggee` finds that out. Where nothing of it is wanted, the
//! driver is not asked.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use debuggee::{DriverInterface, InterfaceError, KeepState, ScriptOverride};

use crate::launch_arguments::LaunchArguments;
use crate::preparing::user_directory;

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
        "the state of the machines cannot be kept, because neither XDG_STATE_HOME nor HOME is set"
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
        let is_directory = File::open(path).and_then(|file| Ok(file.metadata()?.is_dir()));
        match is_directory.map_err(failed)? {
            true => Err(failed(io::ErrorKind::IsADirectory.into())),
            false => Ok(()),
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
