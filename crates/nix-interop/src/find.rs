//! Where Nix is, and which Nix it is.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::process::{self, GRACE, GRACE_OF_EVALUATION, Invocation, RunError};

/// How long `nix --version` may take, also on a machine that is busy with something else.
const PROBE_DEADLINE: Duration = Duration::from_secs(20);

/// Flags of every call.
///
/// Stored configuration of a flake is never accepted: it may name a hook that runs as the user.
const COMMON_FLAGS: [&str; 10] = [
    "--extra-experimental-features",
    "nix-command flakes",
    "--option",
    "accept-flake-config",
    "false",
    "--option",
    "warn-dirty",
    "false",
    "--log-format",
    "internal-json",
];

/// An installed Nix.
#[derive(Debug, Clone)]
pub struct Nix {
    programs: Programs,
    environment: Vec<(OsString, OsString)>,
    flavor: Flavor,
    version: String,
}

#[derive(Debug, Clone)]
struct Programs {
    nix: PathBuf,
    nix_instantiate: PathBuf,
    nix_store: PathBuf,
}

/// Who made this Nix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// The original.
    Nix,
    /// <https://lix.systems>
    Lix,
    /// <https://determinate.systems>
    Determinate,
}

impl fmt::Display for Flavor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nix => "Nix",
            Self::Lix => "Lix",
            Self::Determinate => "Determinate Nix",
        })
    }
}

/// No usable Nix.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// No directory has all the programs.
    #[error(
        "Nix was not found on PATH nor in its usual places; install it from https://nixos.org/download, or start the \
         editor from a shell in which `nix --version` works"
    )]
    NotFound,
    /// The program is there but does not answer as Nix does.
    #[error("{program} does not work: {problem}; try `{program} --version` in a terminal")]
    Broken {
        /// What was tried.
        program: PathBuf,
        /// What it did.
        problem: String,
    },
}

impl Nix {
    /// Looks on `PATH`, then in the places where installers put Nix, and asks for the version.
    ///
    /// # Errors
    /// If there is no Nix, or it does not answer.
    pub async fn find() -> Result<Self, FindError> {
        Self::find_in(
            env::split_paths(&env::var_os("PATH").unwrap_or_default()).chain(usual_places()),
        )
        .await
    }

    /// As [`Nix::find`], in these directories only.
    ///
    /// # Errors
    /// If none of them holds all the programs, or they do not answer.
    pub async fn find_in(
        directories: impl IntoIterator<Item = PathBuf>,
    ) -> Result<Self, FindError> {
        let programs = directories
            .into_iter()
            .find_map(|directory| Programs::in_directory(&directory));
        let mut nix = Self {
            programs: programs.ok_or(FindError::NotFound)?,
            environment: Vec::new(),
            flavor: Flavor::Nix,
            version: String::new(),
        };
        let text = nix
            .ask_version()
            .await
            .map_err(|problem| FindError::Broken {
                program: nix.programs.nix.clone(),
                problem,
            })?;
        (nix.flavor, nix.version) = parse_version(&text).ok_or_else(|| FindError::Broken {
            program: nix.programs.nix.clone(),
            problem: format!("it calls itself `{}`", crate::sanitize::strip(text.trim())),
        })?;
        Ok(nix)
    }

    /// Adds a variable to the environment of every call, over the one we run in.
    #[must_use]
    pub fn with_environment(
        mut self,
        name: impl Into<OsString>,
        value: impl Into<OsString>,
    ) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Who made it.
    pub fn flavor(&self) -> Flavor {
        self.flavor
    }

    /// Of Nix itself, such as `2.8.0`, also for its descendants where they tell it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where its `nix` is.
    pub fn program(&self) -> &Path {
        &self.programs.nix
    }

    pub(crate) fn nix(&self, subcommand: &str) -> Invocation {
        let mut invocation = self.invocation(&self.programs.nix);
        invocation.arguments.push(subcommand.into());
        invocation.arguments(COMMON_FLAGS);
        invocation
    }

    pub(crate) fn nix_instantiate(&self) -> Invocation {
        let mut invocation = self.invocation(&self.programs.nix_instantiate);
        invocation.arguments(COMMON_FLAGS);
        invocation
    }

    pub(crate) fn nix_store(&self) -> Invocation {
        let mut invocation = self.invocation(&self.programs.nix_store);
        invocation.grace = GRACE;
        invocation.arguments(COMMON_FLAGS);
        invocation
    }

    fn invocation(&self, program: &Path) -> Invocation {
        Invocation {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: self.environment.clone(),
            directory: None,
            grace: GRACE_OF_EVALUATION,
        }
    }

    async fn ask_version(&self) -> Result<String, String> {
        let mut invocation = self.invocation(&self.programs.nix);
        invocation.arguments(["--version"]);
        let cancel = CancellationToken::new();
        let mut complaint = String::new();
        let answer = process::run(
            invocation,
            |line| complaint = String::from_utf8_lossy(line).into_owned(),
            &cancel,
        );
        let finished = tokio::select! {
            finished = answer => finished.map_err(|error: RunError| error.to_string())?,
            // Dropping the call ends the process.
            () = tokio::time::sleep(PROBE_DEADLINE) => return Err("no answer in 20 s".to_owned()),
        };
        if !finished.status.success() {
            return Err(format!(
                "{}: {}",
                finished.status,
                crate::sanitize::strip(&complaint)
            ));
        }
        Ok(String::from_utf8_lossy(&finished.stdout).into_owned())
    }
}

impl fmt::Display for Nix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {} ({})",
            self.flavor,
            self.version,
            self.programs.nix.display()
        )
    }
}

impl Programs {
    fn in_directory(directory: &Path) -> Option<Self> {
        let program = |name: &str| {
            Some(directory.join(name)).filter(|path| directory.is_absolute() && path.is_file())
        };
        Some(Self {
            nix: program("nix")?,
            nix_instantiate: program("nix-instantiate")?,
            nix_store: program("nix-store")?,
        })
    }
}

fn usual_places() -> Vec<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let user = env::var_os("USER").filter(|user| !user.is_empty() && !contains_slash(user));
    [
        in_home(".nix-profile/bin"),
        in_home(".local/state/nix/profile/bin"),
        user.map(|user| Path::new("/etc/profiles/per-user").join(user).join("bin")),
        Some("/nix/var/nix/profiles/default/bin".into()),
        Some("/run/current-system/sw/bin".into()),
        Some("/usr/local/bin".into()),
        Some("/usr/bin".into()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn contains_slash(name: &OsStr) -> bool {
    name.as_encoded_bytes().contains(&b'/')
}

/// `nix (Nix) 2.8.0`, `nix (Lix, like Nix) 2.93.3`, `nix (Determinate Nix 3.22.2) 2.35.2`.
fn parse_version(text: &str) -> Option<(Flavor, String)> {
    let (name, version) = text.trim().strip_prefix("nix (")?.split_once(") ")?;
    let flavor = if name.starts_with("Lix") {
        Flavor::Lix
    } else if name.starts_with("Determinate") {
        Flavor::Determinate
    } else {
        Flavor::Nix
    };
    let version = version.split_whitespace().next()?;
    version
        .starts_with(|first: char| first.is_ascii_digit())
        .then(|| (flavor, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tell_the_flavor() {
        let parse = |text| parse_version(text);
        assert_eq!(
            parse("nix (Nix) 2.8.0\n"),
            Some((Flavor::Nix, "2.8.0".into()))
        );
        assert_eq!(
            parse("nix (Lix, like Nix) 2.93.3\nSystem type: x"),
            Some((Flavor::Lix, "2.93.3".into()))
        );
        assert_eq!(
            parse("nix (Determinate Nix 3.22.2) 2.35.2"),
            Some((Flavor::Determinate, "2.35.2".into()))
        );
        assert_eq!(parse("nix version unknown"), None);
        assert_eq!(parse(""), None);
    }

    #[tokio::test]
    async fn no_nix_says_how_to_get_it() {
        let directory = tempfile::tempdir().unwrap();
        let error = Nix::find_in([directory.path().to_owned()])
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("Nix was not found on PATH nor in its usual places; install it")
        );
    }

    #[tokio::test]
    async fn a_nix_that_does_not_answer_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        for name in ["nix", "nix-instantiate", "nix-store"] {
            let program = directory.path().join(name);
            std::fs::write(&program, "#!/bin/sh\necho 'no store today' >&2\nexit 3\n").unwrap();
            std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let error = Nix::find_in([directory.path().to_owned()])
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("does not work: exit status: 3: no store today; try"),
            "{error}"
        );
    }
}
