//! A flake is evaluated from its copy in the store: that everything leads back to the working tree. Nix evaluates and builds
//! the test, which has no machines.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::json;
use support::program::has_nix;
use support::{client, end, repository, top};
use test_support::Fixture;

const TEST: &str = "{
  name = \"sources\";
  nodes = { };
  testScript = ''
    ${import ./parts/setup.nix}
    ${builtins.readFile ./parts/checks.py}
    copy = \"${toString ./.}\"
    done = True  # @done
  '';
}
";
const SETUP: &str = "''\n  ready = 1  # @ready\n''\n";
const CHECKS: &str = "def check():\n    return ready  # @return\n\nresult = check()\n";

/// A git checkout, because that is what flakes are.
fn checkout() -> Fixture {
    let mut fixture = Fixture::new(&[
        ("test.nix", TEST),
        ("parts/setup.nix", SETUP),
        ("parts/checks.py", CHECKS),
    ]);
    fixture.write(
        "flake.nix",
        "{ outputs = { self }: { checks.x86_64-linux.sources = (import ./testkit { system = \"x86_64-linux\"; }).runTest ./test.nix; }; }\n",
    );
    let run = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).current_dir(fixture.directory());
        assert!(command.status().unwrap().success());
    };
    let testkit = repository().join("nix/testkit").display().to_string();
    run("cp", &["-r", &testkit, "testkit"]);
    run("git", &["init", "-q"]);
    run("git", &["add", "-A"]);
    fixture
}

#[tokio::test]
async fn files_that_are_imported_or_read_are_those_of_the_working_tree() {
    if !has_nix() {
        return;
    }
    let fixture = checkout();
    let (setup, checks) = (
        fixture.path("parts/setup.nix"),
        fixture.path("parts/checks.py"),
    );
    let ready = fixture.line("parts/setup.nix", "ready");
    let back = fixture.line("parts/checks.py", "return");
    let mut client = client(fixture.directory());
    let launch = json!({ "flake": ".#sources", "cwd": fixture.directory(), "config": "regular" });
    client
        .start(launch, &[(&setup, &[ready]), (&checks, &[back])])
        .await
        .unwrap();
    for (file, line) in [(&setup, ready), (&checks, back)] {
        client.stopped().await;
        let frame = client.stack().await.remove(0);
        let path = frame.source.unwrap().path;
        assert_eq!((path, frame.line), (Some(file.display().to_string()), line));
        if file == &setup {
            client.continue_().await.unwrap();
        }
    }

    // The copy is what Nix names in its messages, and what an editor has open when one is followed.
    let done = fixture.line("test.nix", "done");
    let set = client
        .set_breakpoints(&fixture.path("test.nix"), &[done])
        .await
        .unwrap();
    assert!(set[0].verified, "{set:?}");
    client.continue_().await.unwrap();
    client.stopped().await;
    let copy = client.evaluate("copy").await.unwrap().result;
    let copy = Path::new(copy.trim_matches('\''));
    assert!(!copy.starts_with(fixture.directory()), "{}", copy.display());
    let set = client
        .set_breakpoints(&copy.join("test.nix"), &[done])
        .await
        .unwrap();
    assert_eq!(
        (set[0].verified, set[0].line, set[0].message.as_deref()),
        (true, Some(done), None)
    );
    assert_eq!(top(&mut client).await, ("test.nix".to_owned(), done));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}
