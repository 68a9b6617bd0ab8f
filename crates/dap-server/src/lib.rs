//! The debug adapter: one session per launch, in which editor requests become answers, or questions for the agent.
//!
//! It owns the conversation with the client and everything that is known about a session. It runs neither Nix nor the
//! driver itself (`nix-interop` and `debuggee` do), it does not know how positions are found (`source-map` does), and it
//! reads no command line.

mod accelerator;
mod agent;
mod attaching;
mod audience;
mod breakpoints;
mod cancelling;
mod capabilities;
mod client;
mod completing;
mod configuring;
mod console;
mod control;
mod dispatch;
mod driver_options;
mod ending;
mod errors;
mod exact_map;
mod failure;
mod flow;
mod guests;
mod inspecting;
mod launch_arguments;
mod launching;
mod listen;
mod locations;
mod mapped_file;
mod phase;
mod preparing;
mod progress;
mod qemu_options;
mod relay;
mod reload;
mod restarting;
mod running;
mod script;
mod session;
mod shells;
mod sources;
mod stepping;
mod subtests;
mod terminal;
mod to_client;
mod traceback;
mod unlined;
mod waits;

use std::ffi::OsString;

use dap_protocol::Connection;
use tokio_util::sync::CancellationToken;

pub use failure::{Failed, Failure, FailureKind};
pub use launch_arguments::{Config, LaunchArguments};
pub use listen::{ListenAddress, ListenError, listen};
/// How text from anywhere else is made safe to show; for clients that show more than what the adapter sends.
pub use nix_interop::sanitize;

/// What the adapter needs to know about the program it is part of.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The program and first arguments that lead to [`debuggee::run_reaper`].
    pub reaper: Vec<OsString>,
    /// The program and first arguments that open a shell in a machine; `--session DIRECTORY -- MACHINE` is added.
    pub shell: Vec<OsString>,
    /// The session that is attached to when the client names none, by its identifier or the beginning of it.
    pub session: Option<String>,
    /// Called when the client is about to hear that it leaves the session to itself: it may send signals from then on.
    pub before_detaching: fn(),
    /// Called when it has heard that: nobody reads the standard streams any more.
    pub let_go: fn(),
}

/// Serves one client until it disconnects or goes, or until `interrupted` is cancelled. When this returns, no process of
/// the session is left, or its reaper is about to end the last one.
pub async fn serve(
    connection: Connection,
    environment: Environment,
    interrupted: CancellationToken,
) {
    session::serve_session(connection, environment, interrupted).await;
}
