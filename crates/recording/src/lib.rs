//! What a run leaves behind, as values that can be written and read again.
//!
//! So far that is the report of one run: how it ended, and what was seen at each stop. The crate does not know how the
//! run was made, and it prints nothing: people's eyes are the business of those who write the values out.

mod report;

pub use report::{
    Evaluation, Failure, FailureKind, Outcome, ReportError, RunReport, SCHEMA_VERSION, Stop,
    Variable, check_writable,
};
