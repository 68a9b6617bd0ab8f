//! Starting a driver with the agent inside, under a reaper, and hearing from it.
//!
//! The driver is any program that behaves like `nixos-test-driver`; which one and why is the caller's business. What comes
//! back is a stream of [`DebuggeeEvent`]s; what is said to the agent goes through the [`Outgoing`] half of the link.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use dap_protocol::{Connection, Incoming, Message, Outgoing};
use nix::sys::signal::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::agent_files::write_agent;
use crate::desktop;
use crate::driver_interface::ScriptOverride;
use crate::kept_state::{self, KeepState, KeptStateError};
use crate::output::{pump, unless_silent};
use crate::processes::{RUN_VARIABLES, marked_with, signal_all};
use crate::reaper::{LINE_KILL, LINE_TERMINATE};
use crate::session_directory::{SessionDirectory, SessionDirectoryError};

/// The variable that tells the agent where the link socket is. The agent takes it out of the environment at once.
const LINK_VARIABLE: &str = "NIXTEST_DAP_AGENT";

/// How many events wait for the session. A driver that writes faster than the session takes has to wait, as at a terminal.
const EVENTS_AHEAD: usize = 64;

/// How often what a killed reaper left is looked for.
const MOST_SWEEPS: u32 = 100;

/// How long it may take to disappear before it is looked for again.
const BETWEEN_SWEEPS: Duration = Duration::from_millis(20);

/// What to start.
#[derive(Debug, Clone)]
pub struct LaunchOptions {
    /// The program `bin/nixos-test-driver`.
    pub driver: PathBuf,
    /// Its arguments; `-o` is added.
    pub arguments: Vec<OsString>,
    /// The script it runs in place of its own.
    pub script: Option<ScriptOverride>,
    /// Where the state of its machines is kept, if it is.
    pub keep_state: Option<KeepState>,
    /// Variables set for the driver beside what it inherits.
    pub environment: Vec<(OsString, OsString)>,
    /// The directory in which the driver starts.
    pub working_directory: Option<PathBuf>,
    /// The program and first arguments that lead to [`crate::run_reaper`]; `--session-directory DIR -- DRIVER …` is added.
    pub reaper: Vec<OsString>,
}

/// Why a driver could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No place for the session.
    #[error(transparent)]
    SessionDirectory(#[from] SessionDirectoryError),
    /// The driver is not there or cannot be run.
    #[error("{path} cannot be run: {source}; name the program bin/nixos-test-driver of a driver")]
    Driver {
        /// The program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The directory in which the driver should start is none.
    #[error("cannot start in {path}: {source}; name a directory as `cwd`")]
    WorkingDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The agent's files cannot be written.
    #[error(
        "cannot write the agent into {path}: {source}; free some space there, or set XDG_RUNTIME_DIR to another directory"
    )]
    Agent {
        /// Where it was to be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The state of the machines cannot be kept.
    #[error(transparent)]
    KeepState(#[from] KeptStateError),
    /// Something of the session directory or of the process could not be set up.
    #[error("cannot {what}: {source}")]
    SetUp {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// How the driver ended: its exit code, or 128 + the number of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode(pub i32);

/// What a debuggee tells. `Exited` is the last of all.
#[derive(Debug)]
pub enum DebuggeeEvent {
    /// The agent has connected; questions go through this.
    Linked(Outgoing),
    /// A message of the agent.
    Agent(Message),
    /// The agent sent something that is no message.
    AgentMalformed(String),
    /// The agent is gone.
    Unlinked,
    /// The driver wrote something to standard output or standard error; whole lines where it wrote lines.
    Output(String),
    /// The driver and everything below it is gone.
    Exited(ExitCode),
}

/// A running driver. Dropping it ends it: the lifeline closes and the reaper does the rest.
#[derive(Debug)]
pub struct Debuggee {
    directory: SessionDirectory,
    orders: UnboundedSender<&'static str>,
}

impl Debuggee {
    /// Starts the driver of `options` in the directory of its session and returns at once; what happens comes as events.
    ///
    /// # Errors
    /// [`LaunchError`] when the agent's files or the process cannot be had.
    pub fn launch(
        options: &LaunchOptions,
        directory: SessionDirectory,
    ) -> Result<(Self, Receiver<DebuggeeEvent>), LaunchError> {
        check_executable(&options.driver)?;
        if let Some(path) = &options.working_directory {
            let listed = std::fs::read_dir(path).map(drop);
            listed.map_err(|source| LaunchError::WorkingDirectory {
                path: path.clone(),
                source,
            })?;
        }
        write_agent(&directory.agent()).map_err(|source| LaunchError::Agent {
            path: directory.agent(),
            source,
        })?;
        if let Some(keep) = &options.keep_state {
            kept_state::lead_to(&keep.directory, &directory.run())?;
        }
        if let Some(ScriptOverride::Configuration(text)) = &options.script {
            let written = std::fs::write(directory.configuration(), text);
            written.map_err(|source| LaunchError::SetUp {
                what: "write the driver's configuration",
                source,
            })?;
        }
        let listener =
            UnixListener::bind(directory.link_socket()).map_err(|source| LaunchError::SetUp {
                what: "listen for the agent",
                source,
            })?;

        let mut child = reaper_command(options, &directory)
            .spawn()
            .map_err(|source| LaunchError::SetUp {
                what: "start the reaper",
                source,
            })?;
        let (events, inbox) = channel(EVENTS_AHEAD);
        let (orders, ordered) = unbounded_channel();
        // Ends with the debuggee, whose drop closes the lifeline, or with the reaper, which reads no more.
        if let Some(lifeline) = child.stdin.take() {
            tokio::spawn(carry_orders(lifeline, ordered));
        }
        let ended = CancellationToken::new();
        let mut streams = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            streams.push(tokio::spawn(pump(stdout, ended.clone(), events.clone())));
        }
        if let Some(stderr) = child.stderr.take() {
            streams.push(tokio::spawn(pump(stderr, ended.clone(), events.clone())));
        }
        let link = tokio::spawn(attend_link(listener, ended.clone(), events.clone()));
        streams.push(link);
        // Ends when the reaper has ended, which is when nothing of the session is left.
        tokio::spawn(attend_end(
            child,
            streams,
            ended,
            directory.path().to_owned(),
            events,
        ));
        Ok((Self { directory, orders }, inbox))
    }

    /// The place of this session.
    #[must_use]
    pub fn directory(&self) -> &SessionDirectory {
        &self.directory
    }

    /// Asks the driver to end in its own time (seconds): it is interrupted and cleans up.
    pub fn terminate(&self) {
        self.order(LINE_TERMINATE);
    }

    /// Ends the driver and everything below it within about two seconds.
    pub fn kill(&self) {
        self.order(LINE_KILL);
    }

    fn order(&self, line: &'static str) {
        // Nobody takes orders once the reaper has ended, and `Exited` has told so.
        let _gone_is_fine = self.orders.send(line);
    }
}

fn check_executable(path: &std::path::Path) -> Result<(), LaunchError> {
    let failed = |source| LaunchError::Driver {
        path: path.to_owned(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).map_err(|errno| failed(errno.into()))
}

fn reaper_command(options: &LaunchOptions, directory: &SessionDirectory) -> Command {
    let mut words = options.reaper.iter();
    let mut command = Command::new(
        words
            .next()
            .map_or(OsStr::new("nixtest-dap"), OsString::as_os_str),
    );
    command
        .args(words)
        .arg("--session-directory")
        .arg(directory.path())
        .arg("--")
        .arg(&options.driver)
        .args(&options.arguments)
        .args(driver_arguments(options, directory))
        .envs(desktop::environment())
        .envs(
            options
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .env("PYTHONPATH", python_path(directory))
        .env(LINK_VARIABLE, directory.link_socket())
        .envs(RUN_VARIABLES.map(|name| (name, directory.run())))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(working_directory) = &options.working_directory {
        command.current_dir(working_directory);
    }
    command
}

/// What the driver is told of this session.
fn driver_arguments(options: &LaunchOptions, directory: &SessionDirectory) -> Vec<OsString> {
    let mut arguments = vec!["-o".into(), directory.out().into_os_string()];
    if let Some(keep) = &options.keep_state {
        arguments.push(keep.flag.into());
    }
    match &options.script {
        None => {}
        Some(ScriptOverride::Arguments(words)) => arguments.extend_from_slice(words),
        Some(ScriptOverride::Configuration(_)) => {
            // Of several the last one counts.
            arguments.push("--config".into());
            arguments.push(directory.configuration().into_os_string());
        }
    }
    arguments
}

/// The agent first, then whatever the user had.
fn python_path(directory: &SessionDirectory) -> OsString {
    let mut path = directory.agent().into_os_string();
    if let Some(previous) = std::env::var_os("PYTHONPATH").filter(|previous| !previous.is_empty()) {
        path.push(":");
        path.push(previous);
    }
    path
}

/// Writes each order to the lifeline and closes it when there is nobody left to give any.
async fn carry_orders(mut lifeline: ChildStdin, mut ordered: UnboundedReceiver<&'static str>) {
    while let Some(line) = ordered.recv().await {
        if lifeline
            .write_all(format!("{line}\n").as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}

/// Waits for the agent and passes on what it says. Ends when the session has ended and everything that the agent said before
/// is passed on.
async fn attend_link(
    listener: UnixListener,
    ended: CancellationToken,
    events: Sender<DebuggeeEvent>,
) {
    while let Some(accepted) = ended.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)) = accepted else {
            return;
        };
        // The directory is private already; root may still come here by mistake.
        let ours = stream
            .peer_cred()
            .is_ok_and(|peer| peer.uid() == nix::unistd::getuid().as_raw());
        if !ours {
            tracing::warn!(
                "a process of another user knocked at the link socket and was sent away"
            );
            continue;
        }
        let (read, write) = stream.into_split();
        let Connection {
            mut incoming,
            outgoing,
        } = Connection::new(read, write);
        if events.send(DebuggeeEvent::Linked(outgoing)).await.is_err() {
            return;
        }
        while let Some(Some(received)) = unless_silent(incoming.recv(), &ended).await {
            let event = match received {
                Incoming::Message(message) => DebuggeeEvent::Agent(message),
                Incoming::Malformed(error) => DebuggeeEvent::AgentMalformed(error.to_string()),
                Incoming::Broken(error) => DebuggeeEvent::AgentMalformed(error.to_string()),
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
        if events.send(DebuggeeEvent::Unlinked).await.is_err() {
            return;
        }
    }
}

/// Waits for the reaper, lets the streams run dry and says how it ended.
async fn attend_end(
    mut reaper: Child,
    streams: Vec<JoinHandle<()>>,
    ended: CancellationToken,
    session: PathBuf,
    events: Sender<DebuggeeEvent>,
) {
    let status = reaper.wait().await;
    let code = match &status {
        Ok(status) => exit_code(*status),
        Err(_) => 1,
    };
    if status.is_ok_and(|status| status.code().is_none()) {
        // The reaper itself was killed: what it guarded carries the session's mark. Some may fork while they are looked for.
        // One that cannot die, such as in a wait for a dead disk, must not keep the session.
        for _ in 0..MOST_SWEEPS {
            let strays = marked_with(&session);
            if strays.is_empty() {
                break;
            }
            signal_all(&strays, Signal::SIGKILL);
            sleep(BETWEEN_SWEEPS).await;
        }
    }
    ended.cancel();
    for stream in streams {
        let _panic_is_reported_by_tokio = stream.await;
    }
    let _nobody_listens_at_the_end = events.send(DebuggeeEvent::Exited(ExitCode(code))).await;
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_is_not_there_is_named() {
        let error = check_executable(std::path::Path::new("/nonexistent/driver")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/nonexistent/driver cannot be run"),
            "{error}"
        );
    }
}
