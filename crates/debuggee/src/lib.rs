//! The debuggee: the test driver as a process, from its private directory to its last descendant.
//!
//! It starts a driver with the agent inside, carries the link to that agent, passes on what the driver writes, and sees to
//! it that nothing is left when the session ends, whoever ends it. It also makes live sessions known to other programs of the
//! user. It does not know what the messages on the link mean, nor where the driver came from.

mod agent_files;
pub mod control;
mod desktop;
mod driver_interface;
mod kept_state;
mod launch;
mod output;
mod processes;
mod reaper;
mod registry;
mod session_directory;
mod strays;

pub use driver_interface::{DriverInterface, InterfaceError, ScriptOverride};
pub use kept_state::{KeepState, KeptStateError};
pub use launch::{Debuggee, DebuggeeEvent, ExitCode, LaunchError, LaunchOptions};
pub use reaper::{ReaperOptions, run_reaper};
pub use registry::sessions;
pub use session_directory::{SessionDirectory, SessionDirectoryError};
pub use strays::clear_strays;
