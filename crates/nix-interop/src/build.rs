//! From a derivation to its output in the store.

use std::fmt;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::culprit;
use crate::find::Nix;
use crate::internal_json::parse_line;
use crate::process::{self, RunError};
use crate::progress::{BuildEvent, BuildLog, name_of};

/// A derivation was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A builder failed, or Nix could not run it.
    #[error("{0}")]
    Failed(Box<BuildFailure>),
    /// The link that keeps the output from garbage collection cannot be made.
    #[error("cannot keep the output by the link {link}: {error}")]
    Link {
        /// The link.
        link: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// Nix did not run, or was cancelled.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What failed. All texts are free of control sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFailure {
    /// The `.drv` that failed itself, not one that depends on it; nothing if Nix names none.
    pub derivation: Option<PathBuf>,
    /// Its name, without hash and `.drv`; else that of what was to be built.
    pub name: String,
    /// Such as “builder failed with exit code 3”.
    pub reason: String,
    /// The end of its log, at most 20 lines.
    pub log: Vec<String>,
    /// How Nix itself ended, such as “exit status: 100”.
    pub status: String,
}

impl fmt::Display for BuildFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "building {} failed: {}", self.name, self.reason)
    }
}

impl Nix {
    /// Builds or fetches `derivation`, and makes `link` point to its output as a root for the garbage collector. The link
    /// says nothing to us: others may change it. The outputs are known from the evaluation.
    /// `cancel` ends Nix and its builders before this returns.
    ///
    /// # Errors
    /// If the build fails, the link cannot be made, or Nix cannot run or is cancelled.
    pub async fn build(
        &self,
        derivation: &Path,
        link: Option<&Path>,
        mut on_event: impl FnMut(BuildEvent) + Send,
        cancel: &CancellationToken,
    ) -> Result<(), BuildError> {
        let mut invocation = self.nix_store();
        invocation.arguments(["--realise".into(), derivation.as_os_str().to_owned()]);
        if let Some(link) = link {
            let link = prepare_link(link).map_err(|error| BuildError::Link {
                link: link.to_owned(),
                error,
            })?;
            // Without --indirect, versions before 2.5 want the link inside their own directory.
            invocation.arguments([
                "--add-root".into(),
                link.into_os_string(),
                "--indirect".into(),
            ]);
        }
        let mut log = BuildLog::default();
        let on_line = |line: &[u8]| log.take(parse_line(line), &mut on_event);
        let finished = process::run(invocation, on_line, cancel).await?;
        if finished.status.success() {
            return Ok(());
        }
        let culprit = culprit::find(&log);
        let named = culprit.derivation.as_deref().unwrap_or(derivation);
        Err(BuildError::Failed(Box::new(BuildFailure {
            name: name_of(&named.to_string_lossy()),
            derivation: culprit.derivation,
            reason: culprit.reason,
            log: culprit.log,
            status: finished.status.to_string(),
        })))
    }
}

/// The link, absolute, in a directory that exists.
fn prepare_link(link: &Path) -> std::io::Result<PathBuf> {
    let link = std::path::absolute(link)?;
    if let Some(directory) = link.parent() {
        std::fs::create_dir_all(directory)?;
    }
    Ok(link)
}
