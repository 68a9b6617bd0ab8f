//! What the tests of several crates share: a client that is always watched by a protocol monitor,
//! fixtures whose lines have names, and transcripts that read like prose.
//!
//! It is a development dependency only. Nothing here knows Nix, the test driver or QEMU: it sees
//! messages and files. Everything that goes wrong is a panic, which is how a test fails.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

pub mod client;
pub mod fixture;
pub mod transcript;

pub use client::TestClient;
pub use dap_monitor::{ProtocolMonitor, Side};
pub use fixture::Fixture;
pub use transcript::Transcript;
