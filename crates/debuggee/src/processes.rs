//! Looking at processes through `/proc`: who descends from whom, and which belong to a session by their environment.
//!
//! It finds and signals processes; it starts none.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid};

use crate::session_directory::run_directory;

/// The variables that lead the processes of a session to its run directory. They are needed for that, and tell to which
/// session a process belongs when the reaper itself was killed; no variable is there for that purpose alone.
pub(crate) const RUN_VARIABLES: [&str; 2] = ["XDG_RUNTIME_DIR", "TMPDIR"];

/// What a container is told instead, whose environment drivers make anew.
const CONTAINER_VARIABLE: &str = "RUN_NSPAWN_ROOT_DIR";

/// Every living process below `ancestor`, the process itself left out. Zombies do not count.
pub(crate) fn descendants(ancestor: Pid) -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in all_processes() {
        if let Some((parent, state)) = parent_and_state(pid)
            && state != 'Z'
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![ancestor.as_raw()];
    while let Some(pid) = open.pop() {
        for &child in children.get(&pid).into_iter().flatten() {
            if seen.insert(child) {
                found.push(Pid::from_raw(child));
                open.push(child);
            }
        }
    }
    found
}

/// Every process whose environment leads to the run directory of the session in `directory`, the caller left out.
pub(crate) fn marked_with(directory: &Path) -> Vec<Pid> {
    let run = run_directory(directory);
    let own = getpid();
    all_processes()
        .map(Pid::from_raw)
        .filter(|&pid| pid != own)
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
                environment
                    .split(|&byte| byte == 0)
                    .any(|entry| leads_to(&run, entry))
            })
        })
        .collect()
}

/// Whether an entry of an environment names the run directory or something in it.
fn leads_to(run: &Path, entry: &[u8]) -> bool {
    let mut parts = entry.splitn(2, |&byte| byte == b'=');
    let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
        return false;
    };
    let names = RUN_VARIABLES.into_iter().chain([CONTAINER_VARIABLE]);
    let is_one = names.map(str::as_bytes).any(|known| known == name);
    is_one && Path::new(OsStr::from_bytes(value)).starts_with(run)
}

/// Sends `signal` to each; those that are gone by now are passed over.
pub(crate) fn signal_all(processes: &[Pid], signal: Signal) {
    for &process in processes {
        let _gone_is_fine = kill(process, signal);
    }
}

fn all_processes() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Parent and state letter from `/proc/PID/stat`; the command name in parentheses may hold anything, so the fields are
/// counted from its closing parenthesis.
fn parent_and_state(pid: i32) -> Option<(i32, char)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    Some((parent, state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_child_is_found_as_descendant_and_by_its_mark() {
        let mut child = Command::new("sleep")
            .arg("60")
            .env("TMPDIR", "/run/0badcafe/run/vm-state-web")
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(child.id() as i32);
        assert!(descendants(nix::unistd::getpid()).contains(&pid));
        // The environment in /proc is that of the new program only once `exec` has happened.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !marked_with(Path::new("/run/0badcafe")).contains(&pid) {
            assert!(
                std::time::Instant::now() < deadline,
                "the mark never showed"
            );
            std::thread::yield_now();
        }
        for other in ["/run/deadbeef", "/run/0bad", "/run/0badcafe/run"] {
            assert!(!marked_with(Path::new(other)).contains(&pid), "{other}");
        }
        signal_all(&[pid], Signal::SIGKILL);
        child.wait().unwrap();
        assert!(!descendants(nix::unistd::getpid()).contains(&pid));
    }
}
