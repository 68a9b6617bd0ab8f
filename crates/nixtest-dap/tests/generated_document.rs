//! The generated document: breakpoints in it, the way from files to it and back, and columns in both.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{requests, types};
use serde_json::{Value, json};
use support::places::{GENERATED, generated, in_three_files, with_a_repeated_step};
use support::{Project, TEST, end, top};
use test_support::TestClient;

async fn translated(client: &mut TestClient, arguments: Value) -> Value {
    let response = client
        .request_raw("nixtest/translatePosition", Some(arguments))
        .await;
    response.body.unwrap()
}

#[tokio::test]
async fn the_generated_document_takes_breakpoints_while_frames_stand_in_files() {
    let project = in_three_files();
    let mut client = project.start(&["done"]).await;
    client.stopped().await;
    end(client).await;

    let mut client = project.client();
    let mut launch = project.launch();
    launch["file"] = json!(project.test());
    launch["stopOnEntry"] = true.into();
    client.start(launch, &[]).await.unwrap();
    client.stopped().await;
    assert_eq!(
        top(&mut client).await,
        (
            "setup.nix".to_owned(),
            project.fixture.line("setup.nix", "ready")
        )
    );
    let arguments = types::SetBreakpointsArguments {
        source: generated(),
        breakpoints: Some(vec![types::SourceBreakpoint {
            line: 5,
            ..Default::default()
        }]),
        ..Default::default()
    };
    let set = client
        .request::<requests::SetBreakpoints>(arguments)
        .await
        .unwrap()
        .breakpoints;
    assert_eq!((set[0].verified, set[0].line), (true, Some(5)));
    client.continue_().await.unwrap();
    let stopped = client.stopped().await;
    assert_eq!(stopped.hit_breakpoint_ids, set[0].id.map(|id| vec![id]));
    assert_eq!(top(&mut client).await, ("checks.py".to_owned(), 2));
    client.step_out().await.unwrap();
    client.stopped().await;
    assert_eq!(
        top(&mut client).await,
        (TEST.to_owned(), project.line("done"))
    );
    end(client).await;
}

#[tokio::test]
async fn positions_are_carried_between_files_and_the_generated_document() {
    let project = with_a_repeated_step();
    let mut client = project.client();
    client.initialize().await.unwrap();
    let path = project.test();
    let step = project.line("step");
    let of_step = json!({ "source": { "path": path }, "line": step });
    assert_eq!(
        translated(&mut client, of_step.clone()).await,
        json!({ "positions": [], "reason": "the test script is not known yet" })
    );
    client.launch(project.launch()).await.unwrap();
    client.set_breakpoints(&path, &[step]).await.unwrap();
    client
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    client.stopped().await;

    let lines = |body: &Value| -> Vec<(String, i64, i64)> {
        let positions = body["positions"].as_array().unwrap().iter();
        positions
            .map(|position| {
                (
                    position["source"]["name"].as_str().unwrap().to_owned(),
                    position["line"].as_i64().unwrap(),
                    position["column"].as_i64().unwrap(),
                )
            })
            .collect()
    };
    let generated = |line, column| (GENERATED.to_owned(), line, column);
    assert_eq!(
        lines(&translated(&mut client, of_step).await),
        [generated(2, 1), generated(4, 1)]
    );
    let of_number = json!({ "source": { "path": path }, "line": step, "column": 14 });
    assert_eq!(
        lines(&translated(&mut client, of_number).await),
        [generated(2, 10), generated(4, 10)]
    );
    let of_second = json!({ "source": { "sourceReference": 1 }, "line": 4 });
    assert_eq!(
        lines(&translated(&mut client, of_second).await),
        [(TEST.to_owned(), step, 5)]
    );
    let of_nothing = json!({ "source": { "sourceReference": 1 }, "line": 40 });
    assert_eq!(
        translated(&mut client, of_nothing).await,
        json!({ "positions": [], "reason": format!("{GENERATED} has no line 40") })
    );
    let outside = json!({ "source": { "path": path }, "line": 1 });
    assert_eq!(
        translated(&mut client, outside).await["reason"],
        format!("line 1 of {TEST} is not part of the test script")
    );
    end(client).await;
}

#[tokio::test]
async fn columns_count_utf_16_code_units() {
    let script = "def boom():\n    here = 1  # @here\n\ngreeting = \"é😀\"; boom()  # @call\n";
    let project = Project::new(script);
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let stack = client.stack().await;
    assert_eq!(
        (stack[1].line, stack[1].column, stack[1].end_column),
        (project.line("call"), 23, Some(29))
    );
    end(client).await;

    let project = Project::with_nix(
        "{ testScript = (import ./elsewhere.nix).script; }\n",
        script,
    );
    let mut client = project.client();
    let mut launch = project.launch();
    launch["stopOnEntry"] = true.into();
    client.start(launch, &[]).await.unwrap();
    client.stopped().await;
    let arguments = types::SetBreakpointsArguments {
        source: generated(),
        breakpoints: Some(vec![types::SourceBreakpoint {
            line: 2,
            ..Default::default()
        }]),
        ..Default::default()
    };
    client
        .request::<requests::SetBreakpoints>(arguments)
        .await
        .unwrap();
    client.continue_().await.unwrap();
    client.stopped().await;
    let stack = client.stack().await;
    assert_eq!(
        (stack[1].line, stack[1].column, stack[1].end_column),
        (4, 19, Some(25))
    );
    end(client).await;
}
