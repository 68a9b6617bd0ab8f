//! The end is not the end: stops after the last line and at a failure, from which everything can be run again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::time::{Duration, Instant};

use dap_protocol::types::StoppedEventReason;
use dap_protocol::{requests, types};
use serde_json::json;
use support::drivers::Driver;
use support::{Project, TEST, assert_nothing_stays, end, top};
use test_support::TestClient;

const COUNTS: &str = "\
start_all()
def double(value):
    return value * 2  # @inside
count = double(int(machine.succeed('echo 4')))
print('count', count)  # @last
";

/// A breakpoint that never hits: a driver alone does not tell the adapter from which file its script came.
const FILE_IS_KNOWN: &[&str] = &["outside"];

async fn evaluate(client: &mut TestClient, expression: &str) -> String {
    client.evaluate(expression).await.unwrap().result
}

async fn stopped_at_end(client: &mut TestClient, project: &Project) {
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, StoppedEventReason::Other("end".to_owned()));
    let description = "the test script has ended".to_owned();
    assert_eq!(stopped.description, Some(description));
    let place = (TEST.to_owned(), project.line("last"));
    assert_eq!(top(client).await, place);
    let stack = client.stack().await;
    let names: Vec<_> = stack.iter().map(|frame| frame.name.as_str()).collect();
    assert_eq!(names, ["testScript"]);
}

#[tokio::test]
async fn after_the_last_line_machines_and_variables_are_there() {
    for driver in Driver::each() {
        let project = driver.project(COUNTS);
        let arguments = json!({ "stopAtEnd": true });
        let mut client = project.start_with(arguments, FILE_IS_KNOWN).await;
        stopped_at_end(&mut client, &project).await;
        assert_eq!(evaluate(&mut client, "count").await, "8");
        let alive = "machine.succeed('echo alive')";
        assert_eq!(evaluate(&mut client, alive).await, "'alive\\n'");
        let variables = client.variables("Locals").await;
        let names: Vec<_> = variables.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["double", "count"]);
        client.next().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        let outputs = client.outputs();
        assert!(outputs.contains("The test script passed."), "{outputs}");
        end(client).await;
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn the_whole_script_runs_again_from_a_stop_under_the_debugger() {
    for driver in Driver::each() {
        for again in [
            "test_script()",
            "driver.test_script()",
            "driver.run_tests()",
        ] {
            let project = driver.project(COUNTS);
            let arguments = json!({ "stopAtEnd": true });
            let mut client = project.start_with(arguments, FILE_IS_KNOWN).await;
            stopped_at_end(&mut client, &project).await;
            let lines = [project.line("inside")];
            client
                .set_breakpoints(&project.test(), &lines)
                .await
                .unwrap();
            let evaluation = client.send::<requests::Evaluate>(&repl(again));
            let inner = client.stopped().await;
            assert_eq!(inner.reason, StoppedEventReason::Breakpoint, "{again}");
            let place = (TEST.to_owned(), project.line("inside"));
            assert_eq!(top(&mut client).await, place);
            assert_eq!(evaluate(&mut client, "value").await, "4");
            client.step_out().await.unwrap();
            assert_eq!(client.stopped().await.reason, StoppedEventReason::Step);
            client.continue_().await.unwrap();
            let answer = client.response::<requests::Evaluate>(evaluation).await;
            assert_eq!(answer.unwrap().result, "None", "{again}");
            stopped_at_end(&mut client, &project).await;
            client.continue_().await.unwrap();
            assert_eq!(client.terminated().await, Some(0));
            assert_eq!(client.outputs().matches("count 8\n").count(), 2);
            end(client).await;
            assert_nothing_stays(project.fixture.directory());
        }
    }
}

fn repl(expression: &str) -> types::EvaluateArguments {
    types::EvaluateArguments {
        expression: expression.to_owned(),
        context: Some(types::EvaluateArgumentsContext::Repl),
        ..types::EvaluateArguments::default()
    }
}

#[tokio::test]
async fn to_fail_again_does_not_end_the_session() {
    let script = "\
start_all()
machine.tries = getattr(machine, 'tries', 0) + 1
def check():
    assert machine.tries > 2, f'try {machine.tries}'  # @assert
with subtest('third time lucky'):
    check()
";
    for driver in Driver::each() {
        let project = driver.project(script);
        let mut client = project.start(FILE_IS_KNOWN).await;
        let place = (TEST.to_owned(), project.line("assert"));
        assert_eq!(
            client.stopped().await.text.as_deref(),
            Some("AssertionError: try 1")
        );
        let evaluation = client.send::<requests::Evaluate>(&repl("driver.run_tests()"));
        let stopped = client.stopped().await;
        assert_eq!(stopped.reason, StoppedEventReason::Exception);
        assert_eq!(stopped.text.as_deref(), Some("AssertionError: try 2"));
        assert_eq!(top(&mut client).await, place);
        client.continue_().await.unwrap();
        let answer = client.response::<requests::Evaluate>(evaluation).await;
        answer.unwrap_err();
        let stands_again = client.stopped().await;
        assert_eq!(stands_again.text.as_deref(), Some("AssertionError: try 1"));
        assert_eq!(top(&mut client).await, place);
        assert_eq!(evaluate(&mut client, "test_script()").await, "None");
        client.continue_().await.unwrap();
        // What decides is the first run.
        assert_eq!(client.terminated().await, Some(1));
        end(client).await;
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn the_stop_at_a_failure_is_a_default_that_can_be_switched_off() {
    let script = "def check():\n    raise ValueError('no')  # @raise\ncheck()\n";
    let filters = |client: &mut TestClient| {
        client.send::<requests::SetExceptionBreakpoints>(&types::SetExceptionBreakpointsArguments {
            filters: vec!["uncaught".to_owned()],
            ..types::SetExceptionBreakpointsArguments::default()
        })
    };
    for (arguments, sends_filters, stops) in [
        (json!({}), false, true),
        (json!({ "stopOnFailure": true }), true, true),
        (json!({ "stopOnFailure": false }), false, false),
        (json!({ "stopOnFailure": false }), true, false),
    ] {
        let project = Project::new(script);
        let mut client = project.client();
        client.initialize().await.unwrap();
        let mut launch = project.launch();
        let fields = launch.as_object_mut().unwrap();
        fields.extend(arguments.as_object().unwrap().clone());
        let launched = client.launch(launch).await.unwrap();
        if sends_filters {
            let seq = filters(&mut client);
            client
                .response::<requests::SetExceptionBreakpoints>(seq)
                .await
                .unwrap();
        }
        client
            .request::<requests::ConfigurationDone>(types::ConfigurationDoneArguments::default())
            .await
            .unwrap();
        client.response::<requests::Launch>(launched).await.unwrap();
        if stops {
            assert_eq!(client.stopped().await.reason, StoppedEventReason::Exception);
            client.continue_().await.unwrap();
        }
        assert_eq!(client.terminated().await, Some(1));
        end(client).await;
    }
}

#[tokio::test]
async fn every_way_to_end_works_from_these_stops() {
    let fails = format!("{COUNTS}raise ValueError('no')  # @raise\n");
    for script in [COUNTS, &fails] {
        for is_terminated in [true, false] {
            for is_inside in [true, false] {
                let project = Driver::each().next().unwrap().project(script);
                let arguments = json!({ "stopAtEnd": true });
                let mut client = project.start_with(arguments, FILE_IS_KNOWN).await;
                client.stopped().await;
                if is_inside {
                    let lines = [project.line("inside")];
                    let placed = client.set_breakpoints(&project.test(), &lines).await;
                    placed.unwrap();
                    client.send::<requests::Evaluate>(&repl("test_script()"));
                    client.stopped().await;
                }
                let asked = Instant::now();
                if is_terminated {
                    let arguments = types::TerminateArguments::default();
                    client
                        .request::<requests::Terminate>(arguments)
                        .await
                        .unwrap();
                    assert_ne!(client.terminated().await, Some(0));
                }
                end(client).await;
                // A safety net: nothing here waits for its time to be up.
                assert!(asked.elapsed() < Duration::from_secs(20));
                assert_nothing_stays(project.fixture.directory());
            }
        }
    }
}

#[tokio::test]
async fn an_argument_that_is_no_truth_value_is_refused_by_name() {
    let project = Project::new(COUNTS);
    for name in ["stopAtEnd", "stopOnFailure"] {
        let mut client = project.client();
        client.initialize().await.unwrap();
        let response = client
            .request_raw("launch", Some(json!({ "driver": "d", name: "yes" })))
            .await;
        assert!(!response.success);
        let error = response.error().unwrap();
        let error = error.text();
        assert!(error.contains(&format!("`{name}`")), "{error}");
        end(client).await;
    }
}
