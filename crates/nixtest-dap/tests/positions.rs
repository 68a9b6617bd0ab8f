//! Every edge where a position of a file enters or leaves: places for breakpoints, what becomes of them, frames.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{events, requests, types};
use serde_json::json;
use support::places::{file, generated, in_three_files, locations, with_a_repeated_step};
use support::{Project, TEST, end, top};
use test_support::TestClient;

/// What became of each of the client's first breakpoints, by their ids.
async fn placed(client: &mut TestClient, count: usize) -> Vec<(bool, i64, Option<String>)> {
    let mut placed = Vec::new();
    for _ in 0..count {
        let breakpoint = client.expect_event::<events::Breakpoint>().await.breakpoint;
        placed.push((
            breakpoint.id,
            (
                breakpoint.verified,
                breakpoint.line.unwrap(),
                breakpoint.message,
            ),
        ));
    }
    placed.sort();
    placed.into_iter().map(|(_, what)| what).collect()
}

#[tokio::test]
async fn the_lines_where_a_breakpoint_can_be_set_are_told() {
    let project = Project::new(
        "x = 1  # @x\n\ndef f():  # @f\n    # a remark\n    return (1,  # @return\n        2)\nf()  # @call\n",
    );
    let mut client = project.client();
    client.initialize().await.unwrap();
    assert!(client.capabilities().supports_breakpoint_locations_request == Some(true));
    assert_eq!(
        locations(&mut client, file(&project.test()), 1, 99).await,
        [],
        "nobody knows the script yet"
    );
    client.launch(project.launch()).await.unwrap();
    client
        .set_breakpoints(&project.test(), &[project.line("x")])
        .await
        .unwrap();
    client
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    client.stopped().await;

    let line = |marker| project.line(marker);
    assert_eq!(
        locations(&mut client, file(&project.test()), 1, 99).await,
        [
            (line("x"), Some(5)),
            (line("f"), Some(5)),
            (line("return"), Some(9)),
            (line("call"), Some(5))
        ]
    );
    assert_eq!(
        locations(&mut client, file(&project.test()), line("f"), line("f") + 2).await,
        [(line("f"), Some(5)), (line("return"), Some(9))]
    );
    let after = types::BreakpointLocationsArguments {
        source: file(&project.test()),
        line: line("return"),
        column: Some(10),
        ..Default::default()
    };
    let after = client
        .request::<requests::BreakpointLocations>(after)
        .await
        .unwrap();
    assert_eq!(after.breakpoints, []);
    assert_eq!(
        locations(&mut client, generated(), 1, 99).await,
        [(1, Some(1)), (3, Some(1)), (5, Some(5)), (7, Some(1))]
    );
    let elsewhere = project.fixture.path("elsewhere.nix");
    assert_eq!(locations(&mut client, file(&elsewhere), 1, 99).await, []);
    end(client).await;
}

#[tokio::test]
async fn a_line_that_is_said_twice_hits_twice_and_is_one_place() {
    let project = with_a_repeated_step();
    let mut client = project.start(&["step"]).await;
    for count in ["0", "1"] {
        client.stopped().await;
        assert_eq!(
            top(&mut client).await,
            (TEST.to_owned(), project.line("step"))
        );
        assert_eq!(client.evaluate("count").await.unwrap().result, count);
        client.continue_().await.unwrap();
    }
    assert_eq!(client.terminated().await, Some(0));
    let zero = project.line("zero");
    assert_eq!(
        locations(&mut client, file(&project.test()), 1, 99).await,
        [
            (project.line("step"), Some(5)),
            (zero, Some(5)),
            (zero + 1, None),
            (zero + 2, None),
            (project.line("print"), Some(5))
        ]
    );
    end(client).await;
}

#[tokio::test]
async fn a_breakpoint_on_an_interpolation_means_the_first_line_of_its_value() {
    let project = with_a_repeated_step();
    let second = project.line("zero") + 2;
    let mut client = project.client();
    client
        .start(project.launch(), &[(&project.test(), &[second])])
        .await
        .unwrap();
    client.stopped().await;
    assert_eq!(client.evaluate("count").await.unwrap().result, "1");
    assert_eq!(top(&mut client).await.1, project.line("step"));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_value_that_no_file_spells_stands_on_its_interpolation() {
    let project = Project::with_nix(
        "{\n  name = \"sample\";\n  testScript = ''\n    start = 0  # @start\n    ${(import ./elsewhere.nix).setup}  # @setup\n    \
         end = 3  # @end\n  '';\n}\n",
        "start = 0  # @start\na = 1\nb = 2  # @setup\nend = 3  # @end\n",
    );
    let mut client = project.start(&["setup"]).await;
    client.stopped().await;
    assert_eq!(client.evaluate("a").await.unwrap().result, "1");
    assert_eq!(top(&mut client).await.1, project.line("setup"));
    end(client).await;

    let project = Project::with_nix(
        "{\n  name = \"sample\";\n  testScript = ''\n    start = 0  # @start\n    ${\n      (import ./elsewhere.nix).setup\n    }\n    \
         end = 3  # @end\n  '';\n}\n",
        "start = 0  # @start\na = 1\nb = 2\nend = 3  # @end\n",
    );
    let hole = project.line("start") + 1;
    for line in [hole, hole + 1] {
        let mut client = project.client();
        client
            .start(project.launch(), &[(&project.test(), &[line])])
            .await
            .unwrap();
        client.stopped().await;
        assert_eq!(top(&mut client).await, (TEST.to_owned(), hole));
        assert!(
            client.evaluate("a").await.is_err(),
            "nothing of the value has run"
        );
        assert_eq!(
            locations(&mut client, file(&project.test()), 1, 99).await,
            [
                (project.line("start"), Some(5)),
                (hole, Some(5)),
                (project.line("end"), Some(5))
            ]
        );
        client.next().await.unwrap();
        client.stopped().await;
        assert_eq!(top(&mut client).await, (TEST.to_owned(), hole));
        assert_eq!(
            client.evaluate("'b' in globals()").await.unwrap().result,
            "False",
            "a step goes through the value"
        );
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}

#[tokio::test]
async fn breakpoints_hit_in_every_file_of_a_test() {
    let project = in_three_files();
    let (setup, checks) = (
        project.fixture.path("setup.nix"),
        project.fixture.path("checks.py"),
    );
    let ready = project.fixture.line("setup.nix", "ready");
    let back = project.fixture.line("checks.py", "return");
    let mut client = project.client();
    let mut launch = project.launch();
    launch["file"] = json!(project.test());
    client
        .start(
            launch,
            &[
                (&checks, &[back]),
                (&setup, &[1, ready]),
                (&project.test(), &[project.line("done")]),
            ],
        )
        .await
        .unwrap();
    let placed = placed(&mut client, 4).await;
    assert_eq!(
        placed,
        [
            (true, back, None),
            (true, ready, None),
            (true, ready, None),
            (true, project.line("done"), None)
        ]
    );
    for stop in [
        ("setup.nix", ready),
        ("checks.py", back),
        (TEST, project.line("done")),
    ] {
        client.stopped().await;
        assert_eq!(top(&mut client).await, (stop.0.to_owned(), stop.1));
        client.continue_().await.unwrap();
    }
    assert_eq!(client.terminated().await, Some(0));
    assert_eq!(
        locations(&mut client, file(&checks), 1, 99).await,
        [(1, Some(1)), (2, Some(5)), (4, Some(1))]
    );
    end(client).await;
}

#[tokio::test]
async fn a_file_that_no_part_of_the_script_is_in_is_refused_with_those_that_have_it() {
    let mut project = in_three_files();
    project.fixture.write("other.nix", "{ }\n");
    let mut client = project.start(&["done"]).await;
    client.stopped().await;
    let other = project.fixture.path("other.nix");
    let set = client.set_breakpoints(&other, &[1]).await.unwrap();
    let reason = set[0].message.clone().unwrap();
    assert!(
        reason.starts_with("other.nix holds no part of this test's script, which comes from ")
            && reason.contains("/setup.nix")
            && reason.contains("/checks.py"),
        "{reason}"
    );
    end(client).await;
}

#[tokio::test]
async fn a_line_that_no_statement_follows_is_refused_in_words_that_fit_every_file() {
    let project = Project::new("x = 1  # @x\n# the end  # @end\n");
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    let line = project.line("end");
    let set = client
        .set_breakpoints(&project.test(), &[line])
        .await
        .unwrap();
    assert_eq!(
        (set[0].verified, set[0].line, set[0].message.as_deref()),
        (
            false,
            Some(line),
            Some("no statement follows this line in its block; choose another line")
        )
    );
    end(client).await;
}

#[tokio::test]
async fn a_copy_in_the_store_means_the_file_it_was_made_from() {
    let mut project = Project::new("a = 1  # @a\nb = 2  # @b\n");
    let text = project.fixture.text(TEST).to_owned();
    let copy = "store/61hcyi1a2a51m6992yvymzglask2fc0p-source/test.nix";
    let stale = "store/71hcyi1a2a51m6992yvymzglask2fc0p-source/test.nix";
    project.fixture.write(copy, &text);
    project
        .fixture
        .write(stale, &text.replace("a = 1", "a = 0"));
    let path = project.fixture.path(copy);
    // The copy is named before anybody knows the script, and before the file.
    let mut client = project.client();
    client
        .start(
            project.launch(),
            &[
                (&path, &[project.line("a")]),
                (&project.test(), &[project.line("a")]),
            ],
        )
        .await
        .unwrap();
    client.stopped().await;
    let set = client
        .set_breakpoints(&path, &[project.line("b")])
        .await
        .unwrap();
    assert_eq!(
        (set[0].verified, set[0].line, set[0].message.clone()),
        (true, Some(project.line("b")), None)
    );
    assert_eq!(
        locations(&mut client, file(&path), 1, 99).await,
        [(project.line("a"), Some(5)), (project.line("b"), Some(5))]
    );
    let stale = project.fixture.path(stale);
    let set = client.set_breakpoints(&stale, &[4]).await.unwrap();
    assert_eq!(
        set[0].message.clone().unwrap(),
        format!(
            "{} is a copy that this test's script does not come from; the script comes from {}",
            stale.display(),
            project.test().display()
        )
    );
    client.continue_().await.unwrap();
    client.stopped().await;
    let stack = client.stack().await;
    let source = stack[0].source.clone().unwrap();
    assert_eq!(
        (source.path, stack[0].line),
        (
            Some(project.test().display().to_string()),
            project.line("b")
        )
    );
    end(client).await;
}
