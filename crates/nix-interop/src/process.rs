//! One Nix process from start to end: its lines as they come, its standard output at the end, and no way for it to
//! outlive us. Nix must never be killed outright while it builds, since its builder would go on (SIGKILL is the last
//! resort after [`GRACE`]).

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::internal_json::LineBuffer;

/// How long Nix may take to end its builders after SIGTERM. It was measured to need 5–9 ms.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
/// The same for an evaluation.
pub(crate) const GRACE_OF_EVALUATION: Duration = Duration::from_millis(800);
/// How long output may trickle in after the process itself has ended.
const DRAIN: Duration = Duration::from_millis(500);
/// Standard output is one JSON value of ours; a bigger one is a mistake, not a test.
const STDOUT_LIMIT: usize = 64 << 20;

const SUPERVISE: &str = include_str!("assets/supervise.sh");

/// A command line and what it adds to our environment.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Where to start it, if not where we are.
    pub(crate) directory: Option<PathBuf>,
    /// How long it may take to end after SIGTERM. Whoever may have builders needs time; an evaluation that does not heed the
    /// signal, because it is inside one long operation, only costs memory.
    pub(crate) grace: Duration,
}

impl Invocation {
    pub(crate) fn arguments<I, S>(&mut self, arguments: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }
}

#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
}

/// A process could not be started, or not be followed to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The program could not be started at all.
    #[error("cannot start {program}: {error}")]
    Start {
        /// What was to be started.
        program: PathBuf,
        /// Why it was not.
        error: io::Error,
    },
    /// Its output could not be read.
    #[error("lost contact with {program}: {error}")]
    Contact {
        /// Whose output it was.
        program: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// The caller asked to stop; nothing of the process is left.
    #[error("cancelled")]
    Cancelled,
}

/// Runs to the end, or until `cancel` fires. `on_line` gets every line of standard error.
///
/// Dropping the future also ends the process, by the supervising shell, but does not wait for it.
pub(crate) async fn run(
    invocation: Invocation,
    mut on_line: impl FnMut(&[u8]),
    cancel: &CancellationToken,
) -> Result<Finished, RunError> {
    let (program, grace) = (invocation.program.clone(), invocation.grace);
    if cancel.is_cancelled() {
        return Err(RunError::Cancelled);
    }
    tracing::debug!("running {} {:?}", program.display(), invocation.arguments);
    let mut child = start(&invocation).map_err(|error| RunError::Start {
        program: program.clone(),
        error,
    })?;
    // Taken out, because `Child::wait` would close it, which tells the shell that we are gone.
    let lifeline = child.stdin.take();
    let followed = follow(&mut child, &mut on_line, grace, cancel).await;
    if let Some(mut lifeline) = lifeline {
        // The shell may be gone too; then nobody needs the line.
        let _ = lifeline.write_all(b"\n").await;
    }
    match followed {
        _ if cancel.is_cancelled() => Err(RunError::Cancelled),
        Ok(finished) => Ok(finished),
        Err(error) => Err(contact(&program, error)),
    }
}

fn contact(program: &Path, error: io::Error) -> RunError {
    RunError::Contact {
        program: program.to_owned(),
        error,
    }
}

fn start(invocation: &Invocation) -> io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    if let Some(directory) = &invocation.directory {
        command.current_dir(directory);
    }
    command
        .args(["-c", SUPERVISE, "sh"])
        .arg(&invocation.program)
        .args(&invocation.arguments)
        .envs(
            invocation
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C in the terminal we run in is ours to handle.
        .process_group(0)
        .spawn()
}

async fn follow(
    child: &mut Child,
    on_line: &mut impl FnMut(&[u8]),
    grace: Duration,
    cancel: &CancellationToken,
) -> io::Result<Finished> {
    let missing = || io::Error::other("a pipe is missing");
    let mut stdout = child.stdout.take().ok_or_else(missing)?;
    let mut stderr = child.stderr.take().ok_or_else(missing)?;
    let process = child
        .id()
        .map(|id| Pid::from_raw(id.cast_signed()))
        .ok_or_else(missing)?;

    let mut lines = LineBuffer::default();
    let mut collected = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    let mut status = None;
    let (mut stdout_open, mut stderr_open) = (true, true);
    let mut terminated = false;
    let mut deadline = Instant::now();
    let mut outcome = Ok(());

    while status.is_none() || ((stdout_open || stderr_open) && outcome.is_ok()) {
        tokio::select! {
            count = stderr.read(&mut chunk), if stderr_open => match count {
                Ok(0) => stderr_open = false,
                Ok(count) => lines.push(&chunk[..count], &mut *on_line),
                Err(error) => { stderr_open = false; outcome = Err(error); }
            },
            count = stdout.read_buf(&mut collected), if stdout_open => match count {
                Ok(0) => stdout_open = false,
                Ok(_) if collected.len() > STDOUT_LIMIT => {
                    stdout_open = false;
                    outcome = Err(io::Error::other("its output exceeds 64 MiB"));
                }
                Ok(_) => {}
                Err(error) => { stdout_open = false; outcome = Err(error); }
            },
            ended = child.wait(), if status.is_none() => {
                status = Some(ended?);
                deadline = Instant::now() + DRAIN;
            }
            () = cancel.cancelled(), if !terminated && status.is_none() => {
                terminated = true;
                // An error says that it has just ended, which `wait` reports.
                let _ = kill(process, Signal::SIGTERM);
                deadline = Instant::now() + grace;
            }
            () = sleep_until(deadline), if terminated || status.is_some() => {
                if status.is_some() {
                    break;
                }
                let _ = killpg(process, Signal::SIGKILL);
                deadline = Instant::now() + grace;
            }
        }
        if outcome.is_err() && !terminated && status.is_none() {
            terminated = true;
            let _ = kill(process, Signal::SIGTERM);
            deadline = Instant::now() + grace;
        }
    }
    lines.finish(&mut *on_line);
    outcome?;
    let status = status.ok_or_else(|| io::Error::other("it has no exit status"))?;
    Ok(Finished {
        status,
        stdout: collected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: vec![("GREETING".into(), "it's".into())],
            directory: None,
            grace: GRACE,
        }
    }

    #[tokio::test]
    async fn lines_output_and_status_arrive() {
        let mut lines = Vec::new();
        let script = "echo one >&2; echo $GREETING; printf two >&2; read x || echo closed; exit 3";
        let finished = run(
            shell(script),
            |line| lines.push(String::from_utf8_lossy(line).into_owned()),
            &CancellationToken::new(),
        )
        .await
        .unwrap();
        assert_eq!(finished.status.code(), Some(3));
        assert_eq!(finished.stdout, b"it's\nclosed\n");
        assert_eq!(lines, ["one", "two"]);
    }

    #[tokio::test]
    async fn cancelling_terminates_and_waits() {
        let cancel = CancellationToken::new();
        let mut seen = 0;
        let result = run(
            shell("trap 'echo bye >&2; exit 0' TERM; echo ready >&2; while :; do read -r x </dev/null; done"),
            |_| {
                seen += 1;
                cancel.cancel();
            },
            &cancel,
        )
        .await;
        assert!(matches!(result, Err(RunError::Cancelled)));
        assert_eq!(seen, 2, "the trap ran and its line was read");
    }

    #[tokio::test]
    async fn the_command_ends_when_its_starter_is_gone() {
        let mut child =
            start(&shell("echo ready; while :; do read -r x </dev/null; done")).unwrap();
        let mut ready = [0; 6];
        child
            .stdout
            .take()
            .unwrap()
            .read_exact(&mut ready)
            .await
            .unwrap();
        // `wait` closes the lifeline first, as the death of this process would.
        let status = tokio::time::timeout(Duration::from_secs(10), child.wait())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(15)
        );
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let invocation = Invocation {
            program: "/does/not/exist".into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            grace: GRACE,
        };
        let finished = run(invocation, |_| {}, &CancellationToken::new())
            .await
            .unwrap();
        assert_eq!(finished.status.code(), Some(127));
    }

    #[tokio::test]
    async fn a_command_that_ignores_sigterm_does_not_outlive_its_starter() {
        let script = "trap '' TERM; echo $$ >&2; while :; do sleep 1; done";
        let (said, mut hear) = tokio::sync::mpsc::unbounded_channel();
        let running = tokio::spawn(async move {
            let on_line = |line: &[u8]| {
                said.send(String::from_utf8_lossy(line).trim().to_owned())
                    .unwrap()
            };
            run(shell(script), on_line, &CancellationToken::new()).await
        });
        let process = hear.recv().await.unwrap();
        let process = Path::new("/proc").join(process);
        assert!(process.exists());
        // As when the whole program is killed: only the lifeline tells.
        running.abort();
        let started = Instant::now();
        while process.exists() {
            assert!(started.elapsed() < Duration::from_secs(30), "it still runs");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
