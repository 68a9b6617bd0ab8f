//! With the Nix that is installed; where there is none, each test says so and passes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "this is a test, outside of its functions too"
)]

mod build;
mod evaluate;
mod lab;
