//! What `nixtest-dap check` has to say about a recording.

use std::fmt;

use serde_json::{Value, json};

use crate::recording::{Recorded, Unreadable, What, read};
use crate::{Finding, ProtocolMonitor, Side};

/// How much of a message is shown, in characters.
const EXCERPT: usize = 160;

/// A recording that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    messages: Vec<Recorded>,
    findings: Vec<Finding>,
}

impl Report {
    /// Checks a recording of any adapter.
    ///
    /// # Errors
    /// When the text is no recording.
    pub fn of(text: &str) -> Result<Self, Unreadable> {
        let messages = read(text)?;
        let mut monitor = ProtocolMonitor::new();
        for recorded in &messages {
            match &recorded.what {
                What::Message(message) => monitor.observe_json(recorded.sender, message),
                What::Malformed(problem) => monitor.observe_malformed(recorded.sender, problem),
            }
        }
        let findings = monitor.finish();
        Ok(Self { messages, findings })
    }

    /// Whether nothing breaks a binding rule.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.count(true) == 0
    }

    /// The report for programs; fields are added, never renamed.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let listed = |is_binding| -> Vec<Value> {
            self.findings(is_binding)
                .map(|finding| {
                    json!({
                        "message": finding.message,
                        "line": self.recorded(finding).map(|recorded| recorded.line),
                        "direction": finding.side.to_string(),
                        "what": finding.what,
                        "rule": finding.rule.name(),
                        "text": finding.text,
                        "excerpt": self.excerpt(finding),
                    })
                })
                .collect()
        };
        json!({
            "messages": self.messages.len(),
            "fromClient": self.sent_by(Side::Client),
            "fromAdapter": self.sent_by(Side::Adapter),
            "violations": listed(true),
            "warnings": listed(false),
        })
    }

    fn findings(&self, is_binding: bool) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.rule.is_binding() == is_binding)
    }

    fn count(&self, is_binding: bool) -> usize {
        self.findings(is_binding).count()
    }

    fn sent_by(&self, side: Side) -> usize {
        self.messages
            .iter()
            .filter(|recorded| recorded.sender == side)
            .count()
    }

    fn recorded(&self, finding: &Finding) -> Option<&Recorded> {
        self.messages.get(finding.message?.checked_sub(1)?)
    }

    fn excerpt(&self, finding: &Finding) -> Option<String> {
        let text = match &self.recorded(finding)?.what {
            What::Message(message) => message.to_string(),
            What::Malformed(_) => return None,
        };
        let mut excerpt: String = text.chars().take(EXCERPT).collect();
        if excerpt.len() < text.len() {
            excerpt.push('…');
        }
        Some(excerpt)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let kind = if finding.rule.is_binding() {
                "violation"
            } else {
                "warning"
            };
            let place = match (finding.message, self.recorded(finding)) {
                (Some(number), Some(recorded)) => {
                    format!("message {number} (line {})", recorded.line)
                }
                _ => "at the end".to_owned(),
            };
            let rule = finding.rule.name();
            let sentence = visible(&finding.to_string());
            writeln!(formatter, "{place}: {kind} of `{rule}`: {sentence}")?;
            if let Some(excerpt) = self.excerpt(finding) {
                writeln!(formatter, "    {}", visible(&excerpt))?;
            }
        }
        write!(
            formatter,
            "{}, {} from the client and {} from the adapter: {}, {}",
            counted(self.messages.len(), "message"),
            self.sent_by(Side::Client),
            self.sent_by(Side::Adapter),
            counted(self.count(true), "violation"),
            counted(self.count(false), "warning"),
        )
    }
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A recording may hold anything; a terminal is shown no control sequence of it.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            visible.extend(character.escape_default());
        } else {
            visible.push(character);
        }
    }
    visible
}
