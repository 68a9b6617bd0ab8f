//! Stepping into one of several calls of a line.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{requests, types};
use support::{Project, end, top};

#[tokio::test]
async fn a_call_of_the_line_is_chosen_and_gone_into() {
    let project = Project::new(
        "def one():\n    return 1  # @one\n\ndef add(a, b):\n    return a + b  # @add\n\nx = add(one(), len('ab'))  # @here\ny = 2  # @next\n",
    );
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let frame_id = client.stack().await[0].id;
    let targets = client
        .request::<requests::StepInTargets>(types::StepInTargetsArguments { frame_id })
        .await
        .unwrap()
        .targets;
    let line = project.line("here");
    let places: Vec<_> = targets
        .iter()
        .map(|target| {
            (
                target.label.as_str(),
                target.line,
                target.column,
                target.end_column,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("one(…)", Some(line), Some(13), Some(18)),
            ("add(…)", Some(line), Some(9), Some(30))
        ]
    );
    let arguments = types::StepInArguments {
        thread_id: 1,
        target_id: Some(targets[1].id),
        ..types::StepInArguments::default()
    };
    client.request::<requests::StepIn>(arguments).await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("add"));
    let stale = types::StepInArguments {
        thread_id: 1,
        target_id: Some(targets[0].id),
        ..types::StepInArguments::default()
    };
    let refused = client.request::<requests::StepIn>(stale).await.unwrap_err();
    assert!(
        refused.text().contains("ask for the targets again"),
        "{refused:?}"
    );
    end(client).await;
}
