//! QEMU's machine protocol: one socket, one command at a time.
//!
//! The client owns its socket; nobody else may talk on it. Events that arrive between replies are kept for whoever
//! asks. Every call has the deadline given at the start, because a stopped host or a wrong socket never answers.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};

/// Longest line that QEMU may send; replies to commands that list things are long.
const LINE_LIMIT: usize = 16 << 20;
/// Events that are kept; older ones are dropped.
const EVENT_LIMIT: usize = 256;

/// A connection that has been set up and takes commands.
#[derive(Debug)]
pub struct Qmp {
    stream: UnixStream,
    path: PathBuf,
    deadline: Duration,
    next_id: u64,
    /// Kept here, so that a call that is dropped halfway neither loses nor repeats a byte.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    events: VecDeque<Event>,
    version: Version,
}

/// Something happened in the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Such as `STOP` or `SHUTDOWN`.
    pub name: String,
    /// Depends on the event.
    pub data: Value,
}

/// Of QEMU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub micro: u32,
}

/// Answer to `query-status`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// Do the processors run?
    pub running: bool,
    /// Such as `running`, `paused`, `prelaunch`, `internal-error`, `shutdown`.
    pub status: String,
}

/// A command got no good answer.
#[derive(Debug, thiserror::Error)]
pub enum QmpError {
    /// Nobody listens, or the connection broke.
    #[error("no connection to QEMU at {path}: {error}")]
    Connection {
        /// The socket.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// Nothing came in time.
    #[error("QEMU at {path} did not answer within {} s", deadline.as_secs_f32())]
    Deadline {
        /// The socket.
        path: PathBuf,
        /// How long it had.
        deadline: Duration,
    },
    /// What answers does not speak this protocol.
    #[error("what answers at {path} is not QEMU's control socket: {problem}")]
    Protocol {
        /// The socket.
        path: PathBuf,
        /// What it said.
        problem: String,
    },
    /// QEMU refuses the command.
    #[error("QEMU refuses {command}: {description}")]
    Refused {
        /// The command.
        command: String,
        /// `GenericError`, `CommandNotFound` and so on.
        class: String,
        /// In QEMU's words.
        description: String,
    },
}

impl Qmp {
    /// Connects, reads the greeting and leaves the negotiation mode. `deadline` holds for this and every later call.
    ///
    /// # Errors
    /// If nobody listens there, or not QEMU, or nothing comes in time.
    pub async fn connect(path: &Path, deadline: Duration) -> Result<Self, QmpError> {
        let connection = |error| QmpError::Connection {
            path: path.to_owned(),
            error,
        };
        let stream = UnixStream::connect(path).await.map_err(connection)?;
        let mut qmp = Self {
            stream,
            path: path.to_owned(),
            deadline,
            next_id: 1,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            events: VecDeque::new(),
            version: Version::default(),
        };
        let until = Instant::now() + deadline;
        let greeting = qmp.within(until, Self::receive).await?;
        let version = greeting
            .get("QMP")
            .and_then(|qmp| qmp.pointer("/version/qemu"));
        let version = version.and_then(|version| Version::deserialize(version).ok());
        qmp.version = version
            .ok_or_else(|| qmp.protocol(format!("it greets with `{}`", excerpt(&greeting))))?;
        qmp.execute("qmp_capabilities", None).await?;
        Ok(qmp)
    }

    /// Which QEMU this is.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Runs a command and waits for its reply. It may be dropped; the reply is then skipped by the next call.
    ///
    /// # Errors
    /// If QEMU refuses, the connection breaks or nothing comes in time.
    pub async fn execute(
        &mut self,
        command: &str,
        arguments: Option<Value>,
    ) -> Result<Value, QmpError> {
        let id = self.next_id;
        self.next_id += 1;
        let mut request = json!({ "execute": command, "id": id });
        if let (Some(arguments), Some(request)) = (arguments, request.as_object_mut()) {
            request.insert("arguments".to_owned(), arguments);
        }
        self.outgoing.extend(request.to_string().into_bytes());
        self.outgoing.push(b'\n');
        let until = Instant::now() + self.deadline;
        self.within(until, Self::flush).await?;
        loop {
            let mut message = self.within(until, Self::receive).await?;
            if self.keep_event(&mut message) {
                continue;
            }
            // QEMU gives no id with the error for a line that it cannot read, which is none of ours.
            let reply_id = message.get("id").and_then(Value::as_u64);
            if reply_id.is_some_and(|reply_id| reply_id < id) {
                continue;
            }
            if let Some(value) = message.remove("return") {
                return Ok(value);
            }
            let error = message.remove("error").map(Refusal::deserialize);
            let Some(Ok(Refusal { class, description })) = error else {
                return Err(self.protocol(format!("it replies with `{}`", excerpt(&message))));
            };
            return Err(QmpError::Refused {
                command: command.to_owned(),
                class,
                description,
            });
        }
    }

    /// Is the machine running?
    ///
    /// # Errors
    /// As [`Qmp::execute`].
    pub async fn query_status(&mut self) -> Result<Status, QmpError> {
        let value = self.execute("query-status", None).await?;
        Status::deserialize(&value)
            .map_err(|error| self.protocol(format!("its status is unreadable: {error}")))
    }

    /// The events that came with the replies so far, oldest first; at most 256 are kept.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.drain(..).collect()
    }

    /// Waits, without limit, for the next event. It may be dropped; no event is lost then.
    ///
    /// # Errors
    /// If the connection breaks, which is how the end of QEMU shows.
    pub async fn next_event(&mut self) -> Result<Event, QmpError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            let mut message = self.receive().await?;
            // Whatever else comes is the answer to a call that was dropped.
            self.keep_event(&mut message);
        }
    }

    fn keep_event(&mut self, message: &mut Map<String, Value>) -> bool {
        let Some(Value::String(name)) = message.remove("event") else {
            return false;
        };
        if self.events.len() == EVENT_LIMIT {
            self.events.pop_front();
        }
        self.events.push_back(Event {
            name,
            data: message.remove("data").unwrap_or_default(),
        });
        true
    }

    async fn within<T>(
        &mut self,
        until: Instant,
        step: impl AsyncFnOnce(&mut Self) -> Result<T, QmpError>,
    ) -> Result<T, QmpError> {
        let (path, deadline) = (self.path.clone(), self.deadline);
        match timeout_at(until, step(self)).await {
            Ok(result) => result,
            Err(_) => Err(QmpError::Deadline { path, deadline }),
        }
    }

    async fn flush(&mut self) -> Result<(), QmpError> {
        while !self.outgoing.is_empty() {
            let count = self
                .stream
                .write(&self.outgoing)
                .await
                .map_err(|error| self.connection(error))?;
            self.outgoing.drain(..count);
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Map<String, Value>, QmpError> {
        let mut searched = 0;
        loop {
            if let Some(length) = self.incoming[searched..]
                .iter()
                .position(|byte| *byte == b'\n')
            {
                let line: Vec<u8> = self.incoming.drain(..=searched + length).collect();
                searched = 0;
                if line.trim_ascii().is_empty() {
                    continue;
                }
                return serde_json::from_slice(&line).map_err(|_| {
                    self.protocol(format!(
                        "it says `{}`",
                        excerpt_of(&String::from_utf8_lossy(&line))
                    ))
                });
            }
            searched = self.incoming.len();
            if searched > LINE_LIMIT {
                return Err(self.protocol("its line does not end".to_owned()));
            }
            let count = self
                .stream
                .read_buf(&mut self.incoming)
                .await
                .map_err(|error| self.connection(error))?;
            if count == 0 {
                return Err(self.connection(io::Error::from(io::ErrorKind::UnexpectedEof)));
            }
        }
    }

    fn connection(&self, error: io::Error) -> QmpError {
        QmpError::Connection {
            path: self.path.clone(),
            error,
        }
    }

    fn protocol(&self, problem: String) -> QmpError {
        QmpError::Protocol {
            path: self.path.clone(),
            problem,
        }
    }
}

#[derive(Deserialize)]
struct Refusal {
    class: String,
    #[serde(rename = "desc")]
    description: String,
}

fn excerpt(message: &Map<String, Value>) -> String {
    excerpt_of(&Value::Object(message.clone()).to_string())
}

fn excerpt_of(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(80)
        .collect()
}
