//! Function breakpoints, from the client to the driver and back.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{events, requests, types};
use serde_json::json;
use support::{Project, TEST, end, top};
use test_support::TestClient;

fn named(name: &str) -> types::FunctionBreakpoint {
    types::FunctionBreakpoint {
        name: name.to_owned(),
        ..Default::default()
    }
}

async fn set(
    client: &mut TestClient,
    breakpoints: Vec<types::FunctionBreakpoint>,
) -> Vec<types::Breakpoint> {
    let arguments = types::SetFunctionBreakpointsArguments { breakpoints };
    client
        .request::<requests::SetFunctionBreakpoints>(arguments)
        .await
        .unwrap()
        .breakpoints
}

async fn started(
    project: &Project,
    breakpoints: Vec<types::FunctionBreakpoint>,
) -> (TestClient, Vec<types::Breakpoint>) {
    let mut client = project.client();
    client.initialize().await.unwrap();
    // There is no breakpoint in it that names it.
    let mut launch = project.launch();
    launch["file"] = json!(project.test());
    client.launch(launch).await.unwrap();
    let answers = set(&mut client, breakpoints).await;
    client
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    (client, answers)
}

#[tokio::test]
async fn a_function_of_the_script_stops_where_it_begins() {
    let project =
        Project::new("def greet(name):  # @greet\n    return name\ngreet('a')\ngreet('b')\n");
    let second = types::FunctionBreakpoint {
        condition: Some("name == 'b'".to_owned()),
        ..named("greet")
    };
    let (mut client, answers) = started(&project, vec![second]).await;
    assert!(!answers[0].verified);
    let placed = client.expect_event::<events::Breakpoint>().await.breakpoint;
    assert_eq!(
        (placed.id, placed.verified, placed.line),
        (answers[0].id, true, Some(project.line("greet")))
    );
    let stopped = client.stopped().await;
    assert_eq!(
        stopped.reason,
        types::StoppedEventReason::FunctionBreakpoint
    );
    assert_eq!(
        stopped.hit_breakpoint_ids,
        Some(vec![answers[0].id.unwrap()])
    );
    assert_eq!(stopped.description.as_deref(), Some("greet('b') is called"));
    assert_eq!(client.evaluate("name").await.unwrap().result, "'b'");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_call_of_the_driver_stops_at_the_line_that_calls() {
    let project = Project::new(
        "def outer():\n    retry(lambda _: True)  # @retry\nwith subtest('a'):  # @subtest\n    outer()\n",
    );
    let (mut client, answers) =
        started(&project, vec![named("subtest"), named("driver.retry")]).await;
    let ids: Vec<_> = answers.iter().map(|answer| answer.id.unwrap()).collect();
    for (id, place) in ids.iter().zip(["subtest", "retry"]) {
        let stopped = client.stopped().await;
        assert_eq!(stopped.hit_breakpoint_ids, Some(vec![*id]));
        assert_eq!(
            top(&mut client).await,
            (TEST.to_owned(), project.line(place))
        );
        client.continue_().await.unwrap();
    }
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_name_that_nothing_has_is_refused_with_the_nearest_and_one_that_comes_later_counts() {
    let project = Project::new("def greet(name):\n    return name\nx = 1  # @x\ngreet('a')\n");
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    let answers = set(&mut client, vec![named("gret"), named("greet")]).await;
    assert_eq!(
        answers[0].message.as_deref(),
        Some("there is no function 'gret'; did you mean 'greet'?")
    );
    assert!(!answers[0].verified && answers[1].verified);
    client.continue_().await.unwrap();
    assert_eq!(
        client.stopped().await.description.as_deref(),
        Some("greet('a') is called")
    );
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}
