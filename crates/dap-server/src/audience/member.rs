//! One client of the audience: what it can show, how far it is, and whether it reads.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use dap_protocol::{Connection, EventMessage, Incoming, Message, Outgoing, ResponseMessage};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Heard, translation};
use crate::client::Client;

/// How much output, in bytes, is sent to a client before it has to show that it takes it.
const MOST_UNTAKEN_OUTPUT: usize = 256 * 1024;

/// What an event has beside its text, in bytes.
const SIZE_OF_EVENT: usize = 256;

/// How many messages are sent to a client before it has to show that it takes them.
const MOST_UNTAKEN_MESSAGES: usize = 1000;

/// How long a client may keep others from going on by not reading. One that is alone is waited for, as a terminal is.
const PATIENCE_WITH_READERS: Duration = Duration::from_secs(10);

/// The number of a client in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MemberId(pub(super) u64);

/// How far a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It has not introduced itself, and is told nothing.
    Unknown,
    /// It has.
    Initialized,
    /// It has launched or attached.
    Joined,
    /// It has said everything that it wants to say before it hears of stops.
    Configured,
}

type Flushed = Pin<Box<dyn Future<Output = bool> + Send>>;

/// A client.
pub(super) struct Member {
    pub(super) id: MemberId,
    pub(super) facts: Client,
    pub(super) stage: Stage,
    pub(super) outgoing: Outgoing,
    incoming: mpsc::Receiver<Incoming>,
    is_open: bool,
    /// The breakpoints it knows of.
    breakpoints: BTreeSet<i64>,
    /// What was sent since it was last asked to show that it keeps up: bytes of output, and messages.
    untaken_output: usize,
    untaken_messages: usize,
    /// Completes when it has taken what was sent; with `false` when that has taken too long.
    catching_up: Option<Flushed>,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Member")
            .field("id", &self.id)
            .field("facts", &self.facts)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Member {
    pub(super) fn new(id: MemberId, connection: Connection, facts: Client, stage: Stage) -> Self {
        Self {
            id,
            facts,
            stage,
            outgoing: connection.outgoing,
            incoming: connection.incoming,
            is_open: true,
            breakpoints: BTreeSet::new(),
            untaken_output: 0,
            untaken_messages: 0,
            catching_up: None,
        }
    }

    pub(super) fn into_connection(self) -> Connection {
        Connection {
            incoming: self.incoming,
            outgoing: self.outgoing,
        }
    }

    pub(super) fn is_catching_up(&self) -> bool {
        self.catching_up.is_some()
    }

    /// What the client does next. With `others` it may not hold up the session for ever.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, others: bool) -> Poll<Heard> {
        if let Some(flushed) = &mut self.catching_up {
            match flushed.as_mut().poll(context) {
                Poll::Ready(false) if others => {
                    self.catching_up = None;
                    return Poll::Ready(Heard::Behind(self.id));
                }
                Poll::Ready(false) => self.wait_until_taken(),
                Poll::Ready(true) => {
                    self.catching_up = None;
                    return Poll::Ready(Heard::CaughtUp);
                }
                Poll::Pending => {}
            }
        }
        // Somebody who asks and asks and does not read has to wait.
        let is_choked = self.catching_up.is_some() && self.untaken_messages > MOST_UNTAKEN_MESSAGES;
        if !self.is_open || is_choked {
            return Poll::Pending;
        }
        match self.incoming.poll_recv(context) {
            Poll::Ready(Some(incoming)) => Poll::Ready(Heard::Said(self.id, incoming)),
            Poll::Ready(None) => {
                self.is_open = false;
                Poll::Ready(Heard::Gone(self.id))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Its request was served.
    pub(super) fn advance(&mut self, command: &str) {
        let stage = match command {
            "initialize" => Stage::Initialized,
            "launch" | "attach" => Stage::Joined,
            "configurationDone" => Stage::Configured,
            _ => return,
        };
        self.stage = self.stage.max(stage);
    }

    /// Tells an event, if it is one for this client.
    pub(super) fn tell(&mut self, event: &EventMessage) {
        let is_late = self.stage < Stage::Configured;
        let is_for_it = match event.event.as_str() {
            _ if self.stage == Stage::Unknown => false,
            // It hears of the present stop when it has said what it wants.
            "stopped" | "continued" => !is_late,
            "progressStart" | "progressUpdate" | "progressEnd" => self.facts.shows_progress,
            "invalidated" => self.facts.redraws,
            "memory" => self.facts.shows_memory,
            _ => true,
        };
        if !is_for_it {
            return;
        }
        let mut event = event.clone();
        if event.event == "breakpoint" && !self.recognises(&mut event) {
            return;
        }
        translation::event_to_client(&mut event, &self.facts);
        if event.event == "output" {
            let output = event.body.as_ref().and_then(|body| body["output"].as_str());
            self.untaken_output += output.map_or(0, str::len) + SIZE_OF_EVENT;
        }
        self.send(Message::Event(event));
    }

    /// Whether a breakpoint event makes sense to the client; one about a breakpoint that it does not know is news.
    fn recognises(&mut self, event: &mut EventMessage) -> bool {
        let Some(body) = &mut event.body else {
            return false;
        };
        let id = body["breakpoint"]["id"].as_i64().unwrap_or_default();
        let is_known = self.breakpoints.contains(&id);
        if body["reason"] == "removed" {
            self.breakpoints.remove(&id);
            return is_known;
        }
        if body["reason"] == "new" && is_known {
            return false;
        }
        if !is_known {
            body["reason"] = json!("new");
            self.breakpoints.insert(id);
        }
        true
    }

    /// Takes down which breakpoints the client learns of by an answer.
    pub(super) fn note_breakpoints(&mut self, response: &ResponseMessage) {
        let is_about_breakpoints = response.command.starts_with("set");
        let body = response.body.as_ref().filter(|_| is_about_breakpoints);
        let breakpoints = body.and_then(|body| body["breakpoints"].as_array());
        for breakpoint in breakpoints.into_iter().flatten() {
            self.breakpoints.extend(breakpoint["id"].as_i64());
        }
    }

    pub(super) fn send(&mut self, message: Message) {
        self.untaken_messages += 1;
        self.outgoing.send(message);
        let is_much = self.untaken_output > MOST_UNTAKEN_OUTPUT
            || self.untaken_messages > MOST_UNTAKEN_MESSAGES;
        if is_much && self.catching_up.is_none() {
            self.wait_until_taken();
        }
    }

    fn wait_until_taken(&mut self) {
        self.untaken_output = 0;
        self.untaken_messages = 0;
        let flushed = self.outgoing.when_flushed();
        // A client that is gone is noticed elsewhere.
        self.catching_up = Some(Box::pin(async {
            timeout(PATIENCE_WITH_READERS, flushed).await.is_ok()
        }));
    }
}
