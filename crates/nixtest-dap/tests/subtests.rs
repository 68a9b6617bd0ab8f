//! Subtests: a tree of results, the next one after a failure, only some of them, one once more.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;

use dap_protocol::types::StoppedEventReason;
use dap_protocol::{events, requests, types};
use serde_json::{Value, json};
use support::drivers::{Driver, alone};
use support::{Project, TEST, assert_nothing_stays, end, top};
use test_support::TestClient;

/// A breakpoint that never hits: a driver alone does not tell the adapter from which file its script came.
const FILE_IS_KNOWN: &[&str] = &["outside"];

const THREE: &str = "\
start_all()
ran = []
def check(path):
    with subtest(f'file {path}'):  # @inner
        machine.succeed(f'test -e {path}')  # @raise
    ran.append(path)
with subtest('boot'):
    ran.append('boot')  # @boot
with subtest('files') as group:
    check('/no/such/file')
    check('/')
with subtest('last'): ran.append('last')  # @last
print('ran', ran, group)  # @end
";

/// What was told of subtests, one line each: parent, name, phase, line, and the line of the error.
async fn told(client: &mut TestClient, project: &Project, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..count {
        let event = client
            .wait_for(|event| event.event == "nixtest/subtest")
            .await;
        let body = event.body.unwrap();
        assert_eq!(body["phase"] != "started", body.get("durationMs").is_some());
        let path = body["source"]["path"].as_str().unwrap();
        assert_eq!(path, project.test().display().to_string());
        let fields = ["parent", "name", "phase"].map(|name| body[name].as_str());
        let mut words: Vec<_> = fields
            .into_iter()
            .flatten()
            .map(ToOwned::to_owned)
            .collect();
        let lines = ["line", "errorLine"].map(|name| body[name].as_i64());
        words.extend(lines.into_iter().flatten().map(|line| line.to_string()));
        told.push(words.join(" "));
    }
    told
}

async fn console(client: &mut TestClient, text: &str) -> Result<String, String> {
    let arguments = types::EvaluateArguments {
        expression: text.to_owned(),
        context: Some(types::EvaluateArgumentsContext::Repl),
        ..types::EvaluateArguments::default()
    };
    let answer = client.request::<requests::Evaluate>(arguments).await;
    answer
        .map(|answer| answer.result)
        .map_err(|error| error.text().into_owned())
}

fn summary(client: &TestClient) -> String {
    let outputs = client.outputs();
    let lines = outputs.lines();
    let mut found = lines.filter(|line| line.contains(" subtest") && line.contains(": "));
    found.next_back().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_tree_of_results_is_told_with_places_and_groups() {
    for driver in Driver::each() {
        let project = driver.project(&THREE.replace("/no/such/file", "/tmp"));
        let mut client = project.start(FILE_IS_KNOWN).await;
        assert_eq!(client.terminated().await, Some(0));
        let line = |marker: &str| project.line(marker);
        let (boot, inner, last) = (line("boot") - 1, line("inner"), line("last"));
        let files = boot + 2;
        assert_eq!(
            told(&mut client, &project, 10).await,
            [
                format!("boot started {boot}"),
                format!("boot passed {boot}"),
                format!("files started {files}"),
                format!("files file /tmp started {inner}"),
                format!("files file /tmp passed {inner}"),
                format!("files file / started {inner}"),
                format!("files file / passed {inner}"),
                format!("files passed {files}"),
                format!("last started {last}"),
                format!("last passed {last}"),
            ]
        );
        let mut groups = Vec::new();
        while groups.len() < 10 {
            let output = client.expect_event::<events::Output>().await;
            if let Some(group) = output.group {
                let is_start = group == types::OutputEventGroup::Start;
                let name = output.output.split_whitespace().nth(1).unwrap().to_owned();
                assert!(output.line.is_some() && output.source.is_some());
                groups.push(format!("{}{name}", if is_start { "+" } else { "-" }));
            }
        }
        let expected = "+boot -boot +files +file -file +file -file -files +last -last";
        assert_eq!(groups.join(" "), expected);
        assert_eq!(summary(&client), "5 subtests: 5 passed");
        end(client).await;
    }
}

#[tokio::test]
async fn the_script_goes_on_after_a_failed_subtest_and_fails_at_its_end() {
    for driver in Driver::each() {
        let project = driver.project(THREE);
        let arguments = json!({ "continueAfterFailedSubtest": true, "stopOnFailure": false });
        let mut client = project.start_with(arguments, FILE_IS_KNOWN).await;
        assert_eq!(client.terminated().await, Some(1));
        let outputs = client.outputs();
        assert!(
            outputs.contains("ran ['boot', '/no/such/file', '/', 'last'] None"),
            "{outputs}"
        );
        let (file, raise) = (project.test(), project.line("raise"));
        let place = format!("{}:{raise}", file.display());
        let expected = format!("5 subtests: 3 passed, 2 failed (file /no/such/file {place})");
        assert_eq!(summary(&client), expected);
        assert!(outputs.contains(&format!("{place}:")), "{outputs}");
        assert!(outputs.contains("The test script failed."), "{outputs}");
        end(client).await;
        assert_nothing_stays(project.fixture.directory());
    }
}

/// The driver's report of the failure, from its log: everything from the traceback on.
fn report(project: &Project) -> Vec<String> {
    let log = fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
    let lines = log.lines();
    let report = lines.skip_while(|line| !line.contains("Traceback"));
    let report = report.take_while(|line| !line.contains("cleanup"));
    report.map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn the_late_failure_is_reported_by_the_driver_as_the_early_one() {
    for driver in Driver::each() {
        let project = driver.project(THREE);
        let status = alone(&project, &[]).output().unwrap().status;
        let without = report(&project);
        for goes_on in [false, true] {
            let arguments =
                json!({ "continueAfterFailedSubtest": goes_on, "stopOnFailure": false });
            let mut client = project.start_with(arguments, FILE_IS_KNOWN).await;
            let code = client.terminated().await;
            assert_eq!(code, status.code().map(i64::from));
            assert_eq!(report(&project), without);
            end(client).await;
        }
    }
}

#[tokio::test]
async fn at_a_failure_the_console_goes_on_with_the_next_subtest() {
    for driver in Driver::each() {
        for by_request in [true, false] {
            let project = driver.project(THREE);
            let mut client = project.start(&["end"]).await;
            let stopped = client.stopped().await;
            assert_eq!(stopped.reason, StoppedEventReason::Exception);
            let description = stopped.description.unwrap();
            assert!(description.contains("/no/such/file"), "{description}");
            let place = (TEST.to_owned(), project.line("raise"));
            assert_eq!(top(&mut client).await, place);
            assert_eq!(
                client.evaluate("path").await.unwrap().result,
                "'/no/such/file'"
            );
            if by_request {
                let answer = client
                    .request_raw("nixtest/continueWithNextSubtest", None)
                    .await;
                let body = answer.body.unwrap();
                assert_eq!(body, json!({ "name": "file /no/such/file" }));
            } else {
                let said = console(&mut client, ":next-subtest").await.unwrap();
                assert!(
                    said.contains("goes on after the subtest file /no/such/file"),
                    "{said}"
                );
            }
            client.stopped().await;
            let place = (TEST.to_owned(), project.line("end"));
            assert_eq!(top(&mut client).await, place);
            let tree = console(&mut client, ":subtests").await.unwrap();
            let phases: Vec<_> = tree
                .lines()
                .map(|line| line.split(" (").next().unwrap())
                .collect();
            assert_eq!(
                phases,
                [
                    "boot: passed",
                    "files: failed",
                    "  file /no/such/file: failed",
                    "  file /: passed",
                    "last: passed"
                ]
            );
            let refused = console(&mut client, ":next-subtest").await.unwrap_err();
            assert!(
                refused.contains("no exception is about to leave"),
                "{refused}"
            );
            client.continue_().await.unwrap();
            // It is not forgotten, and does not stop a second time.
            assert_eq!(client.terminated().await, Some(1));
            end(client).await;
        }
    }
}

#[tokio::test]
async fn only_named_subtests_run() {
    for driver in Driver::each() {
        let project = driver.project(THREE);
        let arguments = json!({ "subtests": ["la*"] });
        let mut client = project.start_with(arguments, &["end"]).await;
        client.stopped().await;
        assert_eq!(
            client.evaluate("ran, group").await.unwrap().result,
            "(['last'], None)"
        );
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        assert_eq!(summary(&client), "3 subtests: 1 passed, 2 skipped");
        end(client).await;
    }
}

#[tokio::test]
async fn a_name_that_matches_nothing_fails_the_run_and_names_the_nearest() {
    for driver in Driver::each() {
        let project = driver.project(THREE);
        let arguments = json!({ "subtests": ["lats"] });
        let mut client = project.start_with(arguments, FILE_IS_KNOWN).await;
        assert_eq!(client.terminated().await, Some(1));
        let outputs = client.outputs();
        let problem = "no subtest is called 'lats'; the nearest are 'last'";
        assert!(outputs.contains(problem), "{outputs}");
        end(client).await;
    }
}

#[tokio::test]
async fn a_single_subtest_runs_again_under_the_debugger() {
    for driver in Driver::each() {
        let project = driver.project(&THREE.replace("/no/such/file", "/tmp"));
        let mut client = project
            .start_with(json!({ "stopAtEnd": true }), FILE_IS_KNOWN)
            .await;
        client.stopped().await;
        let lines = [project.line("boot")];
        let placed = client.set_breakpoints(&project.test(), &lines).await;
        placed.unwrap();
        let seq = client.send::<requests::Evaluate>(&types::EvaluateArguments {
            expression: ":subtest boot".to_owned(),
            context: Some(types::EvaluateArgumentsContext::Repl),
            ..types::EvaluateArguments::default()
        });
        assert_eq!(
            client.stopped().await.reason,
            StoppedEventReason::Breakpoint
        );
        let place = (TEST.to_owned(), project.line("boot"));
        assert_eq!(top(&mut client).await, place);
        client.continue_().await.unwrap();
        let answer = client.response::<requests::Evaluate>(seq).await.unwrap();
        assert_eq!(answer.result, "the subtest boot passed");
        let again = client.stopped().await.reason;
        assert_eq!(again, StoppedEventReason::Other("end".to_owned()));
        assert_eq!(
            client.evaluate("ran.count('boot')").await.unwrap().result,
            "2"
        );
        let why = console(&mut client, ":subtest lost").await.unwrap_err();
        assert!(
            why.contains("those that can are 'boot', 'files', 'last'"),
            "{why}"
        );
        let why = console(&mut client, ":subtest").await.unwrap_err();
        assert!(why.contains("name the subtest"), "{why}");
        // The group fails inside of the stop, and the test still passes.
        console(&mut client, "machine.succeed = None")
            .await
            .unwrap();
        let seq = client.send::<requests::Evaluate>(&types::EvaluateArguments {
            expression: ":subtest files".to_owned(),
            context: Some(types::EvaluateArgumentsContext::Repl),
            ..types::EvaluateArguments::default()
        });
        assert_eq!(client.stopped().await.reason, StoppedEventReason::Exception);
        client.continue_().await.unwrap();
        let answer = client.response::<requests::Evaluate>(seq).await.unwrap();
        assert!(
            answer
                .result
                .starts_with("the subtest files failed: TypeError"),
            "{}",
            answer.result
        );
        client.stopped().await;
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        assert_eq!(summary(&client), "5 subtests: 5 passed");
        end(client).await;
    }
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_refused() {
    let project = Project::new("x = 1  # @x\n");
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    for arguments in [
        Value::Null,
        json!({}),
        json!({ "name": 3 }),
        json!({ "name": "" }),
    ] {
        let answer = client
            .request_raw("nixtest/runSubtest", Some(arguments))
            .await;
        assert!(!answer.success);
    }
    client.continue_().await.unwrap();
    client.terminated().await;
    let late = client
        .request_raw("nixtest/continueWithNextSubtest", None)
        .await;
    assert!(!late.success);
    end(client).await;
}
