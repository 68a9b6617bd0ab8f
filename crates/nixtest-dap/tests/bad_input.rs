//! What goes wrong before a script runs, as the person at `nixtest-dap headless` sees it: a clear sentence, the right exit code, and
//! no process left. With real Nix; no machine is booted.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;

use support::program::{Said, has_nix, headless, interrupted, run};
use support::{Project, assert_nothing_stays, repository};
use test_support::Fixture;

/// Runs the attribute `attr` of a `default.nix` with this text.
fn attribute(nix: &str, attr: &str) -> (Fixture, Said) {
    let fixture = Fixture::new(&[("default.nix", nix)]);
    let said = run(headless(fixture.directory(), &["-A", attr]));
    assert_nothing_stays(fixture.directory());
    (fixture, said)
}

/// A test without machines whose driver is built by `builder`, a shell script.
fn test_built_by(builder: &str) -> String {
    format!(
        "rec {{ test = {{ name = \"sample\"; driver = derivation {{ name = \"nixos-test-driver-sample\"; \
         system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" ''{builder}'' ]; nonce = \"${{toString builtins.currentTime}}\"; }}; \
         driverInteractive = test.driver; config = {{ name = \"sample\"; testScriptString = \"x = 1\\n\"; }}; }}; }}\n"
    )
}

#[test]
fn a_file_that_is_not_nix_is_told_with_its_position() {
    if !has_nix() {
        return;
    }
    let (_fixture, said) = attribute("{\n  hello = = 1;\n}\n", "hello");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.stderr.contains("default.nix:2:11") && said.stderr.contains("syntax error"),
        "{said:?}"
    );
}

#[test]
fn an_attribute_that_is_not_there_is_told_with_those_that_are() {
    if !has_nix() {
        return;
    }
    let (_fixture, said) = attribute("{ hello = 1; }\n", "helo");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.stderr.contains("there is no attribute `helo`")
            && said.stderr.contains("did you mean `hello`"),
        "{said:?}"
    );
}

#[test]
fn an_attribute_that_is_no_test_is_told_what_it_is() {
    if !has_nix() {
        return;
    }
    let (_fixture, said) = attribute("{ hello = \"world\"; }\n", "hello");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.stderr.contains("is not a NixOS test, it is a string"),
        "{said:?}"
    );
}

#[test]
fn an_evaluation_error_is_told_with_its_position() {
    if !has_nix() {
        return;
    }
    let nix = "{\n  hello = {\n    driver = throw \"the sky fell\";\n    driverInteractive = throw \"the sky fell\";\n    config.testScriptString = \"\";\n  };\n}\n";
    let (_fixture, said) = attribute(nix, "hello");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.stderr.contains("the sky fell") && said.stderr.contains("default.nix:3"),
        "{said:?}"
    );
}

#[test]
fn a_builder_that_fails_is_told_with_its_derivation_and_the_end_of_its_log() {
    if !has_nix() {
        return;
    }
    let (_fixture, said) = attribute(
        &test_built_by("echo compiling; echo it broke; exit 3"),
        "test",
    );
    assert_eq!(said.code, Some(3), "{said:?}");
    for part in [
        "building nixos-test-driver-sample failed",
        "-nixos-test-driver-sample.drv",
        "compiling\nit broke\n",
    ] {
        assert!(said.stderr.contains(part), "{part}: {said:?}");
    }
}

#[test]
fn a_driver_without_a_program_is_told() {
    if !has_nix() {
        return;
    }
    let (_fixture, said) = attribute(&test_built_by("echo > $out"), "test");
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.stderr.contains("is not a test driver"), "{said:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    if !has_nix() {
        return;
    }
    let fixture = Fixture::new(&[]);
    let said = run(headless(fixture.directory(), &["-f", "nowhere.nix"]));
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.stderr.contains("there is no file") && said.stderr.contains("nowhere.nix"),
        "{said:?}"
    );
}

#[test]
fn wrong_words_are_usage_errors() {
    let fixture = Fixture::new(&[("a.nix", "")]);
    for (words, problem) in [
        (
            &["-A", "hello", "--break", "nowhere.nix:1"][..],
            "nowhere.nix cannot be read",
        ),
        (&["-A", "hello", "--break", "a.nix"], "there is no line"),
        (&["-A", "hello", ".#hello"], "name one test"),
        (&[], "name a test"),
        (&["-A", "a..b"], "bad attribute path"),
        (&["./nothing"], "names a flake but no test in it"),
    ] {
        let said = run(headless(fixture.directory(), words));
        assert_eq!(said.code, Some(2), "{words:?}: {said:?}");
        assert!(said.stderr.contains(problem), "{words:?}: {said:?}");
    }
}

#[test]
fn directories_that_cannot_be_written_are_named() {
    // Not even root can create anything in /proc.
    let project = Project::new("x = 1\n");
    let driver = project.fixture.path("driver").display().to_string();
    let said = run(headless(
        project.fixture.directory(),
        &["--driver", &driver, "--json", "/proc/report.json"],
    ));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.stderr
            .contains("cannot write the report /proc/report.json"),
        "{said:?}"
    );

    let mut command = headless(project.fixture.directory(), &["--driver", &driver]);
    command.env("XDG_RUNTIME_DIR", "/proc/nowhere");
    let said = run(command);
    assert_eq!(
        said.code,
        Some(0),
        "another place is found for the session: {said:?}"
    );

    if !has_nix() {
        return;
    }
    fs::write(
        project.fixture.path("default.nix"),
        test_built_by("echo > $out"),
    )
    .unwrap();
    let mut command = headless(project.fixture.directory(), &["-A", "test"]);
    command.env("XDG_CACHE_HOME", "/proc/nowhere");
    let said = run(command);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(
        said.stderr
            .contains("not kept from the garbage collector: cannot create /proc/nowhere"),
        "{said:?}"
    );
}

#[test]
fn ctrl_c_ends_an_evaluation() {
    if !has_nix() {
        return;
    }
    let sum = "builtins.foldl' (sum: _: sum + 1) 0 numbers";
    let nix = format!(
        "let numbers = builtins.genList (x: x) 1000;\n\
         endless = builtins.foldl' (a: _: a + builtins.foldl' (b: _: b + {sum}) 0 numbers) 0 numbers;\n\
         in {{ test = builtins.seq endless {{ }}; }}\n"
    );
    let fixture = Fixture::new(&[("default.nix", &nix)]);
    let said = interrupted(fixture.directory(), &["-A", "test"], "Evaluating");
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.stderr.contains("interrupted"), "{said:?}");
}

#[test]
fn ctrl_c_ends_a_build() {
    if !has_nix() {
        return;
    }
    let fixture = Fixture::new(&[("default.nix", &test_built_by("/bin/sleep 6043 & wait"))]);
    let said = interrupted(
        fixture.directory(),
        &["-A", "test"],
        "building nixos-test-driver-sample",
    );
    assert_eq!(said.code, Some(4), "{said:?}");
    let builder = |command: &str| command.contains("sleep") && command.contains("6043");
    assert!(
        !support::all_commands()
            .iter()
            .any(|command| builder(command)),
        "the builder is left"
    );
}

#[test]
fn ctrl_c_ends_a_script() {
    let project = Project::new("import threading\nprint('waiting')\nthreading.Event().wait()\n");
    let driver = project.fixture.path("driver").display().to_string();
    let said = interrupted(
        project.fixture.directory(),
        &["--driver", &driver],
        "waiting",
    );
    assert_eq!(said.code, Some(4), "{said:?}");
}

#[test]
fn the_testkit_says_what_is_wrong_with_a_test() {
    if !has_nix() {
        return;
    }
    let testkit = repository().join("nix/testkit");
    let nix = format!(
        "{{ test = (import {} {{ }}).runTest {{ name = \"sample\"; nodes.machine.nonsense = 1; testScript = \"\"; }}; }}\n",
        testkit.display()
    );
    let (_fixture, said) = attribute(&nix, "test");
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.stderr.contains("nonsense"), "{said:?}");
}
