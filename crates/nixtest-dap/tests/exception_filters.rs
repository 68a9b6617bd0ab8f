//! Exception filters and what is told of a failure, from the client to the driver and back.

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

/// A client whose script runs with these filters, and what was answered to them.
async fn filtered(
    project: &Project,
    filters: &[(&str, Option<&str>)],
) -> (TestClient, Vec<types::Breakpoint>) {
    let mut client = project.client();
    client.initialize().await.unwrap();
    // There is no breakpoint in it that names it.
    let mut launch = project.launch();
    launch["file"] = json!(project.test());
    client.launch(launch).await.unwrap();
    let options = filters
        .iter()
        .map(|(filter, condition)| types::ExceptionFilterOptions {
            filter_id: (*filter).to_owned(),
            condition: condition.map(ToOwned::to_owned),
            ..Default::default()
        });
    let arguments = types::SetExceptionBreakpointsArguments {
        filter_options: Some(options.collect()),
        ..Default::default()
    };
    let set = client
        .request::<requests::SetExceptionBreakpoints>(arguments)
        .await
        .unwrap();
    client
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    (client, set.breakpoints.unwrap())
}

#[tokio::test]
async fn an_assertion_that_the_script_catches_stops_where_it_was_raised() {
    let project = Project::new(
        "try:\n    int('x')\nexcept ValueError:\n    pass\ntry:\n    assert 1 == 2, 'no'  # @assert\nexcept \
         AssertionError:\n    pass\n",
    );
    let (mut client, set) = filtered(&project, &[("assertion", None)]).await;
    assert!(set[0].verified);
    let stopped = client.stopped().await;
    assert_eq!(
        (stopped.description.as_deref(), stopped.text.as_deref()),
        (
            Some("an assertion of the test failed"),
            Some("AssertionError: no")
        )
    );
    assert_eq!(
        top(&mut client).await,
        (TEST.to_owned(), project.line("assert"))
    );
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_condition_chooses_among_the_exceptions() {
    let project = Project::new(
        "def attempt(i):\n    try:\n        raise ValueError(i)  # @raise\n    except ValueError:\n        pass\nfor i \
         in range(4):\n    attempt(i)\n",
    );
    let filters = [
        ("raised", Some("KeyError, TypeError")),
        ("raised", Some("error.args == (2,)")),
    ];
    let (mut client, _) = filtered(&project, &filters).await;
    client.stopped().await;
    assert_eq!(client.evaluate("i").await.unwrap().result, "2");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn a_filter_that_cannot_be_used_says_why_when_the_script_is_known() {
    let project = Project::new("x = 1\n");
    let filters = [("raised", Some("1 +")), ("odd", None)];
    let (mut client, set) = filtered(&project, &filters).await;
    assert_eq!(
        set.iter().map(|filter| filter.verified).collect::<Vec<_>>(),
        [true, false]
    );
    let changed = client.expect_event::<events::Breakpoint>().await.breakpoint;
    assert_eq!((changed.id, changed.verified), (set[0].id, false));
    let message = changed.message.unwrap();
    assert!(
        message.contains("the condition does not compile"),
        "{message}"
    );
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn an_exception_that_leaves_a_subtest_stops_where_it_was_raised() {
    let project = Project::new(
        "def fail():\n    raise ValueError('no')  # @raise\nwith subtest('outer'):\n    with subtest('inner'):\n        \
         fail()\n",
    );
    let (mut client, _) = filtered(&project, &[("subtest", None)]).await;
    let stopped = client.stopped().await;
    assert_eq!(
        stopped.description.as_deref(),
        Some("an exception leaves a subtest")
    );
    let names: Vec<_> = client.stack().await.into_iter().map(|f| f.name).collect();
    assert_eq!(names, ["fail", "testScript"]);
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    end(client).await;
}

#[tokio::test]
async fn a_group_of_exceptions_is_taken_apart() {
    // The class is there since Python 3.11.
    let project = Project::new(
        "def fail(kind):\n    raise kind('no')  # @raise\nfound = []\nfor kind in (ValueError, KeyError):\n    try:\n        \
         fail(kind)\n    except Exception as error:\n        found.append(error)\nraise ExceptionGroup('both', found)\n",
    );
    let (mut client, _) = filtered(&project, &[("uncaught", None)]).await;
    let thread_id = client.stopped().await.thread_id.unwrap();
    let arguments = types::ExceptionInfoArguments { thread_id };
    let information = client
        .request::<requests::ExceptionInfo>(arguments)
        .await
        .unwrap();
    let inner = information.details.unwrap().inner_exception.unwrap();
    let place = format!("{}:{}", project.test().display(), project.line("raise"));
    for (exception, name) in inner.iter().zip(["ValueError", "KeyError"]) {
        assert_eq!(exception.type_name.as_deref(), Some(name));
        assert!(exception.stack_trace.as_ref().unwrap().contains(&place));
    }
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    let outputs = client.outputs();
    for member in [
        "Exception 1 of 2 in the group:\n",
        "Exception 2 of 2 in the group:\n",
    ] {
        assert!(outputs.contains(member), "{outputs}");
    }
    assert!(
        outputs.contains(&format!("{place}, in fail\n")),
        "{outputs}"
    );
    end(client).await;
}
