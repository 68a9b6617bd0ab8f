//! Starting a driver with the agent inside, under a reaper, and hearing from it.
//!
//! The driver is any program that behaves like `nixos-test-driver`; which one and why is the caller's business. What comes
//! back is a stream of [`DebuggeeEvent`]s; what is said to the agent goes through the [`Outgoing`] half of the link.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use dap_protocol::{Connection, Incoming, Message, Outgoing};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
};
use tokio::task::JoinHandle;

use crate::agent_files::write_agent;
use crate::processes::{SESSION_VARIABLE, marked_with, signal_all};
use crate::reaper::{LINE_KILL, LINE_TERMINATE};
use crate::session_directory::{SessionDirectory, SessionDirectoryError};

/// The variable that tells the agent where the link socket is. The agent takes it out of the environment at once.
const LINK_VARIABLE: &str = "NIXTEST_DAP_AGENT";

/// How many events wait for the session. A driver that writes faster than the session takes has to wait, as at a terminal.
const EVENTS_AHEAD: usize = 64;

/// The most that is read from a stream of the driver at a time.
const CHUNK: usize = 16 * 1024;

/// What to start.
#[derive(Debug, Clone)]
pub struct LaunchOptions {
    /// The program `bin/nixos-test-driver`.
    pub driver: PathBuf,
    /// Its arguments; `-o` is added.
    pub arguments: Vec<OsString>,
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
    /// Starts the driver of `options` and returns at once; what happens comes as events.
    ///
    /// # Errors
    /// [`LaunchError`] when the session directory, the agent's files or the process cannot be had.
    pub fn launch(options: &LaunchOptions) -> Result<(Self, Receiver<DebuggeeEvent>), LaunchError> {
        check_executable(&options.driver)?;
        let directory = SessionDirectory::create()?;
        write_agent(&directory.agent()).map_err(|source| LaunchError::SetUp {
            what: "write the agent into the session directory",
            source,
        })?;
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
        let mut pumps = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            pumps.push(tokio::spawn(pump(stdout, events.clone())));
        }
        if let Some(stderr) = child.stderr.take() {
            pumps.push(tokio::spawn(pump(stderr, events.clone())));
        }
        let link = tokio::spawn(attend_link(listener, events.clone()));
        // Ends when the reaper has ended, which is when nothing of the session is left.
        tokio::spawn(attend_end(
            child,
            pumps,
            link,
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
        .arg("-o")
        .arg(directory.out())
        .envs(
            options
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .env("PYTHONPATH", python_path(directory))
        .env(LINK_VARIABLE, directory.link_socket())
        .env(SESSION_VARIABLE, directory.path())
        .env("TMPDIR", directory.run())
        .env("XDG_RUNTIME_DIR", directory.run())
        // The script's `print` must show when it happens; stdout is a pipe here.
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(working_directory) = &options.working_directory {
        command.current_dir(working_directory);
    }
    command
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

/// Waits for the agent and passes on what it says. Ends when the agent is gone or the session ends.
async fn attend_link(listener: UnixListener, events: Sender<DebuggeeEvent>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        // The directory is private already; this also refuses root's own other processes' mistakes by name of the user.
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
        while let Some(received) = incoming.recv().await {
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

/// Passes on what the driver writes. Ends at the end of the stream, when the last process that holds it is gone.
async fn pump(mut stream: impl AsyncRead + Unpin, events: Sender<DebuggeeEvent>) {
    let mut chunk = vec![0_u8; CHUNK];
    let mut undecoded: Vec<u8> = Vec::new();
    while let Ok(count) = stream.read(&mut chunk).await {
        if count == 0 {
            break;
        }
        undecoded.extend_from_slice(&chunk[..count]);
        let text = take_text(&mut undecoded);
        if !text.is_empty() && events.send(DebuggeeEvent::Output(text)).await.is_err() {
            return;
        }
    }
    if !undecoded.is_empty() {
        let rest = String::from_utf8_lossy(&undecoded).into_owned();
        let _nobody_listens_at_the_end = events.send(DebuggeeEvent::Output(rest)).await;
    }
}

/// Takes what can be shown now: up to the last line end, or everything complete when there is none, so that a prompt
/// without a line end shows too. Bytes of a character that is still incomplete stay.
fn take_text(bytes: &mut Vec<u8>) -> String {
    let complete = match bytes.iter().rposition(|&byte| byte == b'\n') {
        Some(line_end) => line_end + 1,
        None => bytes.len() - incomplete_tail(bytes),
    };
    let rest = bytes.split_off(complete);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

/// How many bytes at the end begin a UTF-8 character without finishing it (0 to 3).
fn incomplete_tail(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        _ => 0,
    }
}

/// Waits for the reaper, lets the streams run dry and says how it ended.
async fn attend_end(
    mut reaper: Child,
    pumps: Vec<JoinHandle<()>>,
    link: JoinHandle<()>,
    session: PathBuf,
    events: Sender<DebuggeeEvent>,
) {
    let status = reaper.wait().await;
    let code = match &status {
        Ok(status) => exit_code(*status),
        Err(_) => 1,
    };
    if status.is_ok_and(|status| status.code().is_none()) {
        // The reaper itself was killed: what it guarded carries the session's mark.
        signal_all(&marked_with(&session), nix::sys::signal::Signal::SIGKILL);
    }
    for pump in pumps {
        let _panic_is_reported_by_tokio = pump.await;
    }
    link.abort();
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
    fn whole_lines_are_shown_and_the_rest_waits() {
        let mut bytes = b"one\ntwo".to_vec();
        assert_eq!(take_text(&mut bytes), "one\n");
        assert_eq!(bytes, b"two");
    }

    #[test]
    fn text_without_a_line_end_is_shown_up_to_the_last_whole_character() {
        let mut bytes = "prompt> é".as_bytes().to_vec();
        bytes.pop();
        assert_eq!(take_text(&mut bytes), "prompt> ");
        assert_eq!(bytes, [0xc3]);
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let mut bytes = vec![0xff, b'\n'];
        assert_eq!(take_text(&mut bytes), "\u{fffd}\n");
    }

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
