//! Our value of a string literal is Nix's value, for strings that Nix was asked about and for new random ones, and every
//! byte of it stands where we say.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod oracle;
mod support;

use oracle::rules::Tally;
use oracle::{cases, misplaced, nix, random_literal, seeded, value_of};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/strings.json");

/// The number of strings in the golden file.
const RECORDED: usize = 2000;

/// Compares, and adds the differences to the list.
fn compare(literals: &[String], expected: &[String], tally: &mut Tally) -> Vec<String> {
    assert_eq!(literals.len(), expected.len());
    let difference = |(literal, expected): (&String, &String)| {
        tally.count(literal, expected);
        let ours = value_of(literal);
        if ours.text != *expected {
            let ours = ours.text;
            return Some(format!(
                "{literal:?}\n  nix:  {expected:?}\n  ours: {ours:?}"
            ));
        }
        misplaced(literal, &ours).map(|reason| format!("{literal:?}\n  {reason}"))
    };
    literals
        .iter()
        .zip(expected)
        .filter_map(difference)
        .collect()
}

fn judge(differences: &[String], compared: usize, tally: &Tally) {
    let shown = differences[..differences.len().min(10)].join("\n");
    assert!(
        differences.is_empty(),
        "{} of {compared} strings differ:\n{shown}",
        differences.len()
    );
    assert!(
        tally.least() > 0,
        "a rule was not exercised:\n{}",
        tally.report()
    );
}

/// `UPDATE_EXPECT=1` asks the Nix on PATH anew.
#[test]
fn recorded_strings_have_the_value_that_nix_gave_them() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        record();
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("the golden file");
    let golden: Vec<(String, String)> = serde_json::from_str(&golden).expect("pairs of strings");
    assert_eq!(golden.len(), RECORDED, "the golden file is complete");
    let (literals, expected): (Vec<_>, Vec<_>) = golden.into_iter().unzip();
    let mut tally = Tally::new();
    let differences = compare(&literals, &expected, &mut tally);
    judge(&differences, literals.len(), &tally);
}

fn record() {
    let mut chance = support::Chance::from_seed(7);
    let literals: Vec<String> = (0..RECORDED).map(|_| random_literal(&mut chance)).collect();
    let (literals, values) = nix::taken(literals);
    let lines: Vec<String> = literals
        .iter()
        .zip(values)
        .map(|pair| serde_json::to_string(&pair).expect("strings"))
        .collect();
    std::fs::write(GOLDEN, format!("[\n{}\n]\n", lines.join(",\n"))).expect("the golden file");
}

/// Asks the Nix on PATH. `NIXTEST_CASES` sets the number of strings, `NIXTEST_SEED` which ones.
#[test]
fn random_strings_have_the_value_that_the_installed_nix_gives_them() {
    let Some(version) = nix::version() else {
        return;
    };
    let count = cases(20_000);
    let mut chance = seeded(1);
    let mut tally = Tally::new();
    let mut differences = Vec::new();
    let mut compared = 0;
    while compared < count {
        let batch = nix::BATCH.min(count - compared);
        let literals: Vec<String> = (0..batch).map(|_| random_literal(&mut chance)).collect();
        let (literals, values) = nix::taken(literals);
        assert!(
            literals.len() + batch.div_ceil(1000) >= batch,
            "Nix takes what we take"
        );
        differences.extend(compare(&literals, &values, &mut tally));
        compared += literals.len();
    }
    println!(
        "compared {compared} strings with {version}\n{}",
        tally.report()
    );
    judge(&differences, compared, &tally);
}
