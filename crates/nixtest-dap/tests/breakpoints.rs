//! Breakpoints of the client and what becomes of them: where they move, when they are refused, which of them hit.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{events, requests, types};
use support::{Project, TEST, end, top};

#[tokio::test]
async fn a_breakpoint_is_verified_when_the_script_is_known() {
    let project = Project::new("x = 1  # @code\n\n# only a comment  # @comment\ny = 2  # @next\n");
    let mut client = project.client();
    let lines = [
        project.line("code"),
        project.line("comment"),
        project.line("outside"),
    ];
    let set = client
        .start(project.launch(), &[(&project.test(), &lines)])
        .await
        .unwrap();
    assert!(set.iter().all(|breakpoint| !breakpoint.verified));

    let mut placed = std::collections::BTreeMap::new();
    for _ in &lines {
        let breakpoint = client.expect_event::<events::Breakpoint>().await.breakpoint;
        placed.insert(
            breakpoint.id.unwrap(),
            (
                breakpoint.verified,
                breakpoint.line.unwrap(),
                breakpoint.message,
            ),
        );
    }
    assert_eq!(placed[&1], (true, project.line("code"), None));
    assert_eq!(
        placed[&2],
        (true, project.line("next"), None),
        "a comment's breakpoint moves to the next code"
    );
    let refused = (
        false,
        project.line("outside"),
        Some(format!(
            "line {} of {TEST} is not part of the test script",
            lines[2]
        )),
    );
    assert_eq!(placed[&3], refused);

    client.stopped().await;
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(
        top(&mut client).await,
        (TEST.to_owned(), project.line("next"))
    );
    end(client).await;
}

#[tokio::test]
async fn a_condition_decides_whether_a_breakpoint_stops() {
    let project = Project::new("for i in range(5):\n    square = i * i  # @square\n");
    let mut client = project.client();
    client.initialize().await.unwrap();
    client.launch(project.launch()).await.unwrap();
    let breakpoint = types::SourceBreakpoint {
        line: project.line("square"),
        condition: Some("i == 3".to_owned()),
        ..Default::default()
    };
    client
        .set_source_breakpoints(&project.test(), vec![breakpoint])
        .await
        .unwrap();
    client
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    client.stopped().await;
    assert_eq!(client.evaluate("i").await.unwrap().result, "3");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn requests_for_breakpoints_that_overtake_each_other_are_answered_for_what_they_asked() {
    let project = Project::new("a = 1  # @a\nb = 2  # @b\nc = 3  # @c\n");
    let mut client = project.start(&["a"]).await;
    client.stopped().await;
    let set = |markers: &[&str]| types::SetBreakpointsArguments {
        source: types::Source {
            path: Some(project.test().display().to_string()),
            ..Default::default()
        },
        breakpoints: Some(
            markers
                .iter()
                .map(|marker| types::SourceBreakpoint {
                    line: project.line(marker),
                    ..Default::default()
                })
                .collect(),
        ),
        ..Default::default()
    };
    let many = client.send::<requests::SetBreakpoints>(&set(&["a", "b", "c"]));
    let one = client.send::<requests::SetBreakpoints>(&set(&["c"]));
    assert_eq!(
        client
            .response::<requests::SetBreakpoints>(many)
            .await
            .unwrap()
            .breakpoints
            .len(),
        3
    );
    assert_eq!(
        client
            .response::<requests::SetBreakpoints>(one)
            .await
            .unwrap()
            .breakpoints
            .len(),
        1
    );
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(
        top(&mut client).await.1,
        project.line("c"),
        "the newest list counts"
    );
    end(client).await;
}

#[tokio::test]
async fn a_breakpoint_that_was_set_through_a_link_is_answered_and_hit_through_the_link() {
    let project = Project::new("a = 1  # @a\nb = 2  # @b\n");
    let link = project.fixture.path("link.nix");
    std::os::unix::fs::symlink(project.test(), &link).unwrap();
    let mut client = project.client();
    client
        .start(project.launch(), &[(&link, &[project.line("a")])])
        .await
        .unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await.0, "link.nix");
    // The same file under its own name is another source, and takes nothing away.
    let set = client
        .set_breakpoints(&project.test(), &[project.line("b")])
        .await
        .unwrap();
    assert!(set[0].verified);
    let set = client.set_breakpoints(&link, &[]).await.unwrap();
    assert!(set.is_empty());
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await, (TEST.to_owned(), project.line("b")));
    end(client).await;
}

#[tokio::test]
async fn lines_that_no_file_has_are_refused() {
    let project = Project::new("a = 1  # @a\n");
    let mut client = project
        .client()
        .with_abilities(types::InitializeRequestArguments {
            adapter_id: "nixtest".to_owned(),
            lines_start_at1: Some(false),
            ..Default::default()
        });
    client
        .start(
            project.launch(),
            &[(
                &project.test(),
                &[0, 9_007_199_254_740_990, project.line("a") - 1],
            )],
        )
        .await
        .unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("a") - 1);
    end(client).await;
}

#[tokio::test]
async fn a_script_that_cannot_be_mapped_is_debugged_in_a_generated_document() {
    let project = Project::with_nix(
        "{ testScript = (import ./elsewhere.nix).script; } # @nix\n",
        "x = 1\ny = 2\n",
    );
    let mut client = project.client();
    let mut launch = project.launch();
    launch["stopOnEntry"] = true.into();
    client
        .start(launch, &[(&project.test(), &[1])])
        .await
        .unwrap();
    let refused = client.expect_event::<events::Breakpoint>().await.breakpoint;
    assert!(
        refused
            .message
            .unwrap()
            .contains("set the breakpoint in the generated script")
    );
    client.stopped().await;
    let source = client.stack().await[0].source.clone().unwrap();
    assert_eq!(source.path, None);
    let reference = source.source_reference.unwrap();
    let arguments = types::SourceArguments {
        source: Some(source.clone()),
        source_reference: reference,
    };
    assert_eq!(
        client
            .request::<requests::Source>(arguments)
            .await
            .unwrap()
            .content,
        "x = 1\ny = 2\n"
    );

    let arguments = types::SetBreakpointsArguments {
        source,
        breakpoints: Some(vec![types::SourceBreakpoint {
            line: 2,
            ..Default::default()
        }]),
        ..Default::default()
    };
    let placed = client
        .request::<requests::SetBreakpoints>(arguments)
        .await
        .unwrap()
        .breakpoints;
    assert!(placed[0].verified);
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(client.stack().await[0].line, 2);
    end(client).await;
}

#[tokio::test]
async fn two_breakpoints_that_meet_on_one_line_are_both_reported_as_hit() {
    let project = Project::new("x = 1\n# a remark  # @remark\ny = 2  # @y\n");
    let mut client = project.start(&["remark", "y"]).await;
    assert_eq!(client.stopped().await.hit_breakpoint_ids, Some(vec![1, 2]));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}
