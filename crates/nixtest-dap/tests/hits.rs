//! Hit counts and log points, from the client to the driver and back.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{events, requests, types};
use support::{Project, TEST, end};
use test_support::TestClient;

/// A client whose session stands before its script, with these breakpoints in the test.
async fn configured(
    project: &Project,
    breakpoints: Vec<types::SourceBreakpoint>,
) -> (TestClient, Vec<types::Breakpoint>) {
    let mut client = project.client();
    client.initialize().await.unwrap();
    client.launch(project.launch()).await.unwrap();
    let set = client
        .set_source_breakpoints(&project.test(), breakpoints)
        .await
        .unwrap();
    client
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    (client, set)
}

fn at(line: i64) -> types::SourceBreakpoint {
    types::SourceBreakpoint {
        line,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_hit_count_chooses_the_stops_and_survives_that_the_client_sends_all_again() {
    let project = Project::new("for i in range(1, 9):\n    x = i  # @body\n    y = i  # @other\n");
    let third = types::SourceBreakpoint {
        hit_condition: Some("%3".to_owned()),
        ..at(project.line("body"))
    };
    let second = types::SourceBreakpoint {
        condition: Some("i == 2".to_owned()),
        ..at(project.line("other"))
    };
    let (mut client, set) = configured(&project, vec![third.clone(), second]).await;
    let placed = client.expect_event::<events::Breakpoint>().await.breakpoint;
    assert_eq!((placed.verified, placed.column), (true, Some(9)));
    client.stopped().await;
    assert_eq!(client.evaluate("i").await.unwrap().result, "2");
    let again = client
        .set_source_breakpoints(&project.test(), vec![third])
        .await
        .unwrap();
    assert_eq!(again[0].id, set[0].id);
    for i in ["3", "6"] {
        client.continue_().await.unwrap();
        let stopped = client.stopped().await;
        assert_eq!(stopped.hit_breakpoint_ids, Some(vec![set[0].id.unwrap()]));
        assert_eq!(client.evaluate("i").await.unwrap().result, i);
    }
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_line_that_is_many_lines_of_the_script_is_counted_as_one() {
    let project = Project::with_nix(
        "{ lib, ... }: {\n  testScript = ''\n    ${lib.concatMapStrings (name: ''\n      x = 1  # @step\n    '') \
         [ \"a\" \"b\" \"c\" ]}\n    y = 2\n  '';\n}\n",
        "x = 1  # @step\nx = 1  # @step\nx = 1  # @step\n\ny = 2\n",
    );
    let second = types::SourceBreakpoint {
        hit_condition: Some("2".to_owned()),
        ..at(project.line("step"))
    };
    let (mut client, _) = configured(&project, vec![second]).await;
    client.stopped().await;
    let script = client.stack().await[0].source.clone().unwrap();
    assert_eq!(script.name.as_deref(), Some(TEST));
    assert_eq!(client.evaluate("x").await.unwrap().result, "1");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_hit_count_that_means_nothing_is_refused_with_the_reason() {
    let project = Project::new("x = 1  # @x\n");
    let wrong = types::SourceBreakpoint {
        hit_condition: Some("often".to_owned()),
        ..at(project.line("x"))
    };
    let (mut client, set) = configured(&project, vec![wrong, at(project.line("x"))]).await;
    let refused = client.expect_event::<events::Breakpoint>().await.breakpoint;
    assert_eq!((refused.id, refused.verified), (set[0].id, false));
    let reason = refused.message.unwrap();
    assert!(
        reason.starts_with("the hit count 'often' is not understood"),
        "{reason}"
    );
    let stopped = client.stopped().await;
    assert_eq!(stopped.hit_breakpoint_ids, Some(vec![set[1].id.unwrap()]));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_log_point_writes_at_its_place_in_the_file_and_never_stops() {
    let project = Project::new(
        "for i in range(4):\n    print('before', i)\n    x = i  # @body\n    print('after', i)\n",
    );
    let log = types::SourceBreakpoint {
        log_message: Some("i is {i}, {{not}} {nothing}\u{1b}[2J".to_owned()),
        hit_condition: Some(">3".to_owned()),
        ..at(project.line("body"))
    };
    let (mut client, _) = configured(&project, vec![log]).await;
    let output = loop {
        let output = client.expect_event::<events::Output>().await;
        if output.line.is_some() {
            break output;
        }
    };
    assert_eq!(
        output.output,
        "i is 3, {not} {error: NameError: name 'nothing' is not defined}\n"
    );
    assert_eq!(output.category, Some(types::OutputEventCategory::Console));
    assert_eq!(
        (output.line, output.column),
        (Some(project.line("body")), Some(9))
    );
    assert_eq!(
        output.source.unwrap().path,
        Some(project.test().display().to_string())
    );
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_hot_log_point_neither_stalls_nor_loses_anything() {
    const TURNS: usize = 20_000;
    let project = Project::new(&format!(
        "for i in range({TURNS}):\n    x = i  # @body\nprint('done')\n"
    ));
    let log = types::SourceBreakpoint {
        log_message: Some("turn {i}".to_owned()),
        ..at(project.line("body"))
    };
    let (mut client, _) = configured(&project, vec![log]).await;
    let mut next = 0;
    while next < TURNS {
        let output = client.expect_event::<events::Output>().await;
        if output.line.is_some() {
            assert_eq!(output.output, format!("turn {next}\n"));
            next += 1;
        }
    }
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}
