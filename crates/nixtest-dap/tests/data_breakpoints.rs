//! Data breakpoints, from the client to the driver and back.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{events, requests, types};
use support::{Project, TEST, end, top};
use test_support::TestClient;

async fn info(
    client: &mut TestClient,
    name: &str,
    frame_id: Option<i64>,
) -> types::DataBreakpointInfoResponse {
    let arguments = types::DataBreakpointInfoArguments {
        name: name.to_owned(),
        frame_id,
        ..Default::default()
    };
    client
        .request::<requests::DataBreakpointInfo>(arguments)
        .await
        .unwrap()
}

async fn watch(client: &mut TestClient, data_ids: &[&str]) -> Vec<types::Breakpoint> {
    let breakpoints = data_ids.iter().map(|data_id| types::DataBreakpoint {
        data_id: (*data_id).to_owned(),
        access_type: Some(types::DataBreakpointAccessType::Write),
        ..Default::default()
    });
    let arguments = types::SetDataBreakpointsArguments {
        breakpoints: breakpoints.collect(),
    };
    client
        .request::<requests::SetDataBreakpoints>(arguments)
        .await
        .unwrap()
        .breakpoints
}

#[tokio::test]
async fn a_variable_that_is_watched_stops_after_the_statement_that_changed_it() {
    let project = Project::new(
        "x = 1\nitems = []\ny = 0  # @y\nx = 2\nitems.append(x)  # @append\nz = 3  # @z\n",
    );
    let mut client = project.start(&["y"]).await;
    client.stopped().await;
    let found = info(&mut client, "x", None).await;
    assert_eq!(found.can_persist, Some(true));
    let items = info(&mut client, "items", None).await;
    let ids = [found.data_id.unwrap(), items.data_id.unwrap()];
    let set = watch(&mut client, &[&ids[0], &ids[1]]).await;
    for ((breakpoint, said), place) in set
        .iter()
        .zip(["x: 1 → 2", "items: [] → [2]"])
        .zip(["append", "z"])
    {
        client.continue_().await.unwrap();
        let stopped = client.stopped().await;
        assert_eq!(stopped.reason, types::StoppedEventReason::DataBreakpoint);
        assert_eq!(
            stopped.hit_breakpoint_ids,
            Some(vec![breakpoint.id.unwrap()])
        );
        assert_eq!(stopped.description.as_deref(), Some(said));
        assert_eq!(
            top(&mut client).await,
            (TEST.to_owned(), project.line(place))
        );
    }
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn the_end_of_a_function_takes_the_breakpoints_on_its_variables_along() {
    let project = Project::new(
        "def work():\n    total = 0\n    total += 1  # @add\n    return total\nwork()\nx = 1\n",
    );
    let mut client = project.start(&["add"]).await;
    client.stopped().await;
    let frame = client.stack().await[0].id;
    let found = info(&mut client, "total", Some(frame)).await;
    assert_eq!(found.description, "total of work()");
    let set = watch(&mut client, &[&found.data_id.unwrap()]).await;
    client.continue_().await.unwrap();
    assert_eq!(
        client.stopped().await.description.as_deref(),
        Some("total: 0 → 1")
    );
    client.continue_().await.unwrap();
    let gone = loop {
        let changed = client.expect_event::<events::Breakpoint>().await.breakpoint;
        if changed.id == set[0].id {
            break changed;
        }
    };
    assert!(!gone.verified && gone.message.unwrap().contains("has returned"));
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn what_cannot_be_watched_says_why() {
    let project = Project::new("x = 1  # @x\n");
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    let found = info(&mut client, "1 +", None).await;
    assert_eq!(found.data_id, None);
    assert!(
        found.description.contains("does not compile"),
        "{}",
        found.description
    );
    let set = watch(&mut client, &["7:x"]).await;
    assert_eq!(
        set[0].message.as_deref(),
        Some("what this data breakpoint was for is gone; set it anew at a stop")
    );
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}
