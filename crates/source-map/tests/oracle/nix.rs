//! Nix as the judge.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Expressions in one question: enough to make starting Nix cheap, few enough to hold the answer.
pub(crate) const BATCH: usize = 10_000;

/// What the Nix on PATH calls itself; `None`, with a printed reason, when there is none.
#[allow(
    clippy::print_stdout,
    reason = "the runner of the tests counts what was skipped"
)]
pub(crate) fn version() -> Option<String> {
    let output = Command::new("nix-instantiate").arg("--version").output();
    let answer = output.ok().filter(|output| output.status.success());
    if answer.is_none() {
        println!("skipped: nix-instantiate is not on PATH");
    }
    let text = String::from_utf8(answer?.stdout).ok()?;
    Some(text.trim().to_owned())
}

/// The value of an expression, or what Nix says against it.
pub(crate) fn evaluate(expression: &str) -> Result<serde_json::Value, String> {
    static QUESTIONS: AtomicUsize = AtomicUsize::new(0);
    let number = QUESTIONS.fetch_add(1, Ordering::Relaxed);
    let name = format!("source-map-{}-{number}.nix", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, expression).expect("the question is written");
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--json", "--strict", "--store", "dummy://"])
        .arg(&file)
        .output()
        .expect("nix-instantiate starts");
    std::fs::remove_file(&file).expect("the question is removed");
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).expect("JSON"))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The value of an expression that is a list of strings.
pub(crate) fn strings(expression: &str) -> Result<Vec<String>, String> {
    let value = evaluate(expression)?;
    Ok(serde_json::from_value(value).expect("a list of strings"))
}

/// A list with one expression on each line, or more when they hold line feeds; and where each begins.
pub(crate) fn list_of(expressions: &[String]) -> (String, Vec<usize>) {
    let mut text = "[\n".to_owned();
    let starts = expressions
        .iter()
        .map(|expression| {
            let start = text.len();
            text.push_str(expression);
            text.push('\n');
            start
        })
        .collect();
    text.push_str("]\n");
    (text, starts)
}

/// The literals that Nix takes, with their values. The random ones are what our parser takes; it takes a very few more.
#[allow(
    clippy::print_stdout,
    reason = "who reads the output should see what was left out"
)]
pub(crate) fn taken(literals: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (list, _) = list_of(&literals);
    match strings(&list) {
        Ok(values) => (literals, values),
        Err(error) if literals.len() == 1 => {
            println!("Nix refuses {:?}: {error}", literals[0]);
            (Vec::new(), Vec::new())
        }
        Err(_) => {
            let mut first = literals;
            let second = first.split_off(first.len() / 2);
            let (mut literals, mut values) = taken(first);
            let (more, their_values) = taken(second);
            literals.extend(more);
            values.extend(their_values);
            (literals, values)
        }
    }
}
