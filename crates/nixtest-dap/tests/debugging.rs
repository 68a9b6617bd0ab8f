//! The adapter, the agent and a driver together: everything a person does with the script of a test. No machines.

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
async fn a_breakpoint_on_a_line_of_the_nix_file_stops_there_with_stack_and_variables() {
    let project = Project::new(
        "def greet(name):\n    greeting = 'hello ' + name\n    return greeting  # @inside\n\nwhole = greet('world')  # @call\nprint(whole)\n",
    );
    let mut client = project.start(&["inside"]).await;
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Breakpoint);
    assert_eq!(stopped.hit_breakpoint_ids, Some(vec![1]));

    let stack = client.stack().await;
    let frames: Vec<_> = stack
        .iter()
        .map(|frame| (frame.name.as_str(), frame.line))
        .collect();
    assert_eq!(
        frames,
        [
            ("greet", project.line("inside")),
            ("testScript", project.line("call"))
        ]
    );
    let path = stack[0].source.as_ref().unwrap().path.clone().unwrap();
    assert_eq!(path, project.test().display().to_string());

    let variables = client.variables("Locals").await;
    let variables: Vec<_> = variables
        .iter()
        .map(|variable| (variable.name.as_str(), variable.value.as_str()))
        .collect();
    assert_eq!(
        variables,
        [("name", "'world'"), ("greeting", "'hello world'")]
    );
    assert_eq!(
        client
            .evaluate("[letter for letter in greeting if letter in name]")
            .await
            .unwrap()
            .result,
        "['l', 'l', 'o', 'w', 'o', 'r', 'l', 'd']"
    );

    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(
        client.outputs().contains("hello world\n"),
        "{}",
        client.outputs()
    );
    end(client).await;
}

#[tokio::test]
async fn stop_on_entry_stops_before_the_first_statement() {
    let project = Project::new("import os  # @first\nx = 1\n");
    let mut client = project.client();
    let mut launch = project.launch();
    launch["stopOnEntry"] = true.into();
    client.start(launch, &[]).await.unwrap();
    assert_eq!(
        client.stopped().await.reason,
        types::StoppedEventReason::Entry
    );
    assert_eq!(client.stack().await[0].line, 1);
    end(client).await;
}

#[tokio::test]
async fn steps_go_over_into_and_out_of_functions() {
    let project = Project::new(
        "def double(x):\n    y = 2 * x  # @body\n    return y\n\na = 1  # @a\nb = double(a)  # @b\nc = double(b)  # @c\nd = 4  # @d\n",
    );
    let mut client = project.start(&["a"]).await;
    client.stopped().await;
    client.next().await.unwrap();
    assert_eq!(
        client.stopped().await.reason,
        types::StoppedEventReason::Step
    );
    assert_eq!(top(&mut client).await.1, project.line("b"));
    client.next().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("c"));
    client.step_in().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await.1, project.line("body"));
    client.step_out().await.unwrap();
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Step);
    assert!([project.line("c"), project.line("d")].contains(&top(&mut client).await.1));
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

#[tokio::test]
async fn an_exception_that_would_end_the_script_stops_where_it_was_raised() {
    let project = Project::new(
        "def check(value):\n    assert value == 1, value  # @assert\n\ndef unused():\n    pass  # @unused\n\ncheck(2)\n",
    );
    let mut client = project.start(&["unused"]).await;
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Exception);
    let information = types::ExceptionInfoArguments {
        thread_id: stopped.thread_id.unwrap(),
    };
    let information = client
        .request::<requests::ExceptionInfo>(information)
        .await
        .unwrap();
    assert!(
        information.exception_id.contains("AssertionError"),
        "{information:?}"
    );
    assert_eq!(client.evaluate("value").await.unwrap().result, "2");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    let failed = format!("{}:{}:", project.test().display(), project.line("assert"));
    assert!(
        client.outputs().contains(&failed) && client.outputs().contains("The test script failed."),
        "{}",
        client.outputs()
    );
    end(client).await;
}

#[tokio::test]
async fn a_script_that_is_no_python_is_told_at_its_line_of_the_nix_file() {
    let project = Project::new("x = 1  # @before\nif x\n    pass\n");
    let mut client = project.start(&["before"]).await;
    let failed = client.expect_event::<dap_server::Failed>().await;
    assert_eq!(failed.kind, dap_server::FailureKind::Script);
    let place = format!(
        "{}:{}:",
        project.test().display(),
        project.line("before") + 1
    );
    assert!(failed.message.starts_with(&place), "{}", failed.message);
    assert!(
        failed.message.contains("is no Python"),
        "{}",
        failed.message
    );
    assert_eq!(client.terminated().await, Some(1));
    end(client).await;
}

#[tokio::test]
async fn requests_that_make_no_sense_now_are_refused_and_the_session_goes_on() {
    let project = Project::new("import threading\ngo = threading.Event()\nx = 1  # @x\n");
    let mut client = project.client();
    client
        .start(project.launch(), &[(&project.test(), &[project.line("x")])])
        .await
        .unwrap();
    client.stopped().await;
    let unknown = client.request_raw("fly", None).await;
    assert_eq!(
        unknown.error().unwrap().text(),
        "the request 'fly' is not supported"
    );
    let malformed = client
        .request_raw("scopes", Some(serde_json::json!({ "frameId": "one" })))
        .await;
    assert!(
        malformed
            .error()
            .unwrap()
            .text()
            .contains("the arguments of 'scopes' cannot be read"),
        "{malformed:?}"
    );
    let again = client.request_raw("launch", Some(project.launch())).await;
    assert!(
        again.error().unwrap().text().contains("already"),
        "{again:?}"
    );
    assert_eq!(
        client.evaluate("x_is_not_there").await.unwrap_err().text(),
        "NameError: name 'x_is_not_there' is not defined"
    );
    assert_eq!(
        client.evaluate("go.is_set()").await.unwrap().result,
        "False"
    );
    end(client).await;
}

#[tokio::test]
async fn two_sessions_of_one_test_do_not_meet() {
    let project = Project::new("x = 1  # @x\n");
    let (mut one, mut other) = (project.start(&["x"]).await, project.start(&["x"]).await);
    one.stopped().await;
    other.stopped().await;
    one.evaluate("x = 'one'").await.unwrap();
    assert!(other.evaluate("x").await.is_err());
    end(one).await;
    end(other).await;
}

#[tokio::test]
async fn a_flood_of_output_arrives_whole_and_in_order() {
    let project = Project::new("for i in range(200000):\n    print(f'line {i} ' + 40 * 'x')\n");
    let mut client = project.start(&[]).await;
    assert_eq!(client.terminated().await, Some(0));
    let outputs = client.outputs();
    let numbers = outputs.lines().filter_map(|line| {
        line.strip_prefix("line ")?
            .split(' ')
            .next()?
            .parse::<u32>()
            .ok()
    });
    assert!(numbers.eq(0..200_000), "a line is missing or out of order");
    end(client).await;
}

#[tokio::test]
async fn a_whole_session_reads_like_this() {
    let project = Project::new("x = 6\ny = 7  # @y\nprint(x * y)\n");
    let mut client = project.start(&["y"]).await;
    client.stopped().await;
    assert_eq!(client.variables("Locals").await.len(), 1);
    client.continue_().await.unwrap();
    client.terminated().await;
    client.disconnect().await.unwrap();
    let transcript = client.transcript().render_where(Some(project.fixture.directory()), |message| {
        // What the client and the adapter say about themselves, and what the driver writes, is told elsewhere.
        !matches!(message, dap_protocol::Message::Response(response) if response.command == "initialize")
            && !matches!(message, dap_protocol::Message::Request(request) if request.command == "initialize")
            && !matches!(message, dap_protocol::Message::Event(event) if event.event == "output" || event.event.starts_with("progress"))
    });
    expect_test::expect![[r#"
        > launch?
            driver: $DIR/driver
            cwd: $DIR
        < launch
        < (initialized)
        > setBreakpoints?
            source: {name: test.nix, path: $DIR/test.nix}
            breakpoints: [{line: 6}]
            lines: [6]
            sourceModified: false
        < setBreakpoints
            breakpoints:
                -
                    id: #breakpoint1
                    verified: false
                    message: "waits for the test script to be evaluated"
                    source: {name: test.nix, path: $DIR/test.nix}
                    line: 6
                    reason: pending
        > setExceptionBreakpoints?
            filters: [uncaught]
        < setExceptionBreakpoints
            breakpoints: [{id: #breakpoint2, verified: true}]
        > configurationDone?
        < configurationDone
        < (process)
            name: "NixOS test driver"
            systemProcessId: $PID
            isLocalProcess: true
            startMethod: launch
        < (loadedSource)
            reason: new
            source: {name: test.nix, path: $DIR/test.nix}
        < (loadedSource)
            reason: new
            source:
                name: "testScript (generated)"
                sourceReference: #source1
                origin: "the test script as it was evaluated"
        < (breakpoint)
            reason: changed
            breakpoint:
                id: #breakpoint1
                verified: true
                source: {name: test.nix, path: $DIR/test.nix}
                line: 6
                column: 5
        < (thread)
            reason: started
            threadId: 1
        < (stopped)
            reason: breakpoint
            threadId: 1
            allThreadsStopped: true
            hitBreakpointIds: [#breakpoint1]
        > stackTrace?
            threadId: 1
        < stackTrace
            stackFrames:
                -
                    id: #frame1
                    name: testScript
                    source: {name: test.nix, path: $DIR/test.nix}
                    line: 6
                    column: 5
            totalFrames: 1
        > scopes?
            frameId: #frame1
        < scopes
            scopes:
                -
                    name: Locals
                    expensive: false
                    namedVariables: 1
                    variablesReference: #variables1
                    presentationHint: locals
                -
                    name: Driver
                    expensive: false
                    namedVariables: 23
                    variablesReference: #variables2
        > variables?
            variablesReference: #variables1
        < variables
            variables:
                -
                    name: x
                    value: "6"
                    type: int
                    variablesReference: 0
                    evaluateName: x
                    presentationHint: {kind: data}
        > continue?
            threadId: 1
        < continue
            allThreadsContinued: true
        < (exited)
            exitCode: 0
        < (terminated)
        > disconnect?
        < disconnect
    "#]]
    .assert_eq(&transcript);
    client.finish().await;
}

#[tokio::test]
async fn a_control_sequence_of_the_script_never_reaches_the_client() {
    let project = Project::new(
        "class Evil:\n    def __repr__(self):\n        return 'a' + chr(27) + ']0;title' + chr(7) + 'b'\n\nevil = Evil()\nprint(repr(evil))\nx = 1  # @x\nraise Exception(repr(evil))\n",
    );
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    client.variables("Locals").await;
    assert_eq!(client.evaluate("evil").await.unwrap().result, "ab");
    client
        .evaluate("raise Exception(repr(evil))")
        .await
        .unwrap_err();
    client.continue_().await.unwrap();
    client.stopped().await;
    client.continue_().await.unwrap();
    client.terminated().await;
    let said = serde_json::to_string(
        &client
            .transcript()
            .messages()
            .iter()
            .map(|(_, message)| message)
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(
        !said.contains("]0;title") && !said.contains("\\u0007"),
        "{said}"
    );
    end(client).await;
}
