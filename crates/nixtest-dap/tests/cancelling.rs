//! `cancel`: what the console runs is interrupted, what waits is dropped, a launch that is prepared ends.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::types::{CancelArguments, EvaluateArguments, EvaluateArgumentsContext};
use dap_protocol::{requests, types};
use support::{Project, end, top};
use test_support::TestClient;

const ENDLESS: &str = "started.write('x'); started.flush()\nwhile True: pass";

/// A script whose console can tell by a file that something runs.
fn project() -> Project {
    Project::new(
        "import time\nstarted = open('started', 'w')\n\ndef work():\n    here = 1  # @inside\n    time.sleep(1000)\n\nx = 1  # @here\nprint('went on', x)\n",
    )
}

fn evaluate(client: &mut TestClient, text: &str, context: EvaluateArgumentsContext) -> i64 {
    client.send::<requests::Evaluate>(&EvaluateArguments {
        expression: text.to_owned(),
        context: Some(context),
        ..EvaluateArguments::default()
    })
}

async fn cancel(client: &mut TestClient, request: i64) {
    let arguments = CancelArguments {
        request_id: Some(request),
        progress_id: None,
    };
    client.request::<requests::Cancel>(arguments).await.unwrap();
}

async fn cancelled(client: &mut TestClient, request: i64) {
    let error = client
        .response::<requests::Evaluate>(request)
        .await
        .unwrap_err();
    assert_eq!(error.message, "cancelled");
}

#[tokio::test]
async fn what_the_console_runs_is_interrupted_and_the_script_is_as_before() {
    let project = project();
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    for endless in [
        ENDLESS,
        "time.sleep(1000)",
        "try:\n    time.sleep(1000)\nexcept Exception: pass\nfinally: x = 5",
    ] {
        let asked = evaluate(&mut client, endless, EvaluateArgumentsContext::Repl);
        cancel(&mut client, asked).await;
        cancelled(&mut client, asked).await;
    }
    assert_eq!(client.evaluate("1 + 1").await.unwrap().result, "2");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(
        client.outputs().contains("went on 1\n"),
        "{}",
        client.outputs()
    );
    end(client).await;
}

#[tokio::test]
async fn what_waits_is_dropped_while_the_console_goes_on() {
    let project = project();
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let frame_id = client.stack().await[0].id;
    let running = evaluate(
        &mut client,
        "time.sleep(1000)",
        EvaluateArgumentsContext::Repl,
    );
    let looks = client.send::<requests::Scopes>(&types::ScopesArguments { frame_id });
    let waits = evaluate(&mut client, "x = 7", EvaluateArgumentsContext::Repl);
    cancel(&mut client, looks).await;
    let error = client
        .response::<requests::Scopes>(looks)
        .await
        .unwrap_err();
    assert_eq!(error.message, "cancelled");
    cancel(&mut client, waits).await;
    cancelled(&mut client, waits).await;
    cancel(&mut client, running).await;
    cancelled(&mut client, running).await;
    client.continue_().await.unwrap();
    client.terminated().await;
    assert!(
        client.outputs().contains("went on 1\n"),
        "{}",
        client.outputs()
    );
    end(client).await;
}

#[tokio::test]
async fn what_is_unknown_or_answered_is_no_error() {
    let project = project();
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    cancel(&mut client, 123_456).await;
    let answered = evaluate(&mut client, "time", EvaluateArgumentsContext::Repl);
    client
        .response::<requests::Evaluate>(answered)
        .await
        .unwrap();
    cancel(&mut client, answered).await;
    let nothing = CancelArguments {
        request_id: None,
        progress_id: Some("nothing".to_owned()),
    };
    client.request::<requests::Cancel>(nothing).await.unwrap();
    client
        .request::<requests::Cancel>(CancelArguments::default())
        .await
        .unwrap();
    assert_eq!(top(&mut client).await.1, project.line("here"));
    end(client).await;
}

#[tokio::test]
async fn going_on_cancels_what_only_looks() {
    let project = project();
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let frame_id = client.stack().await[0].id;
    let watch = evaluate(
        &mut client,
        "time.sleep(1000)",
        EvaluateArgumentsContext::Watch,
    );
    let scopes = client.send::<requests::Scopes>(&types::ScopesArguments { frame_id });
    client.continue_().await.unwrap();
    cancelled(&mut client, watch).await;
    let error = client
        .response::<requests::Scopes>(scopes)
        .await
        .unwrap_err();
    assert_eq!(error.message, "cancelled");
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_stop_inside_of_what_is_cancelled_ends_and_the_outer_one_stands_again() {
    let project = project();
    let mut client = project.start(&["here", "inside"]).await;
    client.stopped().await;
    let asked = evaluate(&mut client, "work()", EvaluateArgumentsContext::Repl);
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("inside"));
    cancel(&mut client, asked).await;
    cancelled(&mut client, asked).await;
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("here"));
    // Breakpoints go on to hit.
    let asked = evaluate(&mut client, "work()", EvaluateArgumentsContext::Repl);
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("inside"));
    let interrupted = client.evaluate(":interrupt").await.unwrap();
    assert_eq!(interrupted.result, "");
    cancelled(&mut client, asked).await;
    client.stopped().await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_launch_that_is_prepared_is_cancelled_by_its_progress() {
    let mut project = project();
    project.fixture.write(
        "driver/bin/nixos-test-driver",
        "#!/bin/bash\nexec sleep 1000\n",
    );
    let mut client = project.client();
    client.initialize().await.unwrap();
    let launch = client.launch(project.launch()).await.unwrap();
    client.response::<requests::Launch>(launch).await.unwrap();
    let progress = CancelArguments {
        request_id: None,
        progress_id: Some("launch".to_owned()),
    };
    client.request::<requests::Cancel>(progress).await.unwrap();
    client.terminated().await;
    let told = client.outputs();
    assert!(told.contains("The launch was cancelled"), "{told}");
    end(client).await;
    support::assert_nothing_stays(project.fixture.directory());
}
