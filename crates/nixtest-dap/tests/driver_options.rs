//! What a driver of any release is asked for beside its test: to run another script, to keep the state of its machines.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use dap_protocol::types;
use serde_json::json;
use support::drivers::Driver;
use support::{Project, assert_nothing_stays, end, spawned, top};
use test_support::TestClient;

/// A script for which nothing was built, in a file with a name that a shell would take apart.
const OTHER: &str = "mein Skript.py";

/// The name of its file without what its directory is called.
fn other(project: &mut Project, script: &str) -> serde_json::Value {
    project.fixture.write(OTHER, script);
    json!({ "testScript": OTHER })
}

#[tokio::test]
async fn another_script_runs_in_the_driver_that_is_built() {
    for driver in Driver::all() {
        let mut project =
            driver.project("raise RuntimeError('the script it was built with')  # @own\n");
        let script = "start_all()\ngrüße = 'ä'\nanswer = machine.succeed(f'echo {grüße}')  # @first\n\ndef check():\n    assert answer == ''  # @failing\n\ncheck()  # @call\n";
        let arguments = other(&mut project, script);
        let file = project.fixture.path(OTHER);
        let line = |marker| project.fixture.line(OTHER, marker);

        let mut client = project.client();
        let mut launch = project.launch();
        launch["testScript"] = arguments["testScript"].clone();
        let breakpoints: &[(&Path, &[i64])] = &[
            (&file, &[line("first")]),
            (&project.test(), &[project.line("own")]),
        ];
        client.start(launch, breakpoints).await.unwrap();
        client.stopped().await;
        assert_eq!(top(&mut client).await, (OTHER.to_owned(), line("first")));
        let stack = client.stack().await;
        let source = stack[0].source.as_ref().unwrap();
        assert_eq!(source.path.as_deref(), file.to_str());
        client.next().await.unwrap();
        client.stopped().await;
        assert_eq!(client.evaluate("answer").await.unwrap().result, "'ä\\n'");

        client.continue_().await.unwrap();
        let stopped = client.stopped().await;
        assert_eq!(stopped.reason, types::StoppedEventReason::Exception);
        let stack = client.stack().await;
        let places: Vec<_> = stack
            .iter()
            .map(|frame| (frame.name.as_str(), frame.line))
            .collect();
        assert_eq!(
            places,
            [("check", line("failing")), ("testScript", line("call"))]
        );
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(1));
        let outputs = client.outputs();
        let remark = format!(
            "The script {} runs in place of the test's own\n",
            file.display()
        );
        assert!(outputs.contains(&remark), "{outputs}");
        let place = format!("{}:{}:12: AssertionError", file.display(), line("failing"));
        assert!(outputs.contains(&place), "{outputs}");
        end(client).await;
    }
}

#[tokio::test]
async fn columns_of_another_script_are_those_of_its_file() {
    let driver = &Driver::all()[0];
    let mut project = driver.project("x = 1\n");
    // The character before the second statement is one to Python and two to editors.
    let arguments = other(&mut project, "first = '𝄞'; breakpoint()  # @here\n");
    let mut client = project.start_with(arguments, &[]).await;
    client.stopped().await;
    let frame = client.stack().await.remove(0);
    let there = "first = '𝄞'; ".encode_utf16().count() as i64 + 1;
    assert_eq!((frame.line, frame.column), (1, there));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_breakpoint_in_the_nix_file_says_that_another_script_runs() {
    let driver = &Driver::all()[0];
    let mut project = driver.project("x = 1  # @own\n");
    let arguments = other(&mut project, "breakpoint()\n");
    let mut client = project.start_with(arguments, &["own"]).await;
    client.stopped().await;
    let set = client
        .set_breakpoints(&project.test(), &[project.line("own")])
        .await;
    let breakpoint = set.unwrap().remove(0);
    assert!(!breakpoint.verified);
    let expected = format!(
        "test.nix holds no part of this test's script, which comes from {}",
        project.fixture.path(OTHER).display()
    );
    assert_eq!(breakpoint.message, Some(expected));
    client.continue_().await.unwrap();
    client.terminated().await;
    end(client).await;
}

/// What is said when the launch cannot be done.
async fn refusal(project: &Project, arguments: serde_json::Value) -> String {
    let mut client = project.start_with(arguments, &[]).await;
    assert_eq!(client.terminated().await, Some(4));
    let outputs = client.outputs();
    end(client).await;
    outputs
}

#[tokio::test]
async fn a_script_that_is_not_there_is_named() {
    let driver = &Driver::all()[0];
    let project = driver.project("x = 1\n");
    let gone = project.fixture.path("gone.py");
    let said = refusal(&project, json!({ "testScript": "gone.py" })).await;
    let expected = format!("the test script {} cannot be read: ", gone.display());
    assert!(said.contains(&expected), "{said}");
    assert!(
        said.contains("name a file of Python as `testScript`"),
        "{said}"
    );
    let said = refusal(&project, json!({ "testScript": "." })).await;
    assert!(said.contains("is a directory"), "{said}");
}

#[tokio::test]
async fn a_driver_that_does_not_say_its_options_is_named() {
    let driver = &Driver::all()[0];
    let mut project = driver.project("x = 1\n");
    let arguments = other(&mut project, "x = 1\n");
    let program = project.driver.join("bin/nixos-test-driver");
    fs::write(&program, "#!/bin/bash\necho what is \"$1\"? >&2\nexit 2\n").unwrap();
    let said = refusal(&project, arguments).await;
    let expected = format!(
        "{} did not say its options when it was run with --help; it said: what is --help?\n",
        program.display()
    );
    assert!(said.contains(&expected), "{said}");
    fs::write(&program, "#!/bin/bash\necho 'usage: driver [-h]'\n").unwrap();
    let said = refusal(&project, json!({ "keepState": true })).await;
    assert!(
        said.contains("cannot keep the state of its machines; launch without `keepState`"),
        "{said}"
    );
}

/// A client whose kept states lie in the project, started as `arguments` say.
async fn keeping(project: &Project, arguments: serde_json::Value, markers: &[&str]) -> TestClient {
    let state = project.fixture.path("state");
    let variables: [(&str, &OsStr); 1] = [("XDG_STATE_HOME", state.as_os_str())];
    let (mut client, _) = spawned(project, &variables);
    project.start_in(&mut client, arguments, markers).await;
    client
}

#[tokio::test]
async fn the_state_of_machines_is_kept_for_the_next_session_that_wants_it() {
    let script = "\
disk = machine.state_dir / 'disk'
print('found', disk.read_text() if disk.exists() else 'nothing')
machine.start()
disk.write_text(disk.read_text() + '+' if disk.exists() else 'written')
";
    for driver in Driver::each() {
        let project = driver.project(script);
        for (keeps, found) in [
            (true, "nothing"),
            (true, "written"),
            // A session that wants nothing of it neither sees it nor harms it.
            (false, "nothing"),
            (true, "written+"),
        ] {
            let mut client = keeping(&project, json!({ "keepState": keeps }), &[]).await;
            assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
            let outputs = client.outputs();
            assert!(outputs.contains(&format!("found {found}\n")), "{outputs}");
            let kept = project.fixture.path("state/nixtest-dap/machines/sample-");
            let remark = format!("The state of the machines is kept in {}", kept.display());
            assert_eq!(outputs.contains(&remark), keeps, "{outputs}");
            end(client).await;
        }
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn a_kept_state_is_used_by_one_session_at_a_time() {
    let driver = &Driver::all()[0];
    let project = driver.project("machine.start()\nx = 1  # @x\n");
    let keep = || json!({ "keepState": true });
    let mut first = keeping(&project, keep(), &["x"]).await;
    first.stopped().await;

    let mut second = keeping(&project, keep(), &["x"]).await;
    assert_eq!(second.terminated().await, Some(4));
    let outputs = second.outputs();
    let kept = project.fixture.path("state/nixtest-dap/machines/sample-");
    let expected = format!("the kept state of these machines, {}", kept.display());
    assert!(outputs.contains(&expected), "{outputs}");
    assert!(
        outputs.contains(
            "is in use by another session; end that one first, or launch without `keepState`"
        ),
        "{outputs}"
    );
    end(second).await;
    // Whoever does not want it is not disturbed, nor does he disturb.
    let mut third = keeping(&project, json!({}), &[]).await;
    assert_eq!(third.terminated().await, Some(0));
    end(third).await;

    first.continue_().await.unwrap();
    assert_eq!(first.terminated().await, Some(0));
    end(first).await;
    let mut fourth = keeping(&project, keep(), &[]).await;
    assert_eq!(fourth.terminated().await, Some(0), "{}", fourth.outputs());
    end(fourth).await;
}
