//! Writes `tests/golden/strings.json`: random string literals, and the value that the installed Nix gives them.
//!
//! `cargo run -p source-map --example golden`, on a machine with `nix-instantiate`.

#![allow(clippy::expect_used, clippy::panic)] // Nothing but a developer waits for this.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use support::{Chance, ask_nix, random_literal};

const COUNT: usize = 600;

fn main() {
    let mut chance = Chance::from_seed(2024);
    let literals: Vec<String> = (0..COUNT).map(|_| random_literal(&mut chance)).collect();
    let values = ask_nix(&literals, &std::env::temp_dir());
    let pairs: Vec<[String; 2]> = literals
        .into_iter()
        .zip(values)
        .map(|(literal, value)| [literal, value])
        .collect();
    let lines: Vec<String> = pairs
        .iter()
        .map(|pair| serde_json::to_string(pair).expect("strings are JSON"))
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/strings.json");
    std::fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).expect("the file is written");
}
