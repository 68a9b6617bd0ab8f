//! The state of machines that is kept from one session to the next, and used by one at a time.
//!
//! It lies in a directory of its own, to which the run directory of a session is a link: so paths of sockets stay as short as
//! they are without it. What lies beside the machines' own directories is of one session only and goes with the next.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, OFlag};

use crate::session_directory::{is_private, lock_now};

/// How a driver is told to keep the state of its machines, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepState {
    /// The directory. It is made if it is not there.
    pub directory: PathBuf,
    /// The driver's own word for it, such as `--keep-vm-state`.
    pub flag: &'static str,
}

/// Why the state of machines cannot be kept in a directory.
#[derive(Debug, thiserror::Error)]
pub enum KeptStateError {
    /// It cannot be made or used.
    #[error(
        "the state of machines cannot be kept in {path}: {source}; remove what is there, set XDG_STATE_HOME to a directory you can \
         write, or launch without `keepState`"
    )]
    Unusable {
        /// The directory, or what is in its place or in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may enter it, or it is a link.
    #[error(
        "the state of machines is not kept in {path}, which is a link, belongs to another user or is open to others; remove it or \
         launch without `keepState`"
    )]
    NotPrivate {
        /// The directory.
        path: PathBuf,
    },
    /// Another session has it.
    #[error(
        "the kept state of these machines, {path}, is in use by another session; end that one first, or launch without `keepState`"
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
}

/// What of a run directory belongs to the machines: their own directories, and what they share with the host.
fn is_kept(name: &str) -> bool {
    name.starts_with("vm-state-") || name == "shared-xchg" || name == LOCK
}

/// The file that the reaper of the session keeps locked which uses the state.
const LOCK: &str = "lock";

/// Makes `directory`, if need be, and leads `run`, an empty directory, there.
///
/// # Errors
/// [`KeptStateError`] also when a session has the state. That is for the user to hear early; what counts is the lock which
/// the reaper takes.
pub(crate) fn lead_to(directory: &Path, run: &Path) -> Result<(), KeptStateError> {
    let unusable = |source| KeptStateError::Unusable {
        path: directory.to_owned(),
        source,
    };
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory);
    made.map_err(unusable)?;
    if !is_private(directory) {
        return Err(KeptStateError::NotPrivate {
            path: directory.to_owned(),
        });
    }
    drop(lock(directory)?);
    fs::remove_dir(run)
        .and_then(|()| symlink(directory, run))
        .map_err(unusable)
}

/// Takes the state that `run` leads to, and clears away what sessions left beside it. `None` where nothing is kept.
///
/// # Errors
/// As [`lead_to`].
pub(crate) fn claim(run: &Path) -> Result<Option<Flock<File>>, KeptStateError> {
    let Ok(directory) = fs::read_link(run) else {
        return Ok(None);
    };
    let lock = lock(&directory)?;
    let unusable = |source| KeptStateError::Unusable {
        path: directory.clone(),
        source,
    };
    for entry in fs::read_dir(&directory).map_err(unusable)? {
        let entry = entry.map_err(unusable)?;
        if is_kept(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let path = entry.path();
        let removed = match entry.file_type() {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        removed.map_err(|source| KeptStateError::Unusable { path, source })?;
    }
    Ok(Some(lock))
}

fn lock(directory: &Path) -> Result<Flock<File>, KeptStateError> {
    let file = directory.join(LOCK);
    let opened = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(&file);
    match opened.and_then(lock_now) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(KeptStateError::InUse {
            path: directory.to_owned(),
        }),
        Err(source) => Err(KeptStateError::Unusable { path: file, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A directory of a session whose `run` leads to a kept state.
    fn session(root: &Path, name: &str) -> PathBuf {
        let run = root.join(name).join("run");
        fs::create_dir_all(&run).unwrap();
        lead_to(&root.join("state/of/machines"), &run).unwrap();
        run
    }

    #[test]
    fn machines_are_met_again_and_what_lay_beside_them_is_not() {
        let root = tempfile::tempdir().unwrap();
        let run = session(root.path(), "first");
        let claimed = claim(&run).unwrap();
        for directory in ["vm-state-web", "shared-xchg", "vde1.ctl"] {
            fs::create_dir(run.join(directory)).unwrap();
        }
        fs::write(run.join("vm-state-web/web.qcow2"), "disk").unwrap();
        fs::write(run.join("leftover"), "").unwrap();
        drop(claimed);

        let run = session(root.path(), "second");
        let _claimed = claim(&run).unwrap();
        let mut names: Vec<_> = fs::read_dir(&run)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["lock", "shared-xchg", "vm-state-web"]);
        let disk = fs::read_to_string(run.join("vm-state-web/web.qcow2"));
        assert_eq!(disk.unwrap(), "disk");
    }

    #[test]
    fn a_state_is_used_by_one_session_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let first = session(root.path(), "first");
        let second = session(root.path(), "second");
        let claimed = claim(&first).unwrap();
        let third = root.path().join("third");
        fs::create_dir(&third).unwrap();
        let state = root.path().join("state/of/machines");
        for error in [
            claim(&second).unwrap_err(),
            lead_to(&state, &third).unwrap_err(),
        ] {
            assert!(matches!(error, KeptStateError::InUse { .. }), "{error}");
            assert!(error.to_string().contains("in use by another session"));
        }
        drop(claimed);
        assert!(claim(&second).unwrap().is_some());
    }

    #[test]
    fn a_session_that_keeps_nothing_claims_nothing() {
        let run = tempfile::tempdir().unwrap();
        fs::write(run.path().join("file"), "").unwrap();
        assert!(claim(run.path()).unwrap().is_none());
        assert!(run.path().join("file").exists());
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join("state");
        let run = root.path().join("run");
        fs::create_dir(&run).unwrap();
        let said = |wanted: &Path| {
            let error = lead_to(&state, &run).unwrap_err().to_string();
            let beginning = format!(
                "the state of machines cannot be kept in {}: ",
                wanted.display()
            );
            assert!(error.starts_with(&beginning), "{error}");
            assert!(error.contains("; remove what is there, "), "{error}");
        };
        fs::write(&state, "").unwrap();
        said(&state);
        fs::remove_file(&state).unwrap();
        let lock = state.join(LOCK);
        fs::create_dir_all(&lock).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
        said(&lock);
        fs::remove_dir(&lock).unwrap();
        symlink("/nonexistent", &lock).unwrap();
        said(&lock);
        fs::remove_file(&lock).unwrap();
        lead_to(&state, &run).unwrap();
    }

    #[test]
    fn a_state_that_others_may_reach_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join("state");
        fs::create_dir(&state).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
        let run = root.path().join("run");
        fs::create_dir(&run).unwrap();
        let error = lead_to(&state, &run).unwrap_err();
        assert!(
            matches!(error, KeptStateError::NotPrivate { .. }),
            "{error}"
        );
        assert!(run.is_dir() && !run.is_symlink());
    }
}
