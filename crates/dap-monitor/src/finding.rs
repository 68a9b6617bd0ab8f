//! What the monitor has to say about a message.

use std::fmt;

use dap_protocol::Message;

use crate::Side;

/// Something that breaks a rule, or deserves a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which of the messages that were observed it is about, from 1; none when it is about the whole conversation.
    pub message: Option<usize>,
    /// Who is to blame.
    pub side: Side,
    /// What the message is, such as "#12 event `stopped`"; empty when there is none.
    pub what: String,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, as a sentence.
    pub text: String,
}

/// The rules, by topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The message does not have the form that the schema describes.
    Form,
    /// It is in the schema neither of the protocol nor of this adapter: someone's own, or misspelt.
    UnknownMessage,
    /// It has a property that the schema does not know: someone's own, or misspelt.
    UnknownProperty,
    /// It has a value that the protocol does not name where others are allowed.
    OpenValue,
    /// Each side counts its messages, and each request is answered once.
    Numbering,
    /// A session has an order: initialize, launch, configuration, running, the end.
    Order,
    /// Threads, frames and variables are valid while the debuggee is stopped.
    Stopped,
    /// Breakpoints and progress are announced before they are spoken of.
    Announced,
    /// A side asks for or sends only what the other said it can.
    Abilities,
    /// A side sends what the other did not say it shows.
    NotShown,
}

impl Rule {
    /// The name, for people and programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::UnknownMessage => "unknown-message",
            Self::UnknownProperty => "unknown-property",
            Self::OpenValue => "open-value",
            Self::Numbering => "numbering",
            Self::Order => "order",
            Self::Stopped => "stopped",
            Self::Announced => "announced",
            Self::Abilities => "abilities",
            Self::NotShown => "not-shown",
        }
    }

    /// Whether the protocol forbids it; the rest deserves a look.
    #[must_use]
    pub fn is_binding(self) -> bool {
        !matches!(
            self,
            Self::UnknownMessage | Self::UnknownProperty | Self::OpenValue | Self::NotShown
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            side, what, text, ..
        } = self;
        if what.is_empty() {
            write!(formatter, "{side}: {text}")
        } else {
            write!(formatter, "{side} {what}: {text}")
        }
    }
}

/// A message in short.
pub(crate) fn name_of(message: &Message) -> String {
    let what = match message {
        Message::Request(request) => format!("request `{}`", request.command),
        Message::Response(response) => format!("response to `{}`", response.command),
        Message::Event(event) => format!("event `{}`", event.event),
    };
    format!("#{} {what}", message.seq())
}
