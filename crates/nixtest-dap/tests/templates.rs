//! Machines that start as clones of their templates (`nix/testkit/template`), under the debugger.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use support::program::{has_nix, has_qemu, has_vde, headless, run};
use support::repository;
use test_support::Fixture;

#[test]
fn the_variable_reaches_the_machines_and_the_second_run_debugs_a_clone() {
    if !has_nix() || !has_qemu() || !has_vde() {
        return;
    }
    let fixture = Fixture::new(&[]);
    let example = repository().join("tests/example");
    let file = example.join("default.nix").display().to_string();
    let text = std::fs::read_to_string(example.join("hello.nix")).unwrap();
    let line = text.lines().position(|line| line.ends_with("# @demo"));
    let place = format!(
        "{}:{}",
        example.join("hello.nix").display(),
        line.unwrap() + 1
    );
    let words = ["-f", &file, "-A", "hello", "--break", &place];

    let runs: Vec<_> = (0..2)
        .map(|_| {
            let mut command = headless(fixture.directory(), &words);
            command.env("TESTKIT_TEMPLATES", fixture.path("templates"));
            let said = run(command);
            assert_eq!(said.code, Some(0), "{said:?}");
            format!("{}{}", said.stdout, said.stderr)
        })
        .collect();
    let makes: Vec<_> = runs
        .iter()
        .map(|said| said.matches("testkit: makes the template").count())
        .collect();
    assert_eq!(makes, [1, 0], "{runs:#?}");
    for said in runs {
        assert_eq!(
            said.matches("testkit: starts as a clone of").count(),
            1,
            "{said}"
        );
        assert!(
            said.contains("hello.nix:") && said.contains("(breakpoint)"),
            "{said}"
        );
    }
}
