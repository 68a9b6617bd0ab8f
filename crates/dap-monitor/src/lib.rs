//! The protocol monitor: sees every message of a conversation, and says which ones break the rules
//! of the Debug Adapter Protocol.
//!
//! It checks what can be seen from outside: the form of each message against the schema, unknown
//! properties included, and the order of messages against the rules that the schema
//! cannot express. The order is that in which one end of the connection sends and receives. It
//! does not judge whether an answer is right. Conversations are watched while they take place, or read from
//! [recordings](recording).

mod abilities;
mod announcements;
mod execution;
mod finding;
mod lifecycle;
mod numbering;
mod open_values;
mod recorder;
pub mod recording;
mod report;
mod schema;

use std::fmt;

use dap_protocol::{EventMessage, Message, RequestMessage, ResponseMessage};
use serde_json::{Map, Value};

pub use finding::{Finding, Rule};
pub use recorder::Recorder;
pub use report::Report;

use abilities::Abilities;
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
    findings: Vec<Finding>,
    /// How many messages were observed.
    observed: usize,
    numbering: Numbering,
    lifecycle: Lifecycle,
    execution: Execution,
    announcements: Announcements,
    abilities: Abilities,
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
        match serde_json::to_value(message) {
            Ok(json) => self.observe_form(sender, message, &json),
            Err(error) => self.observe_malformed(sender, &error),
        }
        self.observe_without_schema(sender, message);
    }

    /// Takes note of a message in the form in which it was written.
    pub fn observe_json(&mut self, sender: Side, json: &Value) {
        let message = match serde_json::from_value(json.clone()) {
            Ok(message) => message,
            Err(error) => {
                self.observe_malformed(sender, &error);
                return;
            }
        };
        let mut json = json.clone();
        // Many clients write `null` in place of nothing, and nothing in place of arguments that are all optional.
        if let Value::Object(fields) = &mut json {
            fields.retain(|name, value| {
                !(["arguments", "body"].contains(&name.as_str()) && value.is_null())
            });
            if matches!(message, Message::Request(_)) {
                fields
                    .entry("arguments")
                    .or_insert_with(|| Value::Object(Map::new()));
            }
        }
        self.observe_form(sender, &message, &json);
        self.observe_without_schema(sender, &message);
    }

    /// Takes note of a message whose form is wrong on purpose.
    pub fn observe_without_schema(&mut self, sender: Side, message: &Message) {
        self.observed += 1;
        let mut found = Vec::new();
        let request = self.numbering.observe(sender, message, &mut found);
        self.note(sender, message, Rule::Numbering, found);
        let observation = match (message, &request) {
            (Message::Request(request), _) => Observation::Asked(sender, request),
            (Message::Event(event), _) => Observation::Happened(sender, event),
            (Message::Response(response), Some(request)) => {
                Observation::Answered(sender, request, response)
            }
            // Numbering has already complained about a response to nothing.
            (Message::Response(_), None) => return,
        };
        let mut order = Vec::new();
        self.lifecycle.observe(observation, &mut order);
        self.note(sender, message, Rule::Order, order);
        let mut stopped = Vec::new();
        self.execution.observe(observation, &mut stopped);
        self.note(sender, message, Rule::Stopped, stopped);
        let mut announced = Vec::new();
        self.announcements.observe(observation, &mut announced);
        self.note(sender, message, Rule::Announced, announced);
        let mut abilities = abilities::Found::default();
        self.abilities.observe(observation, &mut abilities);
        self.note(sender, message, Rule::Abilities, abilities.violations);
        self.note(sender, message, Rule::NotShown, abilities.not_shown);
    }

    /// Takes note of something that was received and is no message.
    pub fn observe_malformed(&mut self, sender: Side, error: &dyn fmt::Display) {
        self.observed += 1;
        self.findings.push(Finding {
            message: Some(self.observed),
            side: sender,
            what: String::new(),
            rule: Rule::Form,
            text: error.to_string(),
        });
    }

    /// What was found so far.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Ends the conversation and returns everything that was found, including what was left
    /// undone.
    #[must_use]
    pub fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        for (side, request) in self.numbering.unanswered() {
            findings.push(Finding {
                message: None,
                side,
                what: finding::name_of(&Message::Request(request.clone())),
                rule: Rule::Numbering,
                text: "was never answered".to_owned(),
            });
        }
        let mut unfinished = Vec::new();
        self.announcements.finish(&mut unfinished);
        findings.extend(unfinished.into_iter().map(|text| Finding {
            message: None,
            side: Side::Adapter,
            what: String::new(),
            rule: Rule::Announced,
            text,
        }));
        findings
    }

    fn observe_form(&mut self, sender: Side, message: &Message, json: &Value) {
        let request = match message {
            Message::Response(response) => self.numbering.request_of(sender, response),
            _ => None,
        };
        // It is counted when the rest of it is looked at.
        let position = self.observed + 1;
        for (rule, text) in schema::check(sender, message, json, request) {
            self.findings.push(Finding {
                message: Some(position),
                side: sender,
                what: finding::name_of(message),
                rule,
                text,
            });
        }
    }

    fn note(&mut self, sender: Side, message: &Message, rule: Rule, found: Vec<String>) {
        self.findings.extend(found.into_iter().map(|text| Finding {
            message: Some(self.observed),
            side: sender,
            what: finding::name_of(message),
            rule,
            text,
        }));
    }
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]
mod tests;
