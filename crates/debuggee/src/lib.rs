//! The debuggee: the test driver as a process, from its private directory to its last descendant.
//!
//! It starts a driver with the agent inside, carries the link to that agent, passes on what the driver writes, and sees to
//! it that nothing is left when the session ends, whoever ends it. It does not know what the messages on the link mean, nor
//! where the driver came from.

mod agent_files;
mod launch;
mod output;
mod processes;
mod reaper;
mod session_directory;
mod strays;

pub use launch::{Debuggee, DebuggeeEvent, ExitCode, LaunchError, LaunchOptions};
pub use processes::SESSION_VARIABLE;
pub use reaper::{ReaperOptions, run_reaper};
pub use session_directory::{SessionDirectory, SessionDirectoryError};
pub use strays::clear_strays;
