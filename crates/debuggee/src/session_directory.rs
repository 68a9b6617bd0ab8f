//! The session directory: one private, short-named place per debug session.
//!
//! It holds the link and control sockets, the agent's files and the run directory of the driver. It knows nothing of processes
//! except for the two locks that tell a live session from a dead one: the adapter holds one for as long as it lives, the reaper
//! the other for as long as anything of the session may still run, and whoever finds both free may clear the directory away.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{Uid, getuid};

/// The longest path `bind(2)` and `connect(2)` take for a unix socket on Linux, without the closing NUL.
const LONGEST_SOCKET_PATH: usize = 107;

/// Room kept below the run directory for what drivers create there: `/vm-state-` + machine name + `/monitor`.
const ROOM_FOR_MACHINE_SOCKETS: usize = 48;

/// What can go wrong while a session directory is made.
#[derive(Debug, thiserror::Error)]
pub enum SessionDirectoryError {
    /// A directory could not be created.
    #[error(
        "cannot create the session directory {path}: {source}; set XDG_RUNTIME_DIR to a directory you can write"
    )]
    Create {
        /// The directory that was wanted.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The parent directory belongs to somebody else or others may write to it.
    #[error(
        "{path} belongs to another user or is open to others, so no session is put there; remove it or set XDG_RUNTIME_DIR"
    )]
    NotPrivate {
        /// The directory that was refused.
        path: PathBuf,
    },
    /// The path holds a character at which lists of paths are split.
    #[error(
        "{path} holds a colon, at which PYTHONPATH is split; set XDG_RUNTIME_DIR to a directory without"
    )]
    Colon {
        /// The directory that was wanted.
        path: PathBuf,
    },
    /// The path leaves no room for the sockets of the machines.
    #[error(
        "{path} is too long for the sockets of the machines; set XDG_RUNTIME_DIR to a shorter directory"
    )]
    TooLong {
        /// The run directory that was wanted.
        path: PathBuf,
    },
}

/// A private directory (mode 0700) that lives as long as its session. Dropping it removes it.
#[derive(Debug)]
pub struct SessionDirectory {
    id: String,
    path: PathBuf,
    /// Held until the process ends.
    _owner: Flock<File>,
}

impl SessionDirectory {
    /// Makes a fresh directory under `$XDG_RUNTIME_DIR/nixtest-dap`, or under `/tmp/nixtest-dap-UID` where there is none
    /// that can be used.
    ///
    /// # Errors
    /// [`SessionDirectoryError`] when no private, short and writable place can be had.
    pub fn create() -> Result<Self, SessionDirectoryError> {
        let mut last_error = None;
        for parent in parents() {
            match Self::create_under(&parent) {
                Ok(directory) => return Ok(directory),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or(SessionDirectoryError::NotPrivate {
            path: PathBuf::from("/tmp"),
        }))
    }

    /// Makes a fresh directory below `parent`, which is created if need be.
    ///
    /// # Errors
    /// As [`SessionDirectory::create`].
    pub fn create_under(parent: &Path) -> Result<Self, SessionDirectoryError> {
        if parent.as_os_str().as_bytes().contains(&b':') {
            return Err(SessionDirectoryError::Colon {
                path: parent.to_owned(),
            });
        }
        make_private(parent)?;
        loop {
            let id = random_id().map_err(|source| SessionDirectoryError::Create {
                path: parent.to_owned(),
                source,
            })?;
            let path = parent.join(&id);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(source) => return Err(SessionDirectoryError::Create { path, source }),
            }
            let owner = own(&path).map_err(|source| SessionDirectoryError::Create {
                path: path.clone(),
                source,
            })?;
            let directory = Self {
                id,
                path,
                _owner: owner,
            };
            let run = directory.run();
            if run.as_os_str().len() + ROOM_FOR_MACHINE_SOCKETS > LONGEST_SOCKET_PATH {
                return Err(SessionDirectoryError::TooLong { path: run });
            }
            for below in [directory.agent(), run, directory.out()] {
                DirBuilder::new()
                    .mode(0o700)
                    .create(&below)
                    .map_err(|source| SessionDirectoryError::Create {
                        path: below,
                        source,
                    })?;
            }
            return Ok(directory);
        }
    }

    /// Eight hexadecimal digits that name the session.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The socket on which the adapter waits for the agent.
    #[must_use]
    pub fn link_socket(&self) -> PathBuf {
        self.path.join("agent.sock")
    }

    /// The socket on which the session hears other programs of the user.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        control_socket(&self.path)
    }

    /// Where the agent's Python files lie.
    #[must_use]
    pub fn agent(&self) -> PathBuf {
        self.path.join("agent")
    }

    /// `TMPDIR` and `XDG_RUNTIME_DIR` of the driver, and by that the mark of every process of the session.
    #[must_use]
    pub fn run(&self) -> PathBuf {
        run_directory(&self.path)
    }

    /// The output directory of the driver.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        self.path.join("out")
    }

    /// The driver's configuration, where it is not the one that its wrapper names.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.path.join("configuration.json")
    }

    /// Where the agent writes what went wrong in itself, if anything did.
    #[must_use]
    pub fn trouble(&self) -> PathBuf {
        self.path.join("agent-trouble.txt")
    }

    /// The file that the reaper keeps locked while it lives.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        lock_file(&self.path)
    }
}

impl Drop for SessionDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}

/// The run directory of a session that is given by its path alone.
pub(crate) fn run_directory(directory: &Path) -> PathBuf {
    directory.join("run")
}

/// The control socket of a session that is given by its path alone.
pub(crate) fn control_socket(directory: &Path) -> PathBuf {
    directory.join("control.sock")
}

/// The file that the adapter keeps locked while it lives.
fn owner_file(directory: &Path) -> PathBuf {
    directory.join("owner")
}

/// Makes this process the one whose session it is.
fn own(directory: &Path) -> io::Result<Flock<File>> {
    let file = File::create_new(owner_file(directory))?;
    lock_now(file)?.ok_or_else(|| io::ErrorKind::ResourceBusy.into())
}

/// Whether the adapter of a session lives.
pub(crate) fn is_owned(directory: &Path) -> bool {
    let no_link = nix::fcntl::OFlag::O_NOFOLLOW.bits();
    let file = File::options()
        .write(true)
        .custom_flags(no_link)
        .open(owner_file(directory));
    file.is_ok_and(|file| matches!(lock_now(file), Ok(None)))
}

/// The lock of a session directory that is given by its path alone, as the reaper knows it.
pub(crate) fn lock_file(directory: &Path) -> PathBuf {
    directory.join("lock")
}

/// Takes the lock of a session that has none yet. `None` when somebody has it.
///
/// The file appears under its name only when it is locked already, so that nobody can take a session for dead that is just
/// being born.
pub(crate) fn claim_lock(directory: &Path) -> io::Result<Option<Flock<File>>> {
    if lock_file(directory).exists() && take_lock(directory)?.is_none() {
        return Ok(None);
    }
    let unborn = directory.join("lock.new");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&unborn)?;
    let Some(lock) = lock_now(file)? else {
        return Ok(None);
    };
    fs::rename(unborn, lock_file(directory))?;
    Ok(Some(lock))
}

/// Takes the lock of a session that was claimed before. `None` when somebody has it.
pub(crate) fn take_lock(directory: &Path) -> io::Result<Option<Flock<File>>> {
    let no_link = nix::fcntl::OFlag::O_NOFOLLOW.bits();
    lock_now(
        File::options()
            .write(true)
            .custom_flags(no_link)
            .open(lock_file(directory))?,
    )
}

/// Locks a file, unless somebody else has.
pub(crate) fn lock_now(file: File) -> io::Result<Option<Flock<File>>> {
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

/// Directories that may hold sessions, best first.
pub(crate) fn parents() -> Vec<PathBuf> {
    let mut parents = Vec::new();
    if let Some(runtime) =
        std::env::var_os("XDG_RUNTIME_DIR").filter(|value| Path::new(value).is_absolute())
    {
        parents.push(PathBuf::from(runtime).join("nixtest-dap"));
    }
    parents.push(PathBuf::from(format!("/tmp/nixtest-dap-{}", getuid())));
    parents
}

/// Creates `path` with mode 0700, or makes sure that what is there is ours alone: in a directory like `/tmp` somebody else
/// could have made it first.
fn make_private(path: &Path) -> Result<(), SessionDirectoryError> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|source| SessionDirectoryError::Create {
        path: path.to_owned(),
        source,
    })?;
    match is_private(path) {
        true => Ok(()),
        false => Err(SessionDirectoryError::NotPrivate {
            path: path.to_owned(),
        }),
    }
}

/// Whether `path` is a directory of this user, no link to one, that nobody else may enter.
pub(crate) fn is_private(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_dir()
            && Uid::from_raw(metadata.uid()) == getuid()
            && metadata.permissions().mode() & 0o077 == 0
    })
}

/// Eight hexadecimal digits from the system's random source.
fn random_id() -> io::Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 4];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_directory_is_private_and_goes_when_dropped() {
        let parent = tempfile::tempdir().unwrap();
        let directory = SessionDirectory::create_under(&parent.path().join("nixtest-dap")).unwrap();
        let path = directory.path().to_owned();
        for made in [
            path.clone(),
            directory.agent(),
            directory.run(),
            directory.out(),
        ] {
            assert_eq!(
                fs::metadata(&made).unwrap().permissions().mode() & 0o777,
                0o700,
                "{}",
                made.display()
            );
        }
        assert_eq!(directory.id().len(), 8);
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let open = parent.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        let error = SessionDirectory::create_under(&open).unwrap_err();
        assert!(
            matches!(error, SessionDirectoryError::NotPrivate { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_path_without_room_for_sockets_is_refused_by_name() {
        let parent = tempfile::tempdir().unwrap();
        let long = parent.path().join("x".repeat(80));
        let error = SessionDirectory::create_under(&long).unwrap_err();
        assert!(
            matches!(error, SessionDirectoryError::TooLong { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("shorter directory"), "{error}");
    }

    #[test]
    fn a_path_that_would_be_split_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let error = SessionDirectory::create_under(&parent.path().join("a:b")).unwrap_err();
        assert!(
            matches!(error, SessionDirectoryError::Colon { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_lock_is_held_by_one() {
        let parent = tempfile::tempdir().unwrap();
        assert!(take_lock(parent.path()).is_err(), "there is none yet");
        let first = claim_lock(parent.path()).unwrap();
        assert!(first.is_some());
        assert!(take_lock(parent.path()).unwrap().is_none());
        assert!(claim_lock(parent.path()).unwrap().is_none());
        drop(first);
        assert!(take_lock(parent.path()).unwrap().is_some());
        assert!(claim_lock(parent.path()).unwrap().is_some());
    }

    #[test]
    fn a_lock_that_is_a_link_is_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = parent.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, lock_file(parent.path())).unwrap();
        assert!(take_lock(parent.path()).is_err());
    }
}
