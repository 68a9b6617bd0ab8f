//! `nixtest-dap shell`: the user's terminal, or a pair of pipes, on a shell in a machine.
//!
//! The shell itself is the session's; here is what stands between it and the standard streams.

mod escape;
mod streams;
mod terminal;

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use dap_protocol::{Connection, Event, EventMessage, Incoming, Message, ResponseMessage};
use debuggee::control::{
    Bytes, CloseInput, ControlClient, Ended, Exited, OpenShell, OpenShellArguments,
    OpenShellResponse, Output, Piece, Resize, Size, TerminalDescription, Waiting, Write,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::escape::Escape;
use self::streams::{Reader, Writer};
use self::terminal::RawTerminal;
use crate::arguments::ShellArguments;
use crate::{INTERRUPTED, sessions};

/// The exit code when there is no status of the shell's own, as ssh has it.
const NO_STATUS: u8 = 255;

/// The exit code when nobody reads the output any more, as of a program that is ended by SIGPIPE.
const UNREAD: u8 = 141;

/// How many bytes the machine may be behind what was read from standard input.
const MOST_UNTAKEN_INPUT: usize = 64 * 1024;

/// How long last words may take to be written.
const PATIENCE_WITH_READERS: Duration = Duration::from_millis(500);

/// How a conversation with a shell ends.
#[derive(Debug)]
enum End {
    /// The shell ended by itself.
    Exited(u8),
    /// Something else ended it, which is told.
    Lost(String),
    /// There was none in time for the user.
    GivenUp,
    /// Nobody reads the output any more.
    Unread,
}

/// Opens a shell and stays until it ends. The exit code is the shell's status, or 255 when there is none.
pub(crate) async fn run(arguments: ShellArguments, interrupted: CancellationToken) -> ExitCode {
    // It would leave the terminal raw.
    if let Ok(mut quit) = signal(SignalKind::quit()) {
        let interrupted = interrupted.clone();
        // Ends with the process.
        tokio::spawn(async move {
            quit.recv().await;
            interrupted.cancel();
        });
    }
    match converse(&arguments, &interrupted).await {
        Ok(End::Exited(status)) => ExitCode::from(status),
        Ok(End::GivenUp) => ExitCode::from(INTERRUPTED),
        Ok(End::Unread) => ExitCode::from(UNREAD),
        Ok(End::Lost(reason)) | Err(reason) => {
            soon(move || say(&reason)).await;
            ExitCode::from(NO_STATUS)
        }
    }
}

/// Does what a terminal that is not read any more would hold up for ever. Nobody is kept waiting by last words.
async fn soon(last_words: impl FnOnce() + Send + 'static) {
    let (done, is_done) = oneshot::channel();
    // Ends when it has said it, or with the process.
    thread::spawn(move || {
        last_words();
        let _nobody_waits_any_more = done.send(());
    });
    let _unread_words_are_left = timeout(PATIENCE_WITH_READERS, is_done).await;
}

async fn converse(
    arguments: &ShellArguments,
    interrupted: &CancellationToken,
) -> Result<End, String> {
    let found = interrupted.run_until_cancelled(find(arguments)).await;
    let Some(found) = found else {
        return Ok(End::GivenUp);
    };
    let mut connection = found?;
    let has_terminal = std::io::stdin().is_terminal();
    let size = match has_terminal {
        true => Some(
            terminal::size()
                .map_err(|error| format!("cannot ask the terminal for its size: {error}"))?,
        ),
        false => None,
    };
    let signals =
        |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
    let resized = signals(SignalKind::window_change())?;
    let continued = signals(SignalKind::from_raw(
        nix::sys::signal::Signal::SIGCONT as i32,
    ))?;
    let arguments = OpenShellArguments {
        machine: arguments.machine.clone(),
        terminal: size.map(|(rows, columns)| TerminalDescription {
            rows,
            columns,
            name: std::env::var("TERM").unwrap_or_default(),
        }),
    };
    let opened = tokio::select! {
        opened = open(&mut connection, &arguments) => opened?,
        () = interrupted.cancelled() => return Ok(End::GivenUp),
    };
    let raw = match (has_terminal, opened.terminal) {
        (true, true) => Some(
            RawTerminal::enter().map_err(|error| format!("cannot use the terminal: {error}"))?,
        ),
        (true, false) => {
            say(&format!(
                "{} has no program that makes a terminal (script, or busybox's telnetd): what is typed is sent line by line, and \
                 Ctrl-C leaves",
                arguments.machine
            ));
            None
        }
        (false, _) => None,
    };
    let shell = OpenedShell {
        connection,
        raw: raw.as_ref(),
        size: raw.as_ref().and(size),
        resized,
        continued,
        escape: Escape::default(),
        writing: VecDeque::new(),
        untaken: 0,
    };
    let end = shell.run(interrupted).await;
    let had_terminal = raw.is_some();
    // First, because the terminal may take no more output.
    drop(raw);
    if had_terminal && matches!(end, End::Lost(_)) {
        soon(terminal::undo).await;
    }
    Ok(end)
}

async fn find(arguments: &ShellArguments) -> Result<Connection, String> {
    let directory = sessions::find(arguments.session.as_deref(), Some(&arguments.machine)).await?;
    match ControlClient::connect(&directory).await {
        Ok(client) => Ok(client.into_connection()),
        Err(error) => Err(error.to_string()),
    }
}

/// Waits for the shell; says what it waits for.
async fn open(
    connection: &mut Connection,
    arguments: &OpenShellArguments,
) -> Result<OpenShellResponse, String> {
    let seq = connection.outgoing.request::<OpenShell>(arguments);
    loop {
        match connection.incoming.recv().await {
            Some(Incoming::Message(Message::Event(event))) if event.is::<Waiting>() => {
                let remark = event
                    .parse::<Waiting>()
                    .map_err(|error| error.to_string())?;
                say(&format!("{}; Ctrl-C gives up", remark.message));
            }
            Some(Incoming::Message(Message::Response(response))) if response.request_seq == seq => {
                return response
                    .parse::<OpenShell>()
                    .map_err(|error| error.to_string());
            }
            Some(Incoming::Message(_) | Incoming::Malformed(_)) => {}
            Some(Incoming::Broken(_)) | None => return Err("the session has ended".to_owned()),
        }
    }
}

/// A shell that is open.
struct OpenedShell<'terminal> {
    connection: Connection,
    /// The user's terminal, if the shell has one too.
    raw: Option<&'terminal RawTerminal>,
    /// Of that terminal.
    size: Option<(u16, u16)>,
    resized: Signal,
    continued: Signal,
    escape: Escape,
    /// The length of each piece that the machine has not taken yet, oldest first, by the number of its request.
    writing: VecDeque<(i64, usize)>,
    untaken: usize,
}

impl OpenedShell<'_> {
    async fn run(mut self, interrupted: &CancellationToken) -> End {
        let mut input = Reader::start();
        let mut output = Writer::start();
        self.resize();
        let end = loop {
            tokio::select! {
                biased;
                () = interrupted.cancelled() => {
                    return End::Lost("interrupted".to_owned());
                }
                piece = input.next(), if self.untaken < MOST_UNTAKEN_INPUT => match piece {
                    Some(bytes) => {
                        if self.size.is_some() && self.escape.is_complete(&bytes, Instant::now()) {
                            return End::Lost("left; what ran in the shell is hung up".to_owned());
                        }
                        self.write(bytes);
                    }
                    None => {
                        self.connection.outgoing.request::<CloseInput>(&());
                    }
                },
                Some(()) = self.resized.recv() => self.resize(),
                // Whoever had the terminal while this was stopped has changed it.
                Some(()) = self.continued.recv() => {
                    if let Some(raw) = self.raw {
                        raw.resume();
                    }
                    self.resize();
                }
                has_room = output.has_room() => if !has_room {
                    return End::Unread;
                },
                incoming = self.connection.incoming.recv(), if output.takes_more() => match incoming {
                    Some(Incoming::Message(Message::Response(response))) => self.taken(&response),
                    Some(Incoming::Message(Message::Event(event))) => {
                        if let Some(end) = told(&event, &mut output) {
                            break end;
                        }
                    }
                    Some(Incoming::Message(Message::Request(_)) | Incoming::Malformed(_)) => {}
                    Some(Incoming::Broken(_)) | None => {
                        break End::Lost("the session has ended".to_owned());
                    }
                },
            }
        };
        tokio::select! {
            () = output.finish() => {}
            () = interrupted.cancelled() => {}
        }
        end
    }

    fn write(&mut self, bytes: Vec<u8>) {
        let length = bytes.len();
        let data = Bytes(bytes);
        let seq = self.connection.outgoing.request::<Write>(&Piece { data });
        self.writing.push_back((seq, length));
        self.untaken += length;
    }

    fn taken(&mut self, response: &ResponseMessage) {
        if let Some(&(seq, length)) = self.writing.front()
            && seq == response.request_seq
        {
            self.writing.pop_front();
            self.untaken -= length;
        }
    }

    /// Tells the machine how large the terminal is, if it has changed.
    fn resize(&mut self) {
        let Ok(now) = terminal::size() else { return };
        if self.size.is_some_and(|before| before != now) {
            self.size = Some(now);
            let (rows, columns) = now;
            self.connection
                .outgoing
                .request::<Resize>(&Size { rows, columns });
        }
    }
}

/// What the session tells; its end, if it is one.
fn told(event: &EventMessage, output: &mut Writer) -> Option<End> {
    match event.event.as_str() {
        Output::EVENT => {
            if let Ok(Piece { data }) = event.parse::<Output>() {
                output.write(data.0);
            }
            None
        }
        Exited::EVENT => {
            let body = event.parse::<Exited>().ok()?;
            Some(End::Exited(body.status))
        }
        Ended::EVENT => {
            let remark = event.parse::<Ended>().ok()?;
            Some(End::Lost(remark.message))
        }
        _ => None,
    }
}

/// Tells the user something. Standard output belongs to the shell.
fn say(text: &str) {
    use std::io::Write;
    let text = dap_server::sanitize::strip(text);
    let _nobody_reads_it = writeln!(std::io::stderr(), "nixtest-dap: {text}");
}
