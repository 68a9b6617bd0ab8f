//! Does KVM work here? Found by trying it.
//!
//! A `/dev/kvm` that opens proves little. Where KVM emulates kernel code instead of running it (seen with the `kvm_pvm`
//! module on a cloud machine without hardware virtualization), firmware starts, but an ordinary kernel takes minutes
//! to unpack itself or stops at its first vector instruction, and `-cpu max` aborts QEMU at once. So QEMU runs
//! [`payload`], a guest of a few hundred bytes that does what a kernel does first and times it.
//!
//! The verdict is remembered until the machine reboots or the QEMU or `/dev/kvm` changes, because the trial takes
//! 0.1 s when all is well and up to [`STALL`] when not.

mod cache;
mod payload;
mod trial;

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// How long the guest may take from its first sign of life. A processor needs some 20 ms; emulation, 20 s.
pub const STALL: Duration = Duration::from_secs(3);
/// How long QEMU may take until then, also on a machine that is busy with something else.
pub const START: Duration = Duration::from_secs(10);

/// What QEMU can run machines with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accelerator {
    /// KVM works.
    Kvm,
    /// It does not; QEMU has to emulate the processor, which is ten times slower or more.
    Tcg {
        /// Why KVM is out, as a sentence for the user.
        reason: String,
    },
}

/// KVM could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// A driver from nixpkgs brings its own QEMU, so this need not stop anybody.
    #[error(transparent)]
    QemuMissing(#[from] QemuMissing),
    /// QEMU is there but does not start.
    #[error("cannot start {program}: {error}")]
    Start {
        /// What was tried.
        program: PathBuf,
        /// Why it did not work.
        error: io::Error,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// There is no QEMU on `PATH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{program} was not found on PATH; install QEMU")]
pub struct QemuMissing {
    /// The program that was looked for.
    pub program: &'static str,
}

/// Finds out whether KVM works, with the QEMU on `PATH` and a memory in the user's cache directory.
///
/// # Errors
/// If there is no QEMU, or it does not start, or `cancel` fires.
pub async fn probe(cancel: &CancellationToken) -> Result<Accelerator, ProbeError> {
    let probe = Probe {
        qemu: find_qemu()?,
        cache: default_cache(),
        device: PathBuf::from("/dev/kvm"),
    };
    probe.run(cancel).await
}

/// Where the QEMU for this kind of machine is on `PATH`.
///
/// # Errors
/// If it is not there.
pub fn find_qemu() -> Result<PathBuf, QemuMissing> {
    let program = match env::consts::ARCH {
        "aarch64" => "qemu-system-aarch64",
        _ => "qemu-system-x86_64",
    };
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|path| path.is_absolute() && path.is_file())
        .ok_or(QemuMissing { program })
}

fn default_cache() -> Option<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    Some(base.join("nixtest-dap/accelerator.json"))
}

/// What to try KVM with.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The QEMU.
    pub qemu: PathBuf,
    /// The file that remembers verdicts; without one, every probe is a trial.
    pub cache: Option<PathBuf>,
    /// `/dev/kvm`.
    pub device: PathBuf,
}

impl Probe {
    /// As [`probe`]. On other processors than x86-64 a device that opens is believed, since the payload is for x86-64.
    ///
    /// # Errors
    /// If QEMU does not start, or `cancel` fires.
    pub async fn run(&self, cancel: &CancellationToken) -> Result<Accelerator, ProbeError> {
        // QEMU wants to read and write too.
        if let Err(error) = File::options().read(true).write(true).open(&self.device) {
            return Ok(Accelerator::Tcg {
                reason: unusable(&self.device, &error),
            });
        }
        if env::consts::ARCH != "x86_64" {
            return Ok(Accelerator::Kvm);
        }
        let remembered = self
            .cache
            .as_deref()
            .and_then(|cache| Some((cache, cache::Key::new(self)?)));
        if let Some((cache, key)) = &remembered
            && let Some(verdict) = cache::recall(cache, key)
        {
            return Ok(verdict);
        }
        let outcome = trial::run(&self.qemu, "kvm", cancel).await?;
        if let Some((cache, key)) = remembered
            && outcome.is_certain()
            && let Err(error) = cache::remember(cache, key, outcome.clone().verdict())
        {
            tracing::debug!(
                "the verdict on KVM is not remembered in {}: {error}",
                cache.display()
            );
        }
        Ok(outcome.verdict())
    }
}

fn unusable(device: &Path, error: &io::Error) -> String {
    let path = device.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!(
                "there is no {path}; enable virtualization in the firmware or load the kernel's kvm module"
            )
        }
        io::ErrorKind::PermissionDenied => {
            let group = fs::metadata(device)
                .map(|_| "; add yourself to the group that owns it, usually `kvm`");
            format!("{path} may not be opened{}", group.unwrap_or_default())
        }
        _ => format!("{path} cannot be opened: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn probe_with(directory: &Path, qemu: &str) -> Probe {
        let path = directory.join("qemu");
        fs::write(&path, qemu).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        Probe {
            qemu: path,
            cache: Some(directory.join("cache/accelerator.json")),
            // Anything that opens will do.
            device: "/dev/null".into(),
        }
    }

    async fn reason(probe: &Probe) -> String {
        match probe.run(&CancellationToken::new()).await.unwrap() {
            Accelerator::Kvm => "KVM works".to_owned(),
            Accelerator::Tcg { reason } => reason,
        }
    }

    #[tokio::test]
    async fn a_missing_device_is_a_reason() {
        let directory = tempfile::tempdir().unwrap();
        let mut probe = probe_with(directory.path(), "");
        probe.device = "/does/not/exist".into();
        assert!(
            reason(&probe)
                .await
                .starts_with("there is no /does/not/exist; enable")
        );
    }

    #[cfg(target_arch = "x86_64")]
    #[tokio::test]
    async fn a_verdict_is_remembered_until_qemu_changes() {
        let directory = tempfile::tempdir().unwrap();
        let probe = probe_with(
            directory.path(),
            "#!/bin/sh\necho 'x: error: no luck' >&2\nexit 1\n",
        );
        let expected = "KVM does not work: QEMU says `error: no luck`";
        assert_eq!(reason(&probe).await, expected);

        let script = fs::read_to_string(&probe.qemu).unwrap();
        let modified = fs::metadata(&probe.qemu).unwrap().modified().unwrap();
        let changed = script.replace("luck", "room");
        fs::write(&probe.qemu, &changed).unwrap();
        File::options()
            .write(true)
            .open(&probe.qemu)
            .unwrap()
            .set_modified(modified)
            .unwrap();
        assert_eq!(reason(&probe).await, expected, "size and time are the same");

        fs::write(&probe.qemu, changed + "# longer\n").unwrap();
        assert_eq!(reason(&probe).await, expected.replace("luck", "room"));
    }

    #[cfg(target_arch = "x86_64")]
    #[tokio::test]
    async fn a_guest_that_kvm_stopped_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let script =
            "#!/bin/sh\nprintf rpl\necho 'KVM internal error. Suberror: 1' >&2\nexec sleep 100\n";
        let probe = probe_with(directory.path(), script);
        let start = std::time::Instant::now();
        let reason = reason(&probe).await;
        assert!(
            reason.contains("a trial machine got no further than"),
            "{reason}"
        );
        assert!(start.elapsed() < STALL);
    }

    #[cfg(target_arch = "x86_64")]
    #[tokio::test]
    async fn a_guest_that_hangs_is_given_up() {
        let directory = tempfile::tempdir().unwrap();
        let probe = probe_with(directory.path(), "#!/bin/sh\nprintf rplv\nexec sleep 100\n");
        assert!(reason(&probe).await.contains("too slowly"));
    }

    #[tokio::test]
    async fn this_machine_gets_a_verdict_in_time() {
        let Ok(qemu) = find_qemu() else {
            eprintln!("skipped: there is no QEMU on PATH");
            return;
        };
        let probe = Probe {
            qemu,
            cache: None,
            device: "/dev/kvm".into(),
        };
        let start = std::time::Instant::now();
        eprintln!("{}", reason(&probe).await);
        assert!(start.elapsed() < START + STALL);
    }

    #[cfg(target_arch = "x86_64")]
    #[tokio::test]
    async fn a_broken_cache_is_no_obstacle() {
        let directory = tempfile::tempdir().unwrap();
        let probe = probe_with(directory.path(), "#!/bin/sh\nexit 85\n");
        fs::create_dir(directory.path().join("cache")).unwrap();
        fs::write(probe.cache.as_ref().unwrap(), "no JSON").unwrap();
        assert_eq!(
            probe.run(&CancellationToken::new()).await.unwrap(),
            Accelerator::Kvm
        );
        assert_eq!(
            probe.run(&CancellationToken::new()).await.unwrap(),
            Accelerator::Kvm
        );
    }

    #[cfg(target_arch = "x86_64")]
    #[tokio::test]
    async fn a_probe_can_be_cancelled() {
        let directory = tempfile::tempdir().unwrap();
        let probe = probe_with(directory.path(), "#!/bin/sh\nexec sleep 100\n");
        let cancel = CancellationToken::new();
        let (result, ()) = tokio::join!(probe.run(&cancel), async { cancel.cancel() });
        assert!(matches!(result, Err(ProbeError::Cancelled)));
    }
}
