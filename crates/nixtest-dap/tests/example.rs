//! The example, with everything real: Nix evaluates and builds it, QEMU boots its machine, the adapter stops in its `.nix` file.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use dap_protocol::{events, requests, types};
use serde_json::json;
use support::program::{has_nix, has_qemu, headless, interrupted, run};
use support::{client, end, repository, top};
use test_support::Fixture;

fn example() -> PathBuf {
    repository().join("tests/example")
}

/// The line of the example that the demo stops at.
fn demo_line() -> i64 {
    let text = fs::read_to_string(example().join("hello.nix")).unwrap();
    let index = text
        .lines()
        .position(|line| line.ends_with("# @demo"))
        .unwrap();
    i64::try_from(index).unwrap() + 1
}

#[tokio::test]
async fn the_example_stops_on_a_line_of_its_nix_file_with_its_machine_alive() {
    if !has_nix() || !has_qemu() {
        return;
    }
    let file = example().join("hello.nix");
    let mut client = client(&repository());
    let launch = json!({ "file": example().join("default.nix"), "attr": "hello" });
    client
        .start(launch, &[(&file, &[demo_line()])])
        .await
        .unwrap();
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Breakpoint);
    let stack = client.stack().await;
    assert_eq!(stack[0].line, demo_line());
    assert_eq!(
        stack[0].source.as_ref().unwrap().path.as_deref(),
        file.to_str()
    );

    let variables = client.variables("Locals").await;
    let greeting = variables
        .iter()
        .find(|variable| variable.name == "greeting")
        .unwrap();
    assert_eq!(greeting.value, "['hello', 'from', 'Nix']");
    assert!(greeting.variables_reference > 0);
    let kernel = client
        .evaluate("machine.succeed('uname -s').strip()")
        .await
        .unwrap();
    assert_eq!(kernel.result, "'Linux'");
    let failed = client
        .evaluate("machine.succeed('exit 3')")
        .await
        .unwrap_err();
    assert!(failed.text().contains("exit 3"), "{failed}");

    client.next().await.unwrap();
    assert_eq!(
        client.stopped().await.reason,
        types::StoppedEventReason::Step
    );
    assert_eq!(
        top(&mut client).await,
        ("hello.nix".to_owned(), demo_line() + 1)
    );
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    let progress = client.transcript().messages().iter().filter(
        |(_, message)| matches!(message, dap_protocol::Message::Event(event) if event.is::<events::ProgressStart>()
            && event.body.as_ref().is_some_and(|body| body["progressId"] == "launch")),
    );
    // A boot that takes long is told as one of its own.
    assert_eq!(progress.count(), 1, "progress was shown");
    end(client).await;
}

/// A copy of the testkit and a test that uses it, as a git checkout, because that is what flakes are.
fn checkout(test: &str) -> Fixture {
    let mut fixture = Fixture::new(&[]);
    let copied = Command::new("cp")
        .arg("-r")
        .arg(repository().join("nix/testkit"))
        .arg(fixture.path("testkit"))
        .status();
    assert!(copied.unwrap().success());
    fixture.write("hello.nix", test);
    fixture.write(
        "default.nix",
        "{ hello = (import ./testkit { }).runTest ./hello.nix; }\n",
    );
    fixture.write(
        "flake.nix",
        "{ outputs = { self }: { checks.x86_64-linux.hello = (import ./testkit { system = \"x86_64-linux\"; }).runTest ./hello.nix; }; }\n",
    );
    fixture
}

const FAILING: &str = "{
  name = \"failing\";
  nodes.machine = { };
  testScript = { nodes, ... }: ''
    machine.succeed(\"echo ${nodes.machine.networking.hostName} > /tmp/proof\")
    machine.succeed(\"false\")  # @fails
  '';
}
";

#[tokio::test]
async fn a_flake_is_debugged_and_a_failure_stops_with_the_machine_alive() {
    if !has_nix() || !has_qemu() {
        return;
    }
    let fixture = checkout(FAILING);
    for words in [&["init", "-q"][..], &["add", "-A"]] {
        assert!(
            Command::new("git")
                .args(words)
                .current_dir(fixture.directory())
                .status()
                .unwrap()
                .success()
        );
    }
    let mut client = client(fixture.directory());
    let launch = json!({ "flake": ".#hello", "cwd": fixture.directory(), "config": "regular" });
    client.start(launch, &[]).await.unwrap();
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Exception);
    let frame = client
        .stack()
        .await
        .into_iter()
        .find(|frame| frame.name == "testScript")
        .unwrap();
    assert_eq!(frame.line, fixture.line("hello.nix", "fails"));
    let path = frame.source.unwrap().path.unwrap();
    assert_eq!(
        path,
        fixture.path("hello.nix").display().to_string(),
        "the store's copy leads to the working tree"
    );

    let arguments = types::EvaluateArguments {
        expression: "machine.succeed('cat /tmp/proof')".to_owned(),
        frame_id: Some(frame.id),
        context: Some(types::EvaluateArgumentsContext::Repl),
        ..Default::default()
    };
    let proof = client
        .request::<requests::Evaluate>(arguments)
        .await
        .unwrap();
    assert_eq!(proof.result, "'machine\\n'");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    end(client).await;
}

#[test]
fn headless_reports_what_it_saw() {
    if !has_nix() || !has_qemu() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.json");
    let place = format!(
        "{}:{}:if name == 'greeter'",
        example().join("hello.nix").display(),
        demo_line()
    );
    let file = example().join("default.nix").display().to_string();
    let words = [
        "-f",
        &file,
        "-A",
        "hello",
        "--break",
        &place,
        "--eval",
        "len(greeting)",
        "--json",
        report.to_str().unwrap(),
    ];
    let said = run(headless(directory.path(), &words));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stdout
            .contains(&format!("hello.nix:{} (breakpoint)", demo_line())),
        "{said:?}"
    );
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["outcome"], "passed");
    assert_eq!(report["stops"].as_array().unwrap().len(), 1);
    assert_eq!(report["stops"][0]["line"], demo_line());
    assert_eq!(report["stops"][0]["evaluations"][0]["result"], "3");
}

/// A directory with links to every program on PATH, except for those whose name begins with `missing`.
fn path_without(missing: &str, directory: &Path) -> PathBuf {
    let path = directory.join("bin");
    fs::create_dir(&path).unwrap();
    for program in std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .filter_map(|path| fs::read_dir(path).ok())
        .flatten()
        .flatten()
    {
        if !program.file_name().to_string_lossy().starts_with(missing) {
            let _first_on_path_wins = symlink(program.path(), path.join(program.file_name()));
        }
    }
    path
}

#[test]
fn a_machine_without_qemu_is_told() {
    if !has_nix() {
        return;
    }
    let fixture = checkout(FAILING);
    let path = path_without("qemu-", fixture.directory());
    let mut command = headless(fixture.directory(), &["-A", "hello"]);
    command.env("PATH", path);
    let said = run(command);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stderr
            .contains("'qemu-system-x86_64' is not on PATH: install the package 'qemu-system-x86'"),
        "{said:?}"
    );
    support::assert_nothing_stays(fixture.directory());
}

#[test]
fn ctrl_c_ends_a_machine_that_boots() {
    if !has_nix() || !has_qemu() {
        return;
    }
    let fixture = checkout(FAILING);
    let said = interrupted(fixture.directory(), &["-A", "hello"], "QEMU running");
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.stderr.contains("interrupted"), "{said:?}");
}
