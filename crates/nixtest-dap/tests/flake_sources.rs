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

use dap_protocol::events;
use serde_json::json;
use support::program::has_nix;
use support::{client, end, repository, top};
use test_support::{Fixture, TestClient};

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

/// A script with a line that could stand in two places of the file.
const DOUBT: &str = include_str!("../../../tests/hard-cases/21-doubt.nix");

/// A git checkout, because that is what flakes are.
fn checkout(files: &[(&str, &str)]) -> Fixture {
    let mut fixture = Fixture::new(files);
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
    let fixture = checkout(&[
        ("test.nix", TEST),
        ("parts/setup.nix", SETUP),
        ("parts/checks.py", CHECKS),
    ]);
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

/// Starts the doubtful test with markers, with breakpoints on the two places of the same line; the places, and which of them
/// are verified.
async fn debug_with_markers(fixture: &Fixture) -> (TestClient, Vec<i64>, Vec<bool>) {
    let lines = (1..).zip(DOUBT.lines());
    let same = lines.filter(|(_, line)| line.trim() == "print(\"between\")");
    let places: Vec<i64> = same.map(|(line, _)| line).collect();
    let mut client = client(fixture.directory());
    let launch = json!({
        "flake": ".#sources",
        "cwd": fixture.directory(),
        "config": "regular",
        "sourceMarkers": true,
    });
    let test = fixture.path("test.nix");
    client.start(launch, &[(&test, &places)]).await.unwrap();
    let mut verified = Vec::new();
    for _ in &places {
        let placed = client.expect_event::<events::Breakpoint>().await;
        verified.push(placed.breakpoint.verified);
    }
    (client, places, verified)
}

#[tokio::test]
async fn markers_tell_two_places_apart_in_a_copy_of_the_flake() {
    if !has_nix() {
        return;
    }
    let fixture = checkout(&[("test.nix", DOUBT)]);
    let (mut client, places, verified) = debug_with_markers(&fixture).await;
    assert_eq!(verified, [true, true], "{}", client.outputs());
    // The script's own line comes before the one of the second value.
    for place in places.iter().rev() {
        client.stopped().await;
        assert_eq!(top(&mut client).await, ("test.nix".to_owned(), *place));
        client.continue_().await.unwrap();
    }
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_project_that_is_too_large_for_markers_is_debugged_without_them() {
    if !has_nix() {
        return;
    }
    let fixture = checkout(&[("test.nix", DOUBT)]);
    // Nothing of it is on the disk, and git does not know it.
    let disk = std::fs::File::create(fixture.path("disk.img")).unwrap();
    disk.set_len(65 * 1024 * 1024).unwrap();
    let (mut client, places, verified) = debug_with_markers(&fixture).await;
    assert_eq!(verified, [false, true]);
    client.stopped().await;
    // The place is in doubt, so the breakpoint has moved to the next that is not.
    let (_, line) = top(&mut client).await;
    assert!(line > places[1], "{line}");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    let told = client.outputs();
    assert!(
        told.contains("Markers did not make the places of the script exact"),
        "{told}"
    );
    assert!(told.contains("more than 10000 files or 64 MiB"), "{told}");
    end(client).await;
}
