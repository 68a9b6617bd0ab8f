//! Verdicts that outlive the process, in one small file. Whatever is wrong with it, there will just be another trial.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Accelerator, Probe, payload};

/// All that a verdict depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    /// Modules and firmware settings change at a boot, and a machine may be moved to another host.
    boot: String,
    qemu: PathBuf,
    /// Size, then seconds and nanoseconds of the last change.
    qemu_state: (u64, i64, i64),
    /// File system, inode, device number, mode, owner and group of `/dev/kvm`; it changes when modules are reloaded.
    device: (u64, u64, u64, u32, u32, u32),
    payload: u32,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    key: Key,
    verdict: Accelerator,
}

impl Key {
    /// Nothing where the kernel does not number its boots.
    pub(super) fn new(probe: &Probe) -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let qemu = fs::canonicalize(&probe.qemu).ok()?;
        let program = fs::metadata(&qemu).ok()?;
        let device = fs::metadata(&probe.device).ok()?;
        Some(Self {
            boot: boot.trim().to_owned(),
            qemu,
            qemu_state: (program.size(), program.mtime(), program.mtime_nsec()),
            device: (
                device.dev(),
                device.ino(),
                device.rdev(),
                device.mode(),
                device.uid(),
                device.gid(),
            ),
            payload: payload::VERSION,
        })
    }
}

pub(super) fn recall(file: &Path, key: &Key) -> Option<Accelerator> {
    let entry = read(file).into_iter().find(|entry| entry.key == *key)?;
    Some(entry.verdict)
}

/// Forgets what was said in earlier boots and about earlier states of this QEMU.
pub(super) fn remember(file: &Path, key: Key, verdict: Accelerator) -> io::Result<()> {
    let mut entries = read(file);
    entries.retain(|entry| entry.key.boot == key.boot && entry.key.qemu != key.qemu);
    entries.push(Entry { key, verdict });
    let directory = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(directory)?;
    // Another session may do the same at the same time; readers see one or the other.
    let new = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&new, &entries)?;
    new.persist(file)?;
    Ok(())
}

fn read(file: &Path) -> Vec<Entry> {
    let text = fs::read(file).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
