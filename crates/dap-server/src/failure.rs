//! Failures of the work behind `launch`, told so that every client shows them.
//!
//! `launch` itself has long been answered when Nix fails. So a failure is told three times over: as text in the console, as
//! the event `nixtest/failed` that our editor extensions turn into a message, and by the end of the session with an exit code.

use dap_protocol::Event;
use serde::{Deserialize, Serialize};

/// The part of the work that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// Nix could not evaluate the test.
    Evaluation,
    /// A derivation could not be built.
    Build,
    /// The driver could not be started, or ended before the script began.
    Launch,
    /// The script is no Python.
    Script,
    /// The tool itself.
    Internal,
}

impl FailureKind {
    /// The exit code of the session when there is no driver whose exit code could be told.
    pub(crate) fn exit_code(self) -> i64 {
        match self {
            Self::Script => 1,
            Self::Evaluation | Self::Build => 3,
            Self::Launch | Self::Internal => 4,
        }
    }
}

/// Body of the event `nixtest/failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The part of the work that failed.
    pub kind: FailureKind,
    /// One sentence that names the thing and the next step.
    pub message: String,
    /// What else is known: the trace of an evaluation, the end of a build log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// The event `nixtest/failed`.
#[derive(Debug)]
pub enum Failed {}

impl Event for Failed {
    type Body = Failure;
    const EVENT: &'static str = "nixtest/failed";
}
