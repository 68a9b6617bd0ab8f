//! The protocol monitor: sees every message of a conversation, and says which ones break the rules
//! of the Debug Adapter Protocol.
//!
//! It checks what can be seen from outside: the form of each message against the schema, with
//! unknown properties as errors, and the order of messages against the rules that the schema
//! cannot express. The order is that in which one end of the connection sends and receives. It
//! does not judge whether an answer is right.

mod announcements;
mod execution;
mod lifecycle;
mod numbering;
mod schema;

use std::fmt;

use dap_protocol::{EventMessage, Message, RequestMessage, ResponseMessage};

use announcements::Announcements;
use execution::Execution;
use lifecycle::Lifecycle;
use numbering::Numbering;

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The editor.
    Client,
    /// The debug adapter.
    Adapter,
}

impl Side {
    /// The one at the other end.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Adapter,
            Self::Adapter => Self::Client,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Client => "client",
            Self::Adapter => "adapter",
        })
    }
}

/// Watches one conversation.
#[derive(Debug, Default)]
pub struct ProtocolMonitor {
    violations: Vec<String>,
    numbering: Numbering,
    lifecycle: Lifecycle,
    execution: Execution,
    announcements: Announcements,
}

/// A message, seen together with what it belongs to.
#[derive(Debug, Clone, Copy)]
enum Observation<'a> {
    Asked(Side, &'a RequestMessage),
    /// The side is that of who answers.
    Answered(Side, &'a RequestMessage, &'a ResponseMessage),
    Happened(Side, &'a EventMessage),
}

impl ProtocolMonitor {
    /// A monitor for a conversation that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of a message.
    pub fn observe(&mut self, sender: Side, message: &Message) {
        let request = match message {
            Message::Response(response) => self.numbering.request_of(sender, response),
            _ => None,
        };
        for violation in schema::check(sender, message, request) {
            self.violate(sender, message, &violation);
        }
        self.observe_without_schema(sender, message);
    }

    /// Takes note of a message whose form is wrong on purpose.
    pub fn observe_without_schema(&mut self, sender: Side, message: &Message) {
        let mut found = Vec::new();
        let request = self.numbering.observe(sender, message, &mut found);
        let observation = match (message, &request) {
            (Message::Request(request), _) => Some(Observation::Asked(sender, request)),
            (Message::Event(event), _) => Some(Observation::Happened(sender, event)),
            (Message::Response(response), Some(request)) => {
                Some(Observation::Answered(sender, request, response))
            }
            // Numbering has already complained about a response to nothing.
            (Message::Response(_), None) => None,
        };
        if let Some(observation) = observation {
            self.lifecycle.observe(observation, &mut found);
            self.execution.observe(observation, &mut found);
            self.announcements.observe(observation, &mut found);
        }
        for violation in found {
            self.violate(sender, message, &violation);
        }
    }

    /// Takes note of something that was received and is no message.
    pub fn observe_malformed(&mut self, sender: Side, error: &dyn std::error::Error) {
        self.violations.push(format!("{sender}: {error}"));
    }

    /// What broke the rules so far, one sentence each.
    #[must_use]
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// Ends the conversation and returns everything that broke the rules, including what was left
    /// undone.
    #[must_use]
    pub fn finish(self) -> Vec<String> {
        let mut violations = self.violations;
        self.numbering.finish(&mut violations);
        self.announcements.finish(&mut violations);
        violations
    }

    fn violate(&mut self, sender: Side, message: &Message, violation: &str) {
        let what = match message {
            Message::Request(request) => format!("request `{}`", request.command),
            Message::Response(response) => format!("response to `{}`", response.command),
            Message::Event(event) => format!("event `{}`", event.event),
        };
        self.violations
            .push(format!("{sender} #{} {what}: {violation}", message.seq()));
    }
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]
mod tests;
