//! `restart`: the test anew in the same session, in every phase; and the script again with the machines as they are.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::types::StoppedEventReason;
use dap_protocol::{events, requests, types};
use serde_json::{Value, json};
use support::drivers::Driver;
use support::{Project, TEST, assert_nothing_stays, end, top};
use test_support::TestClient;

const SCRIPT: &str = "\
import os
start_all()
print('process', os.getpid())
count = 1  # @count
machine.succeed('echo done')  # @last
";

/// A breakpoint that never hits: a driver alone does not tell the adapter from which file its script came.
const FILE_IS_KNOWN: &[&str] = &["outside"];

async fn restart(client: &mut TestClient, arguments: Option<Value>) {
    client
        .request::<requests::Restart>(types::RestartArguments { arguments })
        .await
        .unwrap();
}

async fn stops_at(client: &mut TestClient, project: &Project, marker: &str) {
    client.stopped().await;
    assert_eq!(top(client).await, (TEST.to_owned(), project.line(marker)));
}

async fn process(client: &mut TestClient) -> String {
    client.evaluate("os.getpid()").await.unwrap().result
}

#[tokio::test]
async fn a_stopped_test_starts_anew_with_the_same_breakpoints_twice_in_a_row() {
    for driver in Driver::each() {
        let project = driver.project(SCRIPT);
        let mut client = project.start(&["count"]).await;
        let mut processes = Vec::new();
        for _ in 0..3 {
            stops_at(&mut client, &project, "count").await;
            processes.push(process(&mut client).await);
            let told = client.expect_event::<events::Process>().await;
            let told = told.system_process_id.unwrap().to_string();
            assert_eq!(Some(&told), processes.last());
            if processes.len() < 3 {
                restart(&mut client, None).await;
            }
        }
        processes.dedup();
        assert_eq!(processes.len(), 3, "{processes:?}");
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn its_arguments_are_those_of_a_new_launch() {
    let project = Driver::each().next().unwrap().project(SCRIPT);
    let mut client = project.start(FILE_IS_KNOWN).await;
    client.wait_for_output("process").await;
    let mut launch = project.launch();
    launch["stopAtEnd"] = json!(true);
    launch["__sessionId"] = json!("what clients add");
    restart(&mut client, Some(launch.clone())).await;
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, StoppedEventReason::Other("end".to_owned()));
    for (wrong, problem) in [
        (json!({ "driver": "d", "stopAtEnd": 3 }), "`stopAtEnd`"),
        (json!({ "stopAtEnd": true }), "one of `flake`"),
        (json!([]), "no object"),
    ] {
        let arguments = json!({ "arguments": wrong });
        let answer = client.request_raw("restart", Some(arguments)).await;
        assert!(!answer.success);
        let error = answer.error().unwrap();
        assert!(error.text().contains(problem), "{}", error.text());
    }
    // What was refused has changed nothing.
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    let late = client.request_raw("restart", None).await;
    assert!(!late.success);
    end(client).await;
}

#[tokio::test]
async fn a_driver_that_hangs_is_left_behind() {
    let script = "\
import signal, os, threading
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if not os.path.exists('second'):
    open('second', 'w').close()
    print('hangs')
    while True:
        try:
            threading.Event().wait()
        except BaseException:
            pass
x = 1  # @x
";
    let project = Project::new(script);
    let mut client = project.start(&["x"]).await;
    client.wait_for_output("hangs").await;
    restart(&mut client, None).await;
    // Once more while the old one ends: one new driver comes of it.
    restart(&mut client, None).await;
    stops_at(&mut client, &project, "x").await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
    assert_nothing_stays(project.fixture.directory());
}

#[tokio::test]
async fn after_the_script_has_failed_and_from_the_stop_at_its_end() {
    for driver in Driver::each() {
        let script = SCRIPT.replace("count = 1", "count = 1 // int(not os.path.exists('fail'))");
        let project = driver.project(&script);
        std::fs::write(project.fixture.path("fail"), "").unwrap();
        let mut client = project
            .start_with(json!({ "stopAtEnd": true }), FILE_IS_KNOWN)
            .await;
        let stopped = client.stopped().await;
        assert_eq!(stopped.reason, StoppedEventReason::Exception);
        std::fs::remove_file(project.fixture.path("fail")).unwrap();
        restart(&mut client, None).await;
        stops_at(&mut client, &project, "last").await;
        let arguments = types::EvaluateArguments {
            expression: ":restart".to_owned(),
            context: Some(types::EvaluateArgumentsContext::Repl),
            ..types::EvaluateArguments::default()
        };
        let said = client.request::<requests::Evaluate>(arguments).await;
        assert_eq!(said.unwrap().result, "the test starts anew");
        stops_at(&mut client, &project, "last").await;
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn terminate_and_disconnect_call_a_restart_off() {
    for is_terminated in [true, false] {
        let project = Project::new("import time\nx = 1  # @x\ntime.sleep(600)\n");
        let mut client = project.start(&["x"]).await;
        client.stopped().await;
        client.send::<requests::Restart>(&types::RestartArguments::default());
        if is_terminated {
            let arguments = types::TerminateArguments::default();
            let terminated = client.request::<requests::Terminate>(arguments).await;
            terminated.unwrap();
            client.terminated().await;
        }
        end(client).await;
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn the_script_runs_again_with_the_machines_as_they_are() {
    let script = "\
import os
start_all()
machine.succeed('echo more >> /tmp/notes')
class Closes:
    def __enter__(self):
        return self
    def __exit__(self, *exception):
        print('closed')
fresh = 'count' not in globals()
count = 1
def work():
    with Closes(), subtest('work'):
        machine.succeed('echo inside')  # @inside
work()
assert fresh
lines = machine.succeed('echo alive')  # @last
";
    for driver in Driver::each() {
        for way in ["request", "console", "restart"] {
            let project = driver.project(script);
            let arguments = json!({ "restartKeepsMachines": true, "stopAtEnd": true });
            let mut client = project.start_with(arguments, &["inside"]).await;
            stops_at(&mut client, &project, "inside").await;
            let number = process(&mut client).await;
            let machine = client.evaluate("machine.pid").await.unwrap().result;
            match way {
                "request" => {
                    let answer = client.request_raw("nixtest/rerun", None).await;
                    assert!(answer.success, "{answer:?}");
                }
                "console" => {
                    let arguments = types::EvaluateArguments {
                        expression: ":rerun".to_owned(),
                        context: Some(types::EvaluateArgumentsContext::Repl),
                        ..types::EvaluateArguments::default()
                    };
                    let said = client.request::<requests::Evaluate>(arguments).await;
                    assert!(said.unwrap().result.contains("runs again"));
                }
                _ => restart(&mut client, None).await,
            }
            stops_at(&mut client, &project, "inside").await;
            assert!(client.outputs().contains("closed"), "{}", client.outputs());
            assert_eq!(process(&mut client).await, number);
            assert_eq!(
                client.evaluate("machine.pid").await.unwrap().result,
                machine
            );
            let fresh = client.evaluate("fresh").await.unwrap().result;
            assert_eq!(fresh, "True");
            client.continue_().await.unwrap();
            let stopped = client.stopped().await;
            assert_eq!(stopped.reason, StoppedEventReason::Other("end".to_owned()));
            // And from the end.
            let answer = client.request_raw("nixtest/rerun", None).await;
            assert!(answer.success, "{answer:?}");
            stops_at(&mut client, &project, "inside").await;
            client.continue_().await.unwrap();
            client.stopped().await;
            client.continue_().await.unwrap();
            assert_eq!(client.terminated().await, Some(0));
            end(client).await;
            assert_nothing_stays(project.fixture.directory());
        }
    }
}
