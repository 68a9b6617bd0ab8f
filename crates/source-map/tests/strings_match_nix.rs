//! Our value of a string literal is Nix's value, for strings that Nix was asked about and for new random ones.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod support;

use support::{Chance, ask_nix, has_nix, random_literal, value_of};

fn check(pairs: impl IntoIterator<Item = (String, String)>) -> usize {
    let mut compared = 0;
    let mut differences = Vec::new();
    for (literal, expected) in pairs {
        compared += 1;
        let ours = value_of(&literal);
        if ours != expected {
            differences.push(format!(
                "{literal:?}\n  nix:  {expected:?}\n  ours: {ours:?}"
            ));
        }
    }
    let shown = differences
        .iter()
        .take(10)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        differences.is_empty(),
        "{} of {compared} strings differ:\n{shown}",
        differences.len()
    );
    compared
}

#[test]
fn recorded_strings_have_the_value_that_nix_gave_them() {
    let golden: Vec<(String, String)> =
        serde_json::from_str(include_str!("golden/strings.json")).expect("pairs of strings");
    assert!(golden.len() >= 300, "the golden file is complete");
    check(golden);
}

/// Asks the Nix on PATH, in one batch. `NIXTEST_ORACLE` sets the number of strings, `NIXTEST_ORACLE_SEED` which ones.
#[test]
fn random_strings_have_the_value_that_the_installed_nix_gives_them() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
    };
    let count = number("NIXTEST_ORACLE").unwrap_or(2000);
    if count == 0 || !has_nix() {
        println!("skipped: nix-instantiate is not on PATH, or NIXTEST_ORACLE is 0");
        return;
    }
    let mut chance = Chance::from_seed(number("NIXTEST_ORACLE_SEED").unwrap_or(1));
    let literals: Vec<String> = (0..count).map(|_| random_literal(&mut chance)).collect();
    let values = ask_nix(&literals, &std::env::temp_dir());
    let compared = check(literals.into_iter().zip(values));
    println!("compared {compared} strings with nix-instantiate");
}
