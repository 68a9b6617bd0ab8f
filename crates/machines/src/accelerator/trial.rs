//! One run of the payload, and what its end means.

use std::io::{self, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Accelerator, ProbeError, STALL, START, payload};

/// Enough of what QEMU says; a crash prints all registers.
const COMPLAINT_LIMIT: usize = 16 << 10;
/// After this line QEMU stops the guest but goes on itself.
const STOPPED: &str = "KVM internal error";
/// How long the two outputs of QEMU may be apart.
const DRAIN: Duration = Duration::from_millis(200);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    /// It said no.
    Failure {
        reason: String,
    },
    /// It never came to run the guest, which may be for want of time.
    Silence {
        reason: String,
    },
}

impl Outcome {
    pub(super) fn is_certain(&self) -> bool {
        !matches!(self, Self::Silence { .. })
    }

    pub(super) fn verdict(self) -> Accelerator {
        match self {
            Self::Success => Accelerator::Kvm,
            Self::Failure { reason } | Self::Silence { reason } => Accelerator::Tcg { reason },
        }
    }
}

/// Runs the payload with an accelerator of QEMU's. QEMU is gone when this returns.
pub(super) async fn run(
    qemu: &Path,
    accelerator: &str,
    cancel: &CancellationToken,
) -> Result<Outcome, ProbeError> {
    let failed = |error| ProbeError::Start {
        program: qemu.to_owned(),
        error,
    };
    let mut rom = tempfile::NamedTempFile::with_prefix("nixtest-dap-").map_err(failed)?;
    rom.write_all(&payload::rom()).map_err(failed)?;
    let mut child = Command::new(qemu)
        .args([
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-m",
            "16",
        ])
        .args(["-machine".to_owned(), format!("pc,accel={accelerator}")])
        // What NixOS tests run with.
        .args(["-cpu", "max"])
        .arg("-bios")
        .arg(rom.path())
        .args(["-debugcon", "stdio", "-device"])
        .arg(format!(
            "isa-debug-exit,iobase={:#x},iosize=1",
            payload::EXIT_PORT
        ))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let mut run = Run::default();
    let status = tokio::select! {
        status = run.follow(&mut child) => status.map_err(failed)?,
        () = cancel.cancelled() => {
            child.kill().await.map_err(failed)?;
            return Err(ProbeError::Cancelled);
        }
    };
    if status.is_none() {
        child.kill().await.map_err(failed)?;
    }
    Ok(run.outcome(status))
}

#[derive(Debug, Default)]
struct Run {
    stages: Vec<u8>,
    complaint: Vec<u8>,
}

impl Run {
    /// The exit status, or nothing if time ran out or the guest was stopped.
    async fn follow(&mut self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        let missing = || io::Error::other("a pipe is missing");
        let mut stdout = child.stdout.take().ok_or_else(missing)?;
        let mut stderr = child.stderr.take().ok_or_else(missing)?;
        let (mut stdout_open, mut stderr_open) = (true, true);
        let mut buffer = vec![0; 4096];
        let mut deadline = Instant::now() + START;
        while stdout_open || stderr_open {
            tokio::select! {
                count = stdout.read(&mut buffer), if stdout_open => {
                    let bytes = &buffer[..count?];
                    stdout_open = !bytes.is_empty();
                    if self.stages.is_empty() && stdout_open && !self.was_stopped() {
                        deadline = Instant::now() + STALL;
                    }
                    self.stages.extend(bytes.iter().filter(|byte| payload::stage(**byte).is_some()));
                }
                count = stderr.read_buf(&mut self.complaint), if stderr_open => {
                    stderr_open = count? != 0 && self.complaint.len() < COMPLAINT_LIMIT;
                    if self.was_stopped() {
                        // The last stages may still be on their way.
                        deadline = deadline.min(Instant::now() + DRAIN);
                    }
                }
                () = sleep_until(deadline) => return Ok(None),
            }
        }
        tokio::select! {
            status = child.wait() => Ok(Some(status?)),
            () = sleep_until(deadline) => Ok(None),
        }
    }

    fn was_stopped(&self) -> bool {
        self.complaint().contains(STOPPED)
    }

    fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.complaint).into_owned()
    }

    fn outcome(&self, status: Option<ExitStatus>) -> Outcome {
        if status.and_then(|status| status.code()) == Some(payload::SUCCESS_STATUS) {
            return Outcome::Success;
        }
        let complaint = self.complaint();
        let said = || {
            first_error(&complaint)
                .map(|line| format!(": QEMU says `{line}`"))
                .unwrap_or_default()
        };
        let reached = self.stages.last().and_then(|byte| payload::stage(*byte));
        match (status, reached) {
            (None, Some("vector registers")) => Outcome::Failure {
                reason: "KVM is here but runs machines hundreds of times too slowly, so it seems to emulate them"
                    .to_owned(),
            },
            (None, Some(reached)) => Outcome::Failure {
                reason: format!("KVM runs no kernel here: a trial machine got no further than {reached}{}", said()),
            },
            (None, None) if self.was_stopped() => Outcome::Failure {
                reason: format!("KVM does not work{}", said()),
            },
            (None, None) => Outcome::Silence {
                reason: format!("QEMU did not start a machine with KVM within {} s{}", START.as_secs(), said()),
            },
            (Some(_), Some(reached)) => Outcome::Failure {
                reason: format!("KVM runs no kernel here: a trial machine crashed after {reached}{}", said()),
            },
            (Some(status), None) if complaint.trim().is_empty() => {
                Outcome::Failure { reason: format!("KVM does not work: QEMU ended with {status}") }
            }
            (Some(_), None) => Outcome::Failure { reason: format!("KVM does not work{}", said()) },
        }
    }
}

/// The first line of QEMU's that is more than a warning, without the program's name.
fn first_error(complaint: &str) -> Option<String> {
    let is_warning = |line: &&str| line.contains("warning:") || line.trim().is_empty();
    let line = complaint.lines().find(|line| !is_warning(line))?;
    let line = match line.split_once(": ") {
        Some((program, rest)) if !program.contains(' ') => rest,
        _ => line,
    };
    Some(
        line.chars()
            .filter(|character| !character.is_control())
            .take(200)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::accelerator::find_qemu;

    fn qemu() -> Option<PathBuf> {
        let found = find_qemu()
            .ok()
            .filter(|path| path.ends_with("qemu-system-x86_64"));
        if found.is_none() {
            eprintln!("skipped: there is no qemu-system-x86_64 on PATH");
        }
        found
    }

    #[tokio::test]
    async fn the_payload_runs_to_its_end_on_an_emulated_processor() {
        let Some(qemu) = qemu() else { return };
        let outcome = run(&qemu, "tcg", &CancellationToken::new()).await.unwrap();
        assert_eq!(outcome, Outcome::Success);
    }

    #[tokio::test]
    async fn an_accelerator_that_does_not_exist_is_refused_at_once() {
        let Some(qemu) = qemu() else { return };
        let outcome = run(&qemu, "magic", &CancellationToken::new())
            .await
            .unwrap();
        let Outcome::Failure { reason } = outcome else {
            panic!("{outcome:?}")
        };
        assert!(
            reason.starts_with("KVM does not work: QEMU says `invalid accelerator magic"),
            "{reason}"
        );
    }

    fn ended(stages: &str, complaint: &str, status: Option<i32>) -> Outcome {
        let run = Run {
            stages: stages.into(),
            complaint: complaint.into(),
        };
        let status = status.map(|code| std::os::unix::process::ExitStatusExt::from_raw(code << 8));
        run.outcome(status)
    }

    fn reason(stages: &str, complaint: &str, status: Option<i32>) -> String {
        match ended(stages, complaint, status) {
            Outcome::Success => "success".to_owned(),
            Outcome::Failure { reason } => reason,
            Outcome::Silence { reason } => format!("(uncertain) {reason}"),
        }
    }

    #[test]
    fn ends_have_a_meaning() {
        assert_eq!(ended("rplvsi", "", Some(85)), Outcome::Success);
        assert_eq!(
            reason(
                "",
                "q: warning: old\nq: error: failed to set MSR 0x10a to 0x69\nq: Assertion",
                Some(134)
            ),
            "KVM does not work: QEMU says `error: failed to set MSR 0x10a to 0x69`"
        );
        assert_eq!(
            reason(
                "rpl",
                "KVM internal error. Suberror: 1\nextra data[0]: 1",
                None
            ),
            "KVM runs no kernel here: a trial machine got no further than long mode: QEMU says `KVM internal error. \
             Suberror: 1`"
        );
        assert_eq!(
            reason("rplv", "", None),
            "KVM is here but runs machines hundreds of times too slowly, so it seems to emulate them"
        );
        assert_eq!(
            reason("r", "", Some(0)),
            "KVM runs no kernel here: a trial machine crashed after real mode"
        );
        assert_eq!(
            reason("", "", Some(1)),
            "KVM does not work: QEMU ended with exit status: 1"
        );
        assert_eq!(
            reason("", "", None),
            "(uncertain) QEMU did not start a machine with KVM within 10 s"
        );
    }
}
