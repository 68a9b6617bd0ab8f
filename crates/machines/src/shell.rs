//! A shell in a guest, over a channel of its own: the console that the driver talks to is left alone.
//!
//! Three ports are plugged into the machine ([`Ports::plug`]); whoever owns the driver's console has one short command run in
//! the guest ([`Ports::guest_command`]), and what that starts answers over the ports ([`Ports::answer`]). From then on the
//! console may be as busy as it likes. This module does not know where a shell's input comes from nor where its output goes.

mod ending;
mod guest_program;
mod ports;
mod telnet;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::timeout;

use self::ending::Ending;
use self::ports::Port;
use crate::qmp::{Event, QmpError};
use crate::shared_qmp::SharedQmp;

/// How long the guest may take to answer once the command has run. It has to start two or three programs.
const PATIENCE_WITH_GUEST: Duration = Duration::from_secs(30);

/// How long QEMU may take to say what became of a machine whose programs are gone. One that reboots takes its time.
const PATIENCE_WITH_QEMU: Duration = Duration::from_secs(2);

/// How much is read from a port at a time, in bytes.
const CHUNK: usize = 16 * 1024;

/// The longest line that the guest's half says on the control port, in bytes.
const LONGEST_LINE: usize = 256;

/// The terminal of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// Lines of text.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
    /// The name, as in `TERM`.
    pub name: String,
}

/// What the guest has made for the shell to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A terminal of its own: everything works that works in a terminal.
    Terminal,
    /// The same, behind busybox's telnet.
    Telnet,
    /// A pair of pipes, because no terminal was wanted or the guest has no program that makes one.
    Lines,
}

/// What happens in a shell.
#[derive(Debug, PartialEq, Eq)]
pub enum ShellEvent {
    /// It put something out.
    Output(Vec<u8>),
    /// The oldest input that was not reported yet has been taken.
    InputTaken,
    /// The shell has ended, with this status. Nothing follows.
    Exited(u8),
    /// The shell is lost. Nothing follows.
    Lost(Loss),
}

/// Why a shell is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// The guest switched itself off.
    #[error("has been switched off")]
    SwitchedOff,
    /// The guest was started anew.
    #[error("has been rebooted")]
    Rebooted,
    /// The guest's kernel gave up.
    #[error("has crashed: its kernel panicked")]
    Panicked,
    /// QEMU was told to end, or was killed.
    #[error("has ended")]
    Ended,
    /// What the shell hung on was ended in the guest, as by a guest that begins to switch itself off.
    #[error("has ended the shell; it may be shutting down")]
    Killed,
}

/// Why there is no shell.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// QEMU did not do what it was asked.
    #[error(transparent)]
    Qmp(#[from] QmpError),
    /// A socket for a port, or the random source.
    #[error("cannot make a socket for it: {0}")]
    Socket(#[source] io::Error),
    /// The guest's half said why it cannot.
    #[error("the guest says: {0}")]
    Guest(String),
    /// The machine ended meanwhile.
    #[error("the machine has ended meanwhile")]
    Gone,
    /// The guest's half never answered.
    #[error(
        "the guest did not answer within {} s; its kernel may have no virtio ports, or it is very slow",
        PATIENCE_WITH_GUEST.as_secs()
    )]
    Silence,
}

/// The ports of a shell that is not there yet. They stay plugged in until [`Ports::unplug`].
#[derive(Debug)]
pub struct Ports {
    qmp: SharedQmp,
    events: Receiver<Event>,
    id: String,
    secret: String,
    plugged: Vec<Port>,
    control: UnixStream,
    input: UnixStream,
    output: UnixStream,
    lines: Lines,
    announcements: Announcements,
}

impl Ports {
    /// Plugs the ports of a new shell into the machine behind `qmp`. `id` must be unique among the shells of the machine and
    /// may hold letters, digits and dashes; sockets for the ports appear in `directory` for a moment.
    ///
    /// # Errors
    /// If QEMU refuses or is gone; nothing stays plugged in then.
    pub async fn plug(qmp: &SharedQmp, directory: &Path, id: &str) -> Result<Self, ShellError> {
        let secret = secret().map_err(ShellError::Socket)?;
        let events = qmp.events().await?;
        let mut plugged = Vec::new();
        let mut streams = VecDeque::new();
        for role in ["control", "input", "output"] {
            match Port::plug(qmp, directory, format!("{id}-{role}")).await {
                Ok((port, stream)) => {
                    plugged.push(port);
                    streams.push_back(stream);
                }
                Err(error) => {
                    unplug(plugged, qmp).await;
                    return Err(error);
                }
            }
        }
        let [Some(control), Some(input), Some(output)] = [(); 3].map(|()| streams.pop_front())
        else {
            return Err(ShellError::Socket(io::ErrorKind::NotConnected.into()));
        };
        Ok(Self {
            qmp: qmp.clone(),
            events,
            id: id.to_owned(),
            secret,
            plugged,
            control,
            input,
            output,
            lines: Lines::default(),
            announcements: Announcements::default(),
        })
    }

    /// What has to be run in the guest, by bash and as root. It returns at once; a status other than 0 means that there will
    /// be no shell, and its output says why. Without a terminal the shell reads commands and writes output, as from a pipe.
    #[must_use]
    pub fn guest_command(&self, terminal: Option<&Terminal>) -> String {
        guest_program::command(&self.id, &self.secret, terminal)
    }

    /// Waits until what the command has started answers. May be dropped.
    ///
    /// # Errors
    /// If the guest cannot, or does not answer.
    pub async fn answer(&mut self) -> Result<Answer, ShellError> {
        let answered = timeout(PATIENCE_WITH_GUEST, self.lines.next(&self.control)).await;
        let line = answered
            .map_err(|_| ShellError::Silence)?
            .map_err(|_| ShellError::Gone)?;
        match line.as_str() {
            "ready terminal" => Ok(Answer::Terminal),
            "ready telnet" => Ok(Answer::Telnet),
            "ready lines" => Ok(Answer::Lines),
            other => Err(ShellError::Guest(other.to_owned())),
        }
    }

    /// The shell that the guest has announced.
    #[must_use]
    pub fn into_shell(self, answer: Answer) -> Shell {
        Shell {
            ending: Ending::new(&self.secret),
            ports: self,
            has_terminal: answer != Answer::Lines,
            telnet: (answer == Answer::Telnet).then(telnet::Decoder::default),
            inputs: VecDeque::new(),
            is_input_closing: false,
            buffer: Vec::new(),
            happened: VecDeque::new(),
            is_left_by_guest: false,
            is_over: false,
        }
    }

    /// Takes the ports away.
    pub async fn unplug(self) {
        unplug(self.plugged, &self.qmp).await;
    }
}

async fn unplug(ports: Vec<Port>, qmp: &SharedQmp) {
    for port in ports {
        port.unplug(qmp).await;
    }
}

/// A shell that runs. [`Shell::close`] ends it; dropping it leaves its ports plugged in.
#[derive(Debug)]
pub struct Shell {
    ports: Ports,
    has_terminal: bool,
    /// What undoes the guest's telnet, if it speaks it.
    telnet: Option<telnet::Decoder>,
    ending: Ending,
    /// What the guest has not taken yet, oldest first.
    inputs: VecDeque<Vec<u8>>,
    is_input_closing: bool,
    buffer: Vec<u8>,
    /// What has happened and was not told yet.
    happened: VecDeque<ShellEvent>,
    is_left_by_guest: bool,
    is_over: bool,
}

impl Shell {
    /// Whether it runs on a terminal.
    #[must_use]
    pub fn has_terminal(&self) -> bool {
        self.has_terminal
    }

    /// Gives the shell something to read. [`ShellEvent::InputTaken`] tells when it has been passed on.
    pub fn write(&mut self, bytes: &[u8]) {
        self.inputs.push_back(match self.telnet {
            Some(_) => telnet::encode(bytes),
            None => bytes.to_vec(),
        });
    }

    /// Lets the shell read an end after what was written. Of use without a terminal alone, which has Ctrl-D for it.
    pub fn close_input(&mut self) {
        self.is_input_closing = true;
    }

    /// Tells the guest's terminal how large the user's is, as soon as the machine hears it. Of several sizes the last counts.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.ports.announcements.size = Some((rows, columns));
        // The rest is said while the shell is attended.
        let _the_end_shows_elsewhere = self.ports.announcements.say(&self.ports.control);
    }

    /// What happens next. The call may be dropped and made again; after an end it never returns.
    pub async fn next(&mut self) -> ShellEvent {
        loop {
            if let Some(event) = self.happened.pop_front() {
                return event;
            }
            if self.is_over {
                return std::future::pending().await;
            }
            if self.is_left_by_guest {
                self.end().await;
                continue;
            }
            if self.is_input_closing && self.inputs.is_empty() {
                self.is_input_closing = false;
                let _the_machine_is_gone = self.ports.input.shutdown().await;
            }
            self.buffer.reserve(CHUNK);
            let ports = &mut self.ports;
            tokio::select! {
                read = ports.output.read_buf(&mut self.buffer) => match read {
                    Ok(0) | Err(_) => self.is_left_by_guest = true,
                    Ok(_) => self.take_output(),
                },
                taken = feed(&mut ports.input, self.inputs.front_mut()) => match taken {
                    Ok(true) => {
                        self.inputs.pop_front();
                        self.happened.push_back(ShellEvent::InputTaken);
                    }
                    Ok(false) => {}
                    // What became of the machine shows elsewhere.
                    Err(_) => self.inputs.clear(),
                },
                said = ports.announcements.deliver(&ports.control) => if said.is_err() {
                    ports.announcements = Announcements::default();
                },
                line = ports.lines.next(&ports.control) => {
                    tracing::debug!("the guest's half of a shell says: {line:?}");
                    self.is_left_by_guest = true;
                }
                event = ports.events.recv() => match &event {
                    Ok(event) => self.is_left_by_guest = ports.are_left_by_guest(event),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => self.is_left_by_guest = true,
                },
            }
        }
    }

    /// Hangs up: whatever runs in the shell is told so, and the ports are taken away.
    pub async fn close(self) {
        self.ports.unplug().await;
    }

    /// Passes on what was read.
    fn take_output(&mut self) {
        let (shown, status) = match &mut self.telnet {
            Some(telnet) => self.ending.take(&telnet.decode(&self.buffer)),
            None => self.ending.take(&self.buffer),
        };
        self.buffer.clear();
        if !shown.is_empty() {
            self.happened.push_back(ShellEvent::Output(shown));
        }
        if let Some(status) = status {
            self.happened.push_back(ShellEvent::Exited(status));
            self.is_over = true;
        }
    }

    /// The guest's half is gone: tells what it still said, and why.
    async fn end(&mut self) {
        let loss = self.ports.loss().await;
        while let (false, Ok(1..)) = (
            self.is_over,
            self.ports.output.try_read_buf(&mut self.buffer),
        ) {
            self.take_output();
        }
        if self.is_over {
            return;
        }
        let rest = self.ending.rest();
        if !rest.is_empty() {
            self.happened.push_back(ShellEvent::Output(rest));
        }
        self.happened.push_back(ShellEvent::Lost(loss));
        self.is_over = true;
    }
}

impl Ports {
    /// Whether the event says that the guest's half has let go of its ports.
    fn are_left_by_guest(&self, event: &Event) -> bool {
        event.name == "VSERPORT_CHANGE"
            && event.data.get("open") == Some(&Value::Bool(false))
            && self
                .plugged
                .iter()
                .any(|port| event.data.get("id").and_then(Value::as_str) == Some(port.name()))
    }

    /// Why the guest let go of the ports; QEMU tells it a little later, if it was not a program in the guest.
    async fn loss(&mut self) -> Loss {
        let reason = async {
            loop {
                match self.events.recv().await {
                    Ok(event) => {
                        if let Some(loss) = loss_by(&event) {
                            return loss;
                        }
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Loss::Ended,
                }
            }
        };
        timeout(PATIENCE_WITH_QEMU, reason)
            .await
            .unwrap_or(Loss::Killed)
    }
}

/// The end of a machine in QEMU's words.
fn loss_by(event: &Event) -> Option<Loss> {
    let reason = event.data.get("reason").and_then(Value::as_str);
    match (event.name.as_str(), reason) {
        ("RESET", _) | ("SHUTDOWN", Some("guest-reset")) => Some(Loss::Rebooted),
        ("SHUTDOWN", Some("guest-shutdown")) => Some(Loss::SwitchedOff),
        ("SHUTDOWN", Some("guest-panic")) => Some(Loss::Panicked),
        ("SHUTDOWN", _) => Some(Loss::Ended),
        _ => None,
    }
}

/// Writes a part of the input; true when that was the last part. Without any it never returns.
async fn feed(stream: &mut UnixStream, input: Option<&mut Vec<u8>>) -> io::Result<bool> {
    let Some(input) = input else {
        return std::future::pending().await;
    };
    let count = stream.write(input).await?;
    input.drain(..count);
    Ok(input.is_empty())
}

/// What the guest's half says on the control port, line by line.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    /// The next line. The call may be dropped and made again.
    async fn next(&mut self, stream: &UnixStream) -> io::Result<String> {
        loop {
            if let Some(end) = self.bytes.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.bytes.len() > LONGEST_LINE {
                return Err(io::ErrorKind::InvalidData.into());
            }
            stream.readable().await?;
            match stream.try_read_buf(&mut self.bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What the guest's half is told on the control port, at its own pace: a machine that stands still hears the last size when it
/// goes on.
#[derive(Debug, Default)]
struct Announcements {
    /// The newest size that was not said yet, in rows and columns.
    size: Option<(u16, u16)>,
    /// The rest of the line that is being said.
    line: Vec<u8>,
}

impl Announcements {
    /// Says as much as the guest takes now.
    fn say(&mut self, stream: &UnixStream) -> io::Result<()> {
        loop {
            if self.line.is_empty() {
                let Some((rows, columns)) = self.size.take() else {
                    return Ok(());
                };
                self.line = format!("size {rows} {columns}\n").into_bytes();
            }
            match stream.try_write(&self.line) {
                Ok(count) => drop(self.line.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Says more as soon as the guest takes it. With nothing to say it never returns; the call may be dropped.
    async fn deliver(&mut self, stream: &UnixStream) -> io::Result<()> {
        if self.line.is_empty() && self.size.is_none() {
            return std::future::pending().await;
        }
        stream.writable().await?;
        self.say(stream)
    }
}

/// Something that no program in the guest can know or guess: 32 hexadecimal digits.
fn secret() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
