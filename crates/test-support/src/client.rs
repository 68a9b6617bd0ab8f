//! A debug client for tests: it talks like an editor, and a protocol monitor listens.
//!
//! This file has the conversation itself: sending, waiting with a deadline, answering the
//! adapter's own requests. `session` has what a debugging person does. Messages are read only
//! while a test waits for something, in the order of the wire; nothing sleeps. A client that is
//! dropped without [`TestClient::finish`] fails its test.

mod session;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use dap_monitor::{Finding, ProtocolMonitor, Rule, Side};
use dap_protocol::types::{Capabilities, InitializeRequestArguments};
use dap_protocol::{
    Connection, ErrorResponse, Event, EventMessage, Incoming, Message, Outgoing, ParseError,
    Request, RequestMessage, ResponseMessage,
};
use serde_json::Value;
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::transcript::Transcript;

/// How long a test waits for anything before it fails. It is long because machines that run tests
/// may be slow; a passing test never waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

/// How much of the conversation a failure shows, in lines.
const SHOWN_LINES: usize = 120;

/// Answers a request of the adapter.
type Answer = Box<dyn FnMut(&RequestMessage) -> Result<Option<Value>, ErrorResponse> + Send>;

/// A client that is always watched by a [`ProtocolMonitor`].
pub struct TestClient {
    incoming: mpsc::Receiver<Incoming>,
    /// `None` when the client has closed its side.
    outgoing: Option<Outgoing>,
    monitor: ProtocolMonitor,
    transcript: Transcript,
    /// Events that nobody has waited for, oldest first.
    events: VecDeque<EventMessage>,
    /// Responses that nobody has waited for, by the number of their request.
    responses: BTreeMap<i64, ResponseMessage>,
    answer: Answer,
    deadline: Duration,
    process: Option<Child>,
    directory: Option<PathBuf>,
    abilities: InitializeRequestArguments,
    capabilities: Capabilities,
    /// The thread that stopped last.
    thread: Option<i64>,
    /// Its topmost frame, once somebody has asked.
    top_frame: Option<i64>,
    is_open: bool,
    is_finished: bool,
}

impl TestClient {
    /// A client at one end of a connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            incoming: connection.incoming,
            outgoing: Some(connection.outgoing),
            monitor: ProtocolMonitor::new(),
            transcript: Transcript::default(),
            events: VecDeque::new(),
            responses: BTreeMap::new(),
            answer: Box::new(|request| {
                let text = format!("the test does not expect `{}`", request.command);
                Err(ErrorResponse::new(text))
            }),
            deadline: DEADLINE,
            process: None,
            directory: None,
            abilities: session::abilities_of_an_editor(),
            capabilities: Capabilities::default(),
            thread: None,
            top_frame: None,
            is_open: true,
            is_finished: false,
        }
    }

    /// Starts an adapter as a process and talks to it over its standard input and output. Its
    /// standard error is that of the test. The process is killed when the client is dropped.
    ///
    /// # Panics
    ///
    /// When the process cannot be started.
    #[must_use]
    pub fn spawn(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().expect("the adapter can be started");
        let stdin = process.stdin.take().expect("standard input is a pipe");
        let stdout = process.stdout.take().expect("standard output is a pipe");
        let mut client = Self::new(Connection::new(stdout, stdin));
        client.process = Some(process);
        client
    }

    /// Connects to an adapter that listens on a TCP port.
    ///
    /// # Panics
    ///
    /// When nobody listens there.
    pub async fn connect_tcp(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the adapter listens");
        Self::new(Connection::over(stream))
    }

    /// Connects to an adapter that listens on a unix socket.
    ///
    /// # Panics
    ///
    /// When nobody listens there.
    pub async fn connect_unix(path: &Path) -> Self {
        let stream = UnixStream::connect(path)
            .await
            .expect("the adapter listens");
        Self::new(Connection::over(stream))
    }

    /// Shows paths inside of this directory as `$DIR`.
    #[must_use]
    pub fn in_directory(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Says other things in `initialize` than a capable editor would.
    #[must_use]
    pub fn with_abilities(mut self, abilities: InitializeRequestArguments) -> Self {
        self.abilities = abilities;
        self
    }

    /// Waits this long for anything, in place of a minute.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Decides how requests of the adapter are answered. Without it they fail.
    #[must_use]
    pub fn answering<F>(mut self, answer: F) -> Self
    where
        F: FnMut(&RequestMessage) -> Result<Option<Value>, ErrorResponse> + Send + 'static,
    {
        self.answer = Box::new(answer);
        self
    }

    /// Everything that was said so far.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Everything that was said so far, as stable text.
    #[must_use]
    pub fn rendered_transcript(&self) -> String {
        self.transcript.render(self.directory.as_deref())
    }

    /// What broke the rules of the protocol so far.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        violations(self.monitor.findings())
    }

    /// Sends a request and waits for the response.
    ///
    /// # Errors
    ///
    /// What the adapter answered when the request failed.
    pub async fn request<R: Request>(
        &mut self,
        arguments: R::Arguments,
    ) -> Result<R::Response, ErrorResponse> {
        let seq = self.send::<R>(&arguments);
        self.response::<R>(seq).await
    }

    /// Sends a request without waiting, and returns its number for [`Self::response`].
    pub fn send<R: Request>(&mut self, arguments: &R::Arguments) -> i64 {
        let request = RequestMessage::new::<R>(arguments).expect("arguments have a JSON form");
        self.say(Message::Request(request), ProtocolMonitor::observe)
    }

    /// Waits for the response to a request that was sent before.
    ///
    /// # Errors
    ///
    /// What the adapter answered when the request failed.
    pub async fn response<R: Request>(&mut self, seq: i64) -> Result<R::Response, ErrorResponse> {
        let response = self.response_raw(seq, R::COMMAND).await;
        match response.parse::<R>() {
            Ok(body) => Ok(body),
            Err(ParseError::Failed(error)) => Err(error),
            Err(error) => self.fail(&error.to_string()),
        }
    }

    /// Sends a request whose form may be wrong on purpose, and waits for the response.
    pub async fn request_raw(
        &mut self,
        command: &str,
        arguments: Option<Value>,
    ) -> ResponseMessage {
        let request = RequestMessage {
            seq: 0,
            command: command.to_owned(),
            arguments,
        };
        let seq = self.say(
            Message::Request(request),
            ProtocolMonitor::observe_without_schema,
        );
        self.response_raw(seq, command).await
    }

    /// Waits for an event and returns its body. Events that were received and not waited for count.
    pub async fn expect_event<E: Event>(&mut self) -> E::Body {
        let wanted = format!("the event `{}`", E::EVENT);
        let event = self
            .wait_until(&wanted, |client| client.take_event(|event| event.is::<E>()))
            .await;
        match event.parse::<E>() {
            Ok(body) => body,
            Err(error) => self.fail(&error.to_string()),
        }
    }

    /// Waits for the first event that satisfies a condition. Earlier events that do not are kept.
    pub async fn wait_for(&mut self, condition: impl Fn(&EventMessage) -> bool) -> EventMessage {
        self.wait_until("an event that satisfies a condition", |client| {
            client.take_event(&condition)
        })
        .await
    }

    /// Ends the conversation: closes the client's side, reads what the adapter still says until it
    /// closes its own, and fails when anything broke the rules of the protocol.
    pub async fn finish(self) {
        self.finish_with_status().await;
    }

    /// The same as [`Self::finish`]; returns how the process ended, if the adapter is one.
    pub async fn finish_with_status(mut self) -> Option<ExitStatus> {
        self.is_finished = true;
        if let Some(outgoing) = self.outgoing.take() {
            // An adapter that has closed the connection already does not take what is left.
            let _ = outgoing.close().await;
        }
        let deadline = Instant::now() + self.deadline;
        while self.is_open {
            if timeout_at(deadline, self.receive()).await.is_err() {
                self.fail("the adapter did not close the connection after the client had");
            }
        }
        let mut status = None;
        if let Some(mut process) = self.process.take() {
            match timeout_at(deadline, process.wait()).await {
                Ok(ended) => status = Some(ended.expect("the process can be waited for")),
                Err(_) => self.fail("the adapter's process did not end"),
            }
        }
        let violations = violations(&std::mem::take(&mut self.monitor).finish());
        if !violations.is_empty() {
            let list = violations.join("\n  ");
            self.fail(&format!("the conversation broke the rules:\n  {list}"));
        }
        status
    }

    async fn response_raw(&mut self, seq: i64, command: &str) -> ResponseMessage {
        let wanted = format!("the response to `{command}`");
        self.wait_until(&wanted, |client| client.responses.remove(&seq))
            .await
    }

    /// Receives messages until there is what is wanted.
    async fn wait_until<T>(
        &mut self,
        wanted: &str,
        mut take: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + self.deadline;
        loop {
            if let Some(found) = take(self) {
                return found;
            }
            if !self.is_open {
                self.fail(&format!("the connection ended before {wanted}"));
            }
            if timeout_at(deadline, self.receive()).await.is_err() {
                let seconds = self.deadline.as_secs_f32();
                self.fail(&format!("waited {seconds} s for {wanted}"));
            }
        }
    }

    fn take_event(&mut self, condition: impl Fn(&EventMessage) -> bool) -> Option<EventMessage> {
        let index = self.events.iter().position(condition)?;
        self.events.remove(index)
    }

    /// Receives one message, if the connection has not ended.
    async fn receive(&mut self) {
        let message = match self.incoming.recv().await {
            Some(Incoming::Message(message)) => message,
            Some(Incoming::Malformed(error)) => {
                self.monitor.observe_malformed(Side::Adapter, &error);
                return;
            }
            Some(Incoming::Broken(error)) => {
                self.monitor.observe_malformed(Side::Adapter, &error);
                return;
            }
            None => {
                self.is_open = false;
                return;
            }
        };
        self.monitor.observe(Side::Adapter, &message);
        self.transcript.record(Side::Adapter, message.clone());
        match message {
            Message::Event(event) => self.events.push_back(event),
            Message::Response(response) => {
                self.responses.insert(response.request_seq, response);
            }
            Message::Request(request) => {
                let response = match (self.answer)(&request) {
                    Ok(body) => request.success(body),
                    Err(error) => request.failure(&error),
                };
                self.say(Message::Response(response), ProtocolMonitor::observe);
            }
        }
    }

    /// Sends a message and takes note of it in the given way. After the end it says nothing.
    fn say(
        &mut self,
        mut message: Message,
        observe: fn(&mut ProtocolMonitor, Side, &Message),
    ) -> i64 {
        let Some(outgoing) = &mut self.outgoing else {
            return 0;
        };
        let seq = outgoing.send(message.clone());
        message.set_seq(seq);
        observe(&mut self.monitor, Side::Client, &message);
        self.transcript.record(Side::Client, message);
        seq
    }

    /// Ends the test with a reason and the conversation.
    fn fail(&self, reason: &str) -> ! {
        let transcript = self.rendered_transcript();
        let lines: Vec<&str> = transcript.lines().collect();
        let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
        let violations: String = self
            .violations()
            .iter()
            .map(|it| format!("  {it}\n"))
            .collect();
        panic!("{reason}\n\nviolations:\n{violations}\nthe conversation:\n{shown}\n");
    }
}

/// What an adapter of ours may not do, which is more than the protocol forbids. A test may ask for what is not advertised.
fn violations(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| match finding.rule {
            Rule::OpenValue => false,
            Rule::Abilities => finding.side == Side::Adapter,
            _ => true,
        })
        .map(Finding::to_string)
        .collect()
}

impl Drop for TestClient {
    fn drop(&mut self) {
        if !self.is_finished && !std::thread::panicking() {
            self.fail("the client was dropped without `finish()`");
        }
    }
}
