//! Going to another line of the script: skipping, repeating, beginning a frame anew.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::path::Path;

use dap_protocol::{ErrorResponse, requests, types};
use support::drivers::Driver;
use support::places::generated;
use support::{Project, TEST, end, top};
use test_support::TestClient;

fn file(path: &Path) -> types::Source {
    types::Source {
        path: Some(path.display().to_string()),
        ..types::Source::default()
    }
}

async fn targets(
    client: &mut TestClient,
    source: types::Source,
    line: i64,
) -> Result<Vec<types::GotoTarget>, ErrorResponse> {
    let arguments = types::GotoTargetsArguments {
        source,
        line,
        column: None,
    };
    let found = client.request::<requests::GotoTargets>(arguments).await?;
    Ok(found.targets)
}

/// Goes to the only target of a line, and returns where the script stands then.
async fn go(client: &mut TestClient, source: types::Source, line: i64) -> (String, i64) {
    let found = targets(client, source, line).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    let arguments = types::GotoArguments {
        thread_id: 1,
        target_id: found[0].id,
    };
    client.request::<requests::Goto>(arguments).await.unwrap();
    went(client).await
}

async fn went(client: &mut TestClient) -> (String, i64) {
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Goto);
    top(client).await
}

#[tokio::test]
async fn statements_are_skipped_and_repeated_and_nothing_between_runs() {
    let project = Project::new(
        "log = []\nlog.append('one')  # @one\nlog.append('two')  # @two\nlog.append('three')  # @three\nprint('-'.join(log))\n",
    );
    let mut client = project.start(&["one"]).await;
    client.stopped().await;
    let there = go(&mut client, file(&project.test()), project.line("three")).await;
    assert_eq!(there, (TEST.to_owned(), project.line("three")));
    assert_eq!(client.evaluate("log").await.unwrap().result, "[]");
    client.next().await.unwrap();
    client.stopped().await;
    assert_eq!(client.evaluate("log").await.unwrap().result, "['three']");
    let there = go(&mut client, generated(), 3).await;
    assert_eq!(there, (TEST.to_owned(), project.line("two")));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(
        client.outputs().contains("three-two-three\n"),
        "{}",
        client.outputs()
    );
    end(client).await;
}

#[tokio::test]
async fn inside_blocks_and_functions_python_decides_and_says_why_not() {
    let project = Project::new(
        "def work(log):\n    log.append('one')  # @one\n    for turn in range(2):\n        log.append(turn)  # @turn\n    log.append('two')  # @two\n    return log\n\nif True:\n    found = work([])\n    print(found)  # @print\nother = 1  # @other\n",
    );
    let mut client = project.start(&["one"]).await;
    client.stopped().await;
    let refused = targets(&mut client, file(&project.test()), project.line("turn"))
        .await
        .unwrap_err();
    assert_eq!(
        refused.text(),
        "the script cannot go there: it is in a for loop that the script is not in"
    );
    let two = project.line("two");
    assert_eq!(
        go(&mut client, file(&project.test()), two).await,
        (TEST.to_owned(), two)
    );
    client.next().await.unwrap();
    client.stopped().await;
    assert_eq!(client.evaluate("log").await.unwrap().result, "['two']");
    // Out of the function, into the block that called it: the call is left.
    let print = project.line("print");
    assert_eq!(
        go(&mut client, file(&project.test()), print).await,
        (TEST.to_owned(), print)
    );
    assert_eq!(client.stack().await.len(), 1);
    assert_eq!(
        client
            .evaluate("'found' in globals()")
            .await
            .unwrap()
            .result,
        "False"
    );
    let stale = types::GotoArguments {
        thread_id: 1,
        target_id: 4711,
    };
    let refused = client.request::<requests::Goto>(stale).await.unwrap_err();
    assert!(refused.text().contains("no target 4711"), "{refused}");
    let outside = project.line("outside");
    let refused = targets(&mut client, file(&project.test()), outside)
        .await
        .unwrap_err();
    assert!(!refused.text().is_empty());
    client.next().await.unwrap();
    let failed = client.stopped().await;
    assert_eq!(failed.reason, types::StoppedEventReason::Exception);
    go(&mut client, file(&project.test()), project.line("other")).await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn after_a_failure_the_script_goes_on_at_another_statement() {
    let project = Project::new(
        "with subtest('one'):\n    assert False, 'no'  # @fails\nprint('later')  # @later\n",
    );
    let mut client = project.start(&["later"]).await;
    assert_eq!(
        client.stopped().await.reason,
        types::StoppedEventReason::Exception
    );
    go(&mut client, file(&project.test()), project.line("later")).await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(
        client.outputs().contains("later\n")
            && client.outputs().contains("The test script passed.")
    );
    end(client).await;
}

#[tokio::test]
async fn a_frame_begins_again() {
    let project = Project::new(
        "count = 0\ndef work(step):\n    global count\n    count += step  # @first\n    step = 10\n    return count  # @return\n\nwork(1)  # @call\nprint(count)  # @print\n",
    );
    let mut client = project.start(&["return"]).await;
    client.stopped().await;
    let stack = client.stack().await;
    let restart = |frame: &types::StackFrame| types::RestartFrameArguments { frame_id: frame.id };
    client
        .request::<requests::RestartFrame>(restart(&stack[0]))
        .await
        .unwrap();
    assert_eq!(went(&mut client).await.1, project.line("first"));
    client.continue_().await.unwrap();
    client.stopped().await;
    // The parameter has the value that the first turn gave it.
    assert_eq!(client.evaluate("count").await.unwrap().result, "11");
    let stack = client.stack().await;
    client
        .request::<requests::RestartFrame>(restart(&stack[1]))
        .await
        .unwrap();
    assert_eq!(went(&mut client).await.1, project.line("call"));
    client
        .set_breakpoints(&project.test(), &[project.line("print")])
        .await
        .unwrap();
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(client.evaluate("count").await.unwrap().result, "12");
    end(client).await;
}

#[tokio::test]
async fn the_console_skips_and_goes() {
    let project = Project::new(
        "a = 1  # @a\nfor turn in range(3):\n    b = turn  # @b\nc = 3  # @c\nd = 4  # @d\n",
    );
    let mut client = project.start(&["b"]).await;
    client.stopped().await;
    client.evaluate(":skip").await.unwrap();
    assert_eq!(went(&mut client).await.1, project.line("c"));
    client.evaluate(":goto script:5").await.unwrap();
    assert_eq!(went(&mut client).await.1, project.line("d"));
    let named = format!(":goto {TEST}:{}", project.line("a"));
    client.evaluate(&named).await.unwrap();
    assert_eq!(went(&mut client).await.1, project.line("a"));
    let refused = client.evaluate(":goto nowhere").await.unwrap_err();
    assert!(refused.text().contains("name a line"), "{refused}");
    let refused = client
        .evaluate(&format!(":goto {}", project.line("b")))
        .await
        .unwrap_err();
    assert!(refused.text().contains("a for loop"), "{refused}");
    // What stands in the generated script can be asked for there too.
    let found = targets(&mut client, generated(), 5).await.unwrap();
    assert_eq!((found[0].line, found[0].label.as_str()), (5, "d = 4  # @d"));
    end(client).await;
}

#[tokio::test]
async fn a_subtest_that_is_left_is_reported_by_no_driver_as_failed() {
    for driver in Driver::each() {
        let project = driver.project(
            "with subtest('left'):\n    a = 1\n    b = 2  # @b\n    c = 3\nprint('after')  # @after\nwith subtest('runs'):\n    d = 4\nprint('end')  # @end\n",
        );
        let mut client = project.start(&["b"]).await;
        client.stopped().await;
        let after = project.line("after");
        assert_eq!(go(&mut client, file(&project.test()), after).await.1, after);
        client.evaluate(":skip").await.unwrap();
        went(&mut client).await;
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        let outputs = client.outputs();
        assert!(
            outputs.contains("end\n") && !outputs.contains("after\n"),
            "{outputs}"
        );
        assert!(!outputs.contains("failed with error"), "{outputs}");
        end(client).await;
    }
}
