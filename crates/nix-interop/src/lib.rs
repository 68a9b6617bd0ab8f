//! The only code that runs Nix: find it, evaluate a test, build its driver, and say what happened.
//!
//! Nix runs as a child process with `--log-format internal-json`, whose records are read by [`internal_json`]. Verdicts
//! come from exit statuses, never from texts, which are untrusted. Code in Nix lies in `src/assets`. Nothing here knows
//! of sessions or editors, and nothing evaluates in this process: evaluators differ, leak and crash.

mod build;
mod copy;
mod culprit;
mod derivation;
mod driver;
mod evaluate;
mod evaluate_error;
mod failure;
mod find;
mod flake;
pub mod internal_json;
mod lines;
mod process;
mod progress;
pub mod sanitize;
mod target;

pub use build::{BuildError, BuildFailure};
pub use copy::{CopyError, copy_project};
pub use derivation::changed_inputs;
pub use driver::{Driver, DriverError};
pub use evaluate::{EvaluateEvent, Evaluation, Variant};
pub use evaluate_error::{EvaluateError, Found, MissingAttribute, NotATest};
pub use failure::{Failure, FilePosition, Frame};
pub use find::{FindError, Flavor, Nix};
pub use process::RunError;
pub use progress::{BuildEvent, Progress};
pub use target::{AttributePath, Source, Target, TargetError};
