//! `nixtest-dap console`: the prompt of a live session in any terminal, as one more client of it.
//!
//! What is typed is evaluated by the session, as in the debug console of an editor. Lines come from a thread of their own
//! (`input.rs`), because editing a line waits for keys; here is what the session and the person say to each other.

mod input;
mod lines;
mod looking;

use std::collections::HashMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use dap_protocol::{
    Connection, EventMessage, Incoming, Message, Request, ResponseMessage, events, requests, types,
};
use debuggee::control::{ControlClient, Join, JoinArguments};
use tokio::signal::unix::{SignalKind, signal};

use self::input::{Completions, Input, Prompt, Typed};
use crate::arguments::ConsoleArguments;
use crate::sessions;

/// The exit code when it is not clear which session is meant.
const WHICH_SESSION: u8 = 2;

/// How long the session may take to hear that somebody leaves.
const PATIENCE_WITH_GOODBYE: Duration = Duration::from_secs(2);

/// What the console waits for.
enum Asked {
    /// That it may say something.
    Entering,
    /// How things stand.
    Entered,
    /// The frames of a stop, to be announced.
    Stop(types::StoppedEvent),
    /// What was typed.
    Evaluation,
    /// Something to look at.
    Look(looking::Look),
    /// How a line may go on.
    Completion(Completions),
}

/// Runs until the person leaves or the session ends.
pub(crate) async fn run(arguments: ConsoleArguments) -> ExitCode {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let directory = match sessions::find(arguments.session.as_deref(), None).await {
        Ok(directory) => directory,
        Err(problem) => {
            tracing::error!("{problem}");
            return ExitCode::from(WHICH_SESSION);
        }
    };
    let initialize = types::InitializeRequestArguments {
        client_id: Some("nixtest-dap console".to_owned()),
        adapter_id: "nixtest".to_owned(),
        supports_ansi_styling: Some(is_terminal && std::env::var_os("NO_COLOR").is_none()),
        ..types::InitializeRequestArguments::default()
    };
    let joining = async {
        let mut session = ControlClient::connect(&directory).await?;
        let joining = JoinArguments {
            initialize,
            last_seq: 0,
        };
        let joined = session.request::<Join>(&joining).await?;
        Ok::<_, debuggee::control::ControlError>((session.into_connection(), joined.capabilities))
    };
    let (connection, capabilities) = match joining.await {
        Ok(joined) => joined,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let completes = capabilities.supports_completions_request == Some(true);
    let console = Console {
        connection,
        input: Input::start(is_terminal, completes),
        is_terminal,
        asked: HashMap::new(),
        block: String::new(),
        frames: Vec::new(),
        selected: 0,
        thread: 1,
        is_stopped: false,
        has_entered: false,
        is_prompted: false,
        has_failed: false,
    };
    console.converse().await
}

/// The conversation.
struct Console {
    connection: Connection,
    input: Input,
    is_terminal: bool,
    asked: HashMap<i64, Asked>,
    /// Lines that are no statement yet.
    block: String,
    /// Those of the present stop.
    frames: Vec<types::StackFrame>,
    /// The frame in which Python is evaluated.
    selected: usize,
    thread: i64,
    is_stopped: bool,
    /// Whether the session has told how things stand.
    has_entered: bool,
    /// Whether a line is awaited.
    is_prompted: bool,
    /// Whether what was typed last has failed.
    has_failed: bool,
}

impl Console {
    async fn converse(mut self) -> ExitCode {
        let signals = |kind| signal(kind).ok();
        let mut interrupts = signals(SignalKind::interrupt());
        let mut terminations = signals(SignalKind::terminate());
        self.ask::<requests::Attach>(&types::AttachRequestArguments::default(), Asked::Entering);
        loop {
            self.prompt_when_ready();
            tokio::select! {
                typed = self.input.next() => match typed {
                    Some(Typed::Line(line)) => {
                        self.is_prompted = false;
                        if self.line(&line) {
                            break;
                        }
                    }
                    Some(Typed::Interrupt) => {
                        self.is_prompted = false;
                        self.interrupted_at_the_prompt();
                    }
                    Some(Typed::Complete(completions)) => self.complete(completions),
                    Some(Typed::End) | None => break,
                },
                incoming = self.connection.incoming.recv() => match incoming {
                    Some(Incoming::Message(message)) => {
                        if self.heard(message) {
                            break;
                        }
                    }
                    Some(Incoming::Malformed(error)) => tracing::warn!("the session: {error}"),
                    Some(Incoming::Broken(_)) | None => {
                        self.input.show("the session has gone\n");
                        self.has_failed = true;
                        break;
                    }
                },
                Some(()) = received(&mut interrupts) => self.interrupted(),
                Some(()) = received(&mut terminations) => break,
            }
        }
        self.leave().await
    }

    async fn leave(mut self) -> ExitCode {
        let arguments = types::DisconnectArguments::default();
        self.connection
            .outgoing
            .request::<requests::Disconnect>(&arguments);
        let goodbye = self.connection.outgoing.close();
        let _session_is_gone = tokio::time::timeout(PATIENCE_WITH_GOODBYE, goodbye).await;
        match self.has_failed && !self.is_terminal {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }

    fn ask<R: Request>(&mut self, arguments: &R::Arguments, asked: Asked) {
        let seq = self.connection.outgoing.request::<R>(arguments);
        self.asked.insert(seq, asked);
    }

    /// Asks for the next line when nothing is awaited any more. A program that types in waits for the stop after each step.
    fn prompt_when_ready(&mut self) {
        let is_busy = self
            .asked
            .values()
            .any(|asked| !matches!(asked, Asked::Completion(_)));
        let has_to_wait = !self.has_entered || !self.is_terminal && !self.is_stopped;
        if self.is_prompted || is_busy || has_to_wait {
            return;
        }
        self.is_prompted = true;
        self.input.ask(match self.block.is_empty() {
            true => Prompt::Statement,
            false => Prompt::More,
        });
    }

    /// Takes a line in; returns whether the person leaves.
    fn line(&mut self, line: &str) -> bool {
        if self.block.is_empty() && line.trim().starts_with(':') {
            let word = line.trim();
            if matches!(word, ":quit" | ":q") {
                return true;
            }
            if !self.look(word) {
                self.evaluate(word.to_owned());
            }
            return false;
        }
        if !self.block.is_empty() {
            self.block.push('\n');
        }
        self.block.push_str(line);
        if !lines::is_complete(&self.block) {
            return false;
        }
        let block = std::mem::take(&mut self.block);
        if !block.trim().is_empty() {
            self.evaluate(block);
        }
        false
    }

    fn evaluate(&mut self, expression: String) {
        let arguments = types::EvaluateArguments {
            expression,
            frame_id: self.frames.get(self.selected).map(|frame| frame.id),
            context: Some(types::EvaluateArgumentsContext::Repl),
            ..types::EvaluateArguments::default()
        };
        self.ask::<requests::Evaluate>(&arguments, Asked::Evaluation);
    }

    fn complete(&mut self, completions: Completions) {
        let arguments = types::CompletionsArguments {
            text: completions.text.clone(),
            column: completions.column,
            frame_id: self.frames.get(self.selected).map(|frame| frame.id),
            ..types::CompletionsArguments::default()
        };
        self.ask::<requests::Completions>(&arguments, Asked::Completion(completions));
    }

    /// Ctrl-C at the prompt drops what was typed; with nothing typed it pauses a script that runs.
    fn interrupted_at_the_prompt(&mut self) {
        let was_typing = !std::mem::take(&mut self.block).is_empty();
        if !was_typing && !self.is_stopped {
            self.evaluate(":pause".to_owned());
        }
    }

    /// Ctrl-C while the session is at work on what was typed.
    fn interrupted(&mut self) {
        let evaluation = self
            .asked
            .iter()
            .find(|(_, asked)| matches!(asked, Asked::Evaluation));
        match evaluation.map(|(seq, _)| *seq) {
            Some(seq) => {
                let arguments = types::CancelArguments {
                    request_id: Some(seq),
                    ..types::CancelArguments::default()
                };
                self.connection
                    .outgoing
                    .request::<requests::Cancel>(&arguments);
            }
            None if !self.is_stopped => self.evaluate(":pause".to_owned()),
            None => {}
        }
    }

    /// Returns whether there is nothing more to hear.
    fn heard(&mut self, message: Message) -> bool {
        match message {
            Message::Event(event) => return self.happened(&event),
            Message::Response(response) => {
                if let Some(asked) = self.asked.remove(&response.request_seq) {
                    self.answered(asked, &response);
                }
            }
            // It offers nothing that it could be asked for.
            Message::Request(request) => {
                let refusal = dap_protocol::ErrorResponse::new("a console cannot do that");
                self.connection.outgoing.respond_raw(&request, Err(refusal));
            }
        }
        false
    }

    fn happened(&mut self, event: &EventMessage) -> bool {
        if let Ok(output) = event.parse::<events::Output>() {
            if output.category != Some(types::OutputEventCategory::Telemetry) {
                self.input.show(&output.output);
            }
        } else if event.is::<events::Initialized>() {
            let arguments = types::ConfigurationDoneArguments::default();
            self.ask::<requests::ConfigurationDone>(&arguments, Asked::Entering);
            // Its answer comes behind everything that the session has to say at first.
            self.ask::<requests::Threads>(&(), Asked::Entered);
        } else if let Ok(stopped) = event.parse::<events::Stopped>() {
            self.is_stopped = true;
            self.thread = stopped.thread_id.unwrap_or(self.thread);
            let arguments = types::StackTraceArguments {
                thread_id: self.thread,
                ..types::StackTraceArguments::default()
            };
            self.ask::<requests::StackTrace>(&arguments, Asked::Stop(stopped));
        } else if event.is::<events::Continued>() {
            self.is_stopped = false;
            self.frames.clear();
        } else if let Ok(exited) = event.parse::<events::Exited>() {
            self.input.show(&format!(
                "the test has ended with exit code {}\n",
                exited.exit_code
            ));
        }
        event.is::<events::Terminated>()
    }

    fn answered(&mut self, asked: Asked, response: &ResponseMessage) {
        let problem = response.error().map(|error| error.text().into_owned());
        match asked {
            Asked::Completion(completions) => {
                let body = response.parse::<requests::Completions>();
                completions.answer(body.map(|body| body.targets).unwrap_or_default());
            }
            Asked::Stop(stopped) => {
                if let Ok(body) = response.parse::<requests::StackTrace>() {
                    self.frames = body.stack_frames;
                    self.selected = 0;
                    self.announce(&stopped);
                }
            }
            Asked::Look(look) => self.show_look(look, response),
            Asked::Entering | Asked::Entered | Asked::Evaluation if problem.is_some() => {
                self.has_failed = true;
                self.input
                    .show(&format!("{}\n", problem.unwrap_or_default().trim_end()));
            }
            Asked::Entering => {}
            Asked::Entered => self.has_entered = true,
            Asked::Evaluation => {
                self.has_failed = false;
                let result = response
                    .parse::<requests::Evaluate>()
                    .map(|body| body.result);
                if let Some(result) = result.ok().filter(|result| !result.is_empty()) {
                    self.input
                        .show(&format!("{}\n", result.trim_end_matches('\n')));
                }
            }
        }
    }
}

async fn received(signals: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    match signals {
        Some(signals) => signals.recv().await,
        None => std::future::pending().await,
    }
}
