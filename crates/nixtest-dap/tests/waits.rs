//! What the script waits for: told, explained in the console, and ended by the user; in the testkit's driver and in that of NixOS
//! where the environment names one.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::process::Command;

use dap_protocol::types;
use serde_json::{Value, json};
use support::drivers::Driver;
use support::end;
use support::ports::{piped, session_directory, shell_command};
use support::program::Said;
use test_support::TestClient;

/// The next event of a wait in that phase. The boot, which the command `true` waits for, may be one too.
async fn wait_told(client: &mut TestClient, phase: &str) -> Value {
    let is_told = |body: &Value| body["phase"] == phase && body["what"] != "succeed(\"true\")";
    let event = client
        .wait_for(|event| event.event == "nixtest/wait" && event.body.as_ref().is_some_and(is_told))
        .await;
    event.body.unwrap()
}

async fn console(client: &mut TestClient, text: &str) -> String {
    let arguments = json!({ "expression": text, "context": "repl" });
    let answer = client.request_raw("evaluate", Some(arguments)).await;
    answer.body.unwrap()["result"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_wait_is_explained_and_taken_for_having_come_true() {
    for driver in Driver::each() {
        let project = driver.project(
            "machine.succeed('true')\nmachine.wait_until_succeeds('echo no; exit 3')  # @waiting\nafter = 1  # @after\nassert machine.succeed('echo next') == 'next\\n'\n",
        );
        let mut client = project.start(&["after"]).await;
        let told = wait_told(&mut client, "started").await;
        assert_eq!(told["machine"], "machine");
        assert_eq!(told["what"], "wait_until_succeeds(\"echo no; exit 3\")");
        assert_eq!(told["line"], project.line("waiting"));
        assert_eq!(told["source"]["path"], project.test().display().to_string());
        assert_eq!(
            (&told["lastStatus"], &told["lastOutput"]),
            (&json!(3), &json!("no\n"))
        );
        assert!(told["timeLeftMs"].as_i64().unwrap() > 600_000, "{told}");

        let words = console(&mut client, ":wait").await;
        assert!(
            words.contains("waiting in machine.wait_until_succeeds(\"echo no; exit 3\")"),
            "{words}"
        );
        assert!(words.contains("last status 3\nlast output:\nno"), "{words}");
        assert_eq!(
            console(&mut client, ":wait succeed").await,
            "machine.wait_until_succeeds(\"echo no; exit 3\") ends"
        );
        assert_eq!(
            wait_told(&mut client, "ended").await["outcome"],
            "succeeded"
        );
        assert_eq!(
            client.stopped().await.reason,
            types::StoppedEventReason::Breakpoint
        );
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}

#[tokio::test]
async fn a_guest_command_is_abandoned_and_its_answer_dropped() {
    for driver in Driver::each() {
        let project = driver.project(
            "machine.succeed('true')\ntry:\n    machine.succeed('sleep 3; echo stale')\nexcept Exception as error:\n    caught = str(error)\nafter = 1  # @after\nassert machine.succeed('echo next') == 'next\\n'\nassert machine.execute('exit 4')[0] == 4\n",
        );
        let mut client = project.start(&["after"]).await;
        wait_told(&mut client, "started").await;
        let body = client
            .request_raw("nixtest/endWait", Some(json!({ "how": "cancel" })))
            .await;
        let what = "machine.succeed(\"sleep 3; echo stale\")";
        assert_eq!(
            body.body.unwrap(),
            json!({ "what": what, "isStopped": false })
        );
        assert_eq!(
            wait_told(&mut client, "ended").await["outcome"],
            "cancelled"
        );
        client.stopped().await;
        let caught = client.evaluate("caught").await.unwrap().result;
        assert_eq!(caught, format!("'the user cancelled the wait in {what}'"));
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}

#[tokio::test]
async fn a_wait_is_explained_and_ended_from_a_terminal() {
    let project = Driver::all().remove(0).project(
        "machine.succeed('true')\nmachine.wait_until_fails('echo still')\nafter = 1  # @after\n",
    );
    let mut client = project.start(&["after"]).await;
    wait_told(&mut client, "started").await;
    let directory = session_directory(&shell_command(&mut client, "machine").await);
    let what = "machine.wait_until_fails(\"echo still\")";
    for (words, code, text) in [
        (&[][..], 0, format!("waiting in {what}; for ")),
        (&["--skip"], 0, format!("{what} ends\n")),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
        command.arg("wait").arg("--session").arg(&directory);
        command.args(words);
        let said = Said::from(piped(command, "").await);
        assert_eq!(said.code, Some(code), "{said:?}");
        assert!(said.stdout.contains(&text), "{said:?}");
    }
    assert_eq!(wait_told(&mut client, "ended").await["outcome"], "skipped");
    client.stopped().await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn where_nothing_is_awaited_that_is_said() {
    let project = Driver::all().remove(0).project("here = 1  # @here\n");
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    assert_eq!(
        console(&mut client, ":wait").await,
        "The script waits for nothing that takes long."
    );
    for (text, problem) in [
        (":wait fly", "a wait cannot be ended by 'fly'"),
        (
            ":wait skip",
            "the script waits for nothing that could be ended",
        ),
    ] {
        let refused = client.evaluate(text).await.unwrap_err();
        let refused = refused.text();
        assert!(refused.contains(problem), "{refused}");
    }
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}
