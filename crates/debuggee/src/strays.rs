//! Clearing away what sessions left whose adapter and reaper were both killed.
//!
//! A session whose locks are free is over: its processes are found by their mark and killed, its directory goes. A session that
//! still lives holds one of them and is never touched.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use nix::fcntl::Flock;
use nix::sys::signal::Signal;

use crate::processes::{marked_with, signal_all};
use crate::session_directory::{is_owned, is_private, parents, take_lock};

/// Longer than any session takes to be made.
const BIRTH: Duration = Duration::from_secs(60);

/// Kills and removes what dead sessions of this user left. Meant to be called once when an adapter starts; does nothing
/// where there is nothing to do, and never fails: what cannot be removed now is met again at the next start.
pub fn clear_strays() {
    for parent in parents() {
        clear_strays_below(&parent);
    }
}

fn clear_strays_below(parent: &Path) {
    // What others may write to says nothing about our sessions.
    if !is_private(parent) {
        return;
    }
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    let directories = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for directory in directories.filter(|directory| is_private(directory)) {
        let Some(lock) = lock_of_dead(&directory) else {
            continue;
        };
        let strays = marked_with(&directory);
        if !strays.is_empty() {
            tracing::warn!(
                "{} processes of the dead session {} are killed",
                strays.len(),
                directory.display()
            );
            signal_all(&strays, Signal::SIGKILL);
        }
        if let Err(error) = fs::remove_dir_all(&directory) {
            tracing::warn!("cannot remove {}: {error}", directory.display());
        }
        drop(lock);
    }
}

/// Nothing for a session that lives; for a dead one its lock, where it ever had any.
fn lock_of_dead(directory: &Path) -> Option<Option<Flock<File>>> {
    // There is no reaper yet while Nix builds the driver.
    if is_owned(directory) {
        return None;
    }
    match take_lock(directory) {
        Ok(Some(lock)) => Some(Some(lock)),
        Ok(None) => None,
        // No reaper was ever started here: the session is being made this very moment, or its adapter is dead.
        Err(_) => {
            let made = fs::metadata(directory).ok()?.modified().ok()?;
            (made.elapsed().ok()? > BIRTH).then_some(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session_directory::{SessionDirectory, claim_lock};
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    #[test]
    fn a_dead_session_loses_its_processes_and_its_directory_and_a_live_one_keeps_both() {
        let parent = tempfile::tempdir().unwrap();
        let parent = parent.path().join("sessions");
        let dead = SessionDirectory::create_under(&parent).unwrap();
        let live = SessionDirectory::create_under(&parent).unwrap();
        drop(claim_lock(dead.path()).unwrap());
        // Its adapter, which is this process, must be dead as well.
        fs::remove_file(dead.path().join("owner")).unwrap();
        let held = claim_lock(live.path()).unwrap();
        let mut stray = Command::new("sleep")
            .arg("600")
            .env("TMPDIR", dead.run())
            .spawn()
            .unwrap();
        let mut child = Command::new("sleep")
            .arg("600")
            .env("TMPDIR", live.run())
            .spawn()
            .unwrap();
        let stray_pid = nix::unistd::Pid::from_raw(i32::try_from(stray.id()).unwrap());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !marked_with(dead.path()).contains(&stray_pid) {
            assert!(
                std::time::Instant::now() < deadline,
                "the mark never showed"
            );
            std::thread::yield_now();
        }

        clear_strays_below(&parent);

        assert_eq!(stray.wait().unwrap().signal(), Some(Signal::SIGKILL as i32));
        assert!(!dead.path().exists());
        assert!(child.try_wait().unwrap().is_none());
        assert!(live.path().exists());
        child.kill().unwrap();
        child.wait().unwrap();
        drop(held);
    }

    #[test]
    fn a_session_without_a_reaper_lives_as_long_as_its_adapter() {
        let parent = tempfile::tempdir().unwrap();
        let parent = parent.path().join("sessions");
        let session = SessionDirectory::create_under(&parent).unwrap();
        let path = session.path().to_owned();
        let an_hour_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
        let age = || {
            File::open(&path)
                .unwrap()
                .set_modified(an_hour_ago)
                .unwrap()
        };
        age();
        clear_strays_below(&parent);
        assert!(path.exists());
        fs::remove_file(path.join("owner")).unwrap();
        clear_strays_below(&parent);
        assert!(path.exists(), "it might just be made");
        age();
        clear_strays_below(&parent);
        assert!(!path.exists());
    }
}
