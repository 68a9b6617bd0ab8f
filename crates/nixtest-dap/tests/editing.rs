//! Files that are edited while their test runs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{requests, types};
use support::places::{GENERATED, generated};
use support::{Project, TEST, end, top};

#[tokio::test]
async fn an_edit_during_the_run_carries_breakpoints_and_a_changed_line_is_said_to_be_changed() {
    let mut project =
        Project::new("a = 1  # @a\nb = 2  # @b\nc = 3  # @c\nd = 4  # @d\ne = 5  # @e\n");
    let mut client = project.start(&["a", "d"]).await;
    client.stopped().await;

    let edited = project
        .fixture
        .text(TEST)
        .replace("    a = 1", "    # one\n    # two\n    a = 1")
        .replace("c = 3", "c = 33");
    project.fixture.write(TEST, &edited);
    // Another source is set, which places all of them anew: the breakpoint on `d` is where it was, with a new number.
    let arguments = types::SetBreakpointsArguments {
        source: generated(),
        breakpoints: Some(Vec::new()),
        ..Default::default()
    };
    client
        .request::<requests::SetBreakpoints>(arguments)
        .await
        .unwrap();
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(
        top(&mut client).await,
        (TEST.to_owned(), project.line("d")),
        "the breakpoint that the client did not send again"
    );
    end(client).await;

    let mut client = {
        project.fixture.write(
            TEST,
            &edited
                .replace("    # one\n    # two\n", "")
                .replace("c = 33", "c = 3"),
        );
        project.start(&["a"]).await
    };
    client.stopped().await;
    project.fixture.write(TEST, &edited);
    let lines = ["b", "c", "d"].map(|marker| project.line(marker));
    let set = client
        .set_breakpoints(&project.test(), &lines)
        .await
        .unwrap();
    let set: Vec<_> = set
        .into_iter()
        .map(|breakpoint| (breakpoint.verified, breakpoint.line, breakpoint.message))
        .collect();
    let refusal = format!(
        "line {} of {TEST} was changed after the test was evaluated; start the test again to stop there",
        lines[1]
    );
    assert_eq!(
        set,
        [
            (true, Some(lines[0]), None),
            (false, Some(lines[1]), Some(refusal)),
            (true, Some(lines[2]), None)
        ]
    );
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await, (TEST.to_owned(), lines[0]));
    client.next().await.unwrap();
    client.stopped().await;
    assert_eq!(
        top(&mut client).await,
        (GENERATED.to_owned(), 3),
        "a changed line is no place to show"
    );
    client.next().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await, (TEST.to_owned(), lines[2]));
    let said = format!(
        "{} was changed after the test was evaluated",
        project.test().display()
    );
    assert_eq!(client.outputs().matches(&said).count(), 1);
    end(client).await;
}
