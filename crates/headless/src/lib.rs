//! Running a test without a person: one more debug client, with breakpoints from a command line, a report and an exit code.
//!
//! It speaks the protocol to the adapter over a connection in memory, so there is no second way to run a test. It knows
//! nothing of Nix, of the driver or of the agent.

mod break_argument;
mod client;
mod console;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

pub use break_argument::{BreakArgument, BreakArgumentError};
pub use dap_server::{Config, Environment, LaunchArguments};
pub use run::run;

/// What is to be run, and what is wanted of it.
#[derive(Debug, Clone, Default)]
pub struct HeadlessOptions {
    /// What to launch.
    pub launch: LaunchArguments,
    /// How the target is called in reports: as the person wrote it.
    pub target: String,
    /// Where to stop, look around and go on.
    pub breakpoints: Vec<BreakArgument>,
    /// What to evaluate at each stop, in the innermost frame.
    pub evaluations: Vec<String>,
    /// Where to write the report.
    pub json: Option<PathBuf>,
}

/// The exit codes of `nixtest-dap headless`. Scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// The test passed.
    Passed = 0,
    /// The test failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The evaluation or the build failed.
    NotBuilt = 3,
    /// The tool failed or was interrupted.
    ToolFailed = 4,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(verdict as u8)
    }
}
