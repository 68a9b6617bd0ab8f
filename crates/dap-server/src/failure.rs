//! Failures of the work behind `launch`, told so that every client shows them.
//!
//! `launch` itself has long been answered when Nix fails. So a failure is told three times over: as text in the console, as
//! the event `nixtest/failed` that our editor extensions turn into a message, and by the end of the session with an exit code.

use dap_protocol::Event;
pub use recording::{Failure, FailureKind};

/// The event `nixtest/failed`, whose body is what a report of the run holds, too.
#[derive(Debug)]
pub enum Failed {}

impl Event for Failed {
    type Body = Failure;
    const EVENT: &'static str = "nixtest/failed";
}

/// The exit code of a session when there is no driver whose exit code could be told.
pub(crate) fn exit_code(kind: FailureKind) -> i64 {
    match kind {
        FailureKind::Script => 1,
        FailureKind::Evaluation | FailureKind::Build => 3,
        FailureKind::Launch | FailureKind::Internal => 4,
    }
}
