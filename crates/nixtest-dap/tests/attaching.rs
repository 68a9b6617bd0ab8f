//! Leaving a session to itself and coming back: `disconnect` without an end, `attach`, and what becomes of a session that waits.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use dap_protocol::types::DisconnectArguments;
use dap_protocol::{events, requests};
use nix::sys::signal::{Signal, kill};
use serde_json::json;
use support::attached::{attach, attached, session_of};
use support::ports::piped;
use support::{Project, assert_nothing_stays, client, end, spawned, top};
use test_support::TestClient;

const SCRIPT: &str = "a = 1\nb = 2  # @here\nc = 3  # @next\n";

async fn detach(client: &mut TestClient) {
    let arguments = DisconnectArguments {
        terminate_debuggee: Some(false),
        ..DisconnectArguments::default()
    };
    client
        .request::<requests::Disconnect>(arguments)
        .await
        .unwrap();
}

/// What a program says when it is run with these words.
async fn said(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"));
    command.args(words);
    String::from_utf8(piped(command, "").await.stdout).unwrap()
}

/// Waits until no session lives in the directory of the project.
async fn until_no_session_lives(project: &Project) {
    let started = Instant::now();
    let directory = project.fixture.directory();
    while debuggee::sessions()
        .await
        .iter()
        .any(|session| session.working_directory == directory)
    {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "the session lives on"
        );
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_session_that_was_left_outlives_the_signals_of_its_client_and_can_be_attached_to() {
    let project = Project::new(SCRIPT);
    let (mut owner, adapter) = spawned(&project, &[]);
    project.start_in(&mut owner, json!({}), &["here"]).await;
    owner.stopped().await;
    detach(&mut owner).await;
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        kill(adapter, signal).unwrap();
    }
    // It reads the end of the stream: the process has let it go.
    owner.finish().await;

    let directory = session_of(&project).await;
    let id = directory.file_name().unwrap().to_str().unwrap().to_owned();
    let listed = said(&["sessions"]).await;
    let row = listed.lines().find(|line| line.starts_with(&id)).unwrap();
    assert!(row.contains("stopped, waiting"), "{row}");

    let mut guest = attached(&project).await;
    guest.stopped().await;
    assert_eq!(top(&mut guest).await.1, project.line("here"));
    assert_eq!(guest.evaluate("a").await.unwrap().result, "1");
    guest.disconnect().await.unwrap();
    guest.finish().await;

    let mut again = attached(&project).await;
    again.stopped().await;
    again.continue_().await.unwrap();
    assert_eq!(again.terminated().await, Some(0));
    again.disconnect().await.unwrap();
    again.finish().await;
    until_no_session_lives(&project).await;
    assert_nothing_stays(project.fixture.directory());
}

#[tokio::test]
async fn a_session_that_waits_is_ended_by_name() {
    let project = Project::new(SCRIPT);
    let (mut owner, _) = spawned(&project, &[]);
    project.start_in(&mut owner, json!({}), &["here"]).await;
    owner.stopped().await;
    detach(&mut owner).await;
    owner.finish().await;
    let directory = session_of(&project).await;
    said(&["sessions", "end", directory.to_str().unwrap()]).await;
    until_no_session_lives(&project).await;
    assert_nothing_stays(project.fixture.directory());
}

#[tokio::test]
async fn a_session_that_nobody_attaches_to_ends_by_itself() {
    let project = Project::new(SCRIPT);
    let mut owner = project
        .start_with(json!({ "detachedTimeout": 1 }), &["here"])
        .await;
    owner.stopped().await;
    detach(&mut owner).await;
    owner.finish().await;
    until_no_session_lives(&project).await;
    assert_nothing_stays(project.fixture.directory());
}

#[tokio::test]
async fn a_session_goes_on_when_its_owner_leaves_it_to_another() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut guest = attached(&project).await;
    guest.stopped().await;
    detach(&mut owner).await;
    owner.finish().await;
    guest.next().await.unwrap();
    guest.stopped().await;
    assert_eq!(top(&mut guest).await.1, project.line("next"));
    guest.continue_().await.unwrap();
    guest.terminated().await;
    guest.disconnect().await.unwrap();
    guest.finish().await;
}

#[tokio::test]
async fn a_script_that_nobody_has_configured_waits_for_who_attaches() {
    let project = Project::new(SCRIPT);
    let mut owner = project.client();
    owner.initialize().await.unwrap();
    owner.launch(project.launch()).await.unwrap();
    detach(&mut owner).await;
    owner.finish().await;
    let mut guest = client(project.fixture.directory());
    guest.initialize().await.unwrap();
    let arguments = json!({ "cwd": project.fixture.directory() });
    assert!(guest.request_raw("attach", Some(arguments)).await.success);
    guest.expect_event::<events::Initialized>().await;
    guest
        .set_breakpoints(&project.test(), &[project.line("next")])
        .await
        .unwrap();
    guest
        .request::<requests::ConfigurationDone>(Default::default())
        .await
        .unwrap();
    guest.stopped().await;
    assert_eq!(top(&mut guest).await.1, project.line("next"));
    let arguments = DisconnectArguments {
        terminate_debuggee: Some(true),
        ..DisconnectArguments::default()
    };
    guest
        .request::<requests::Disconnect>(arguments)
        .await
        .unwrap();
    guest.finish().await;
    assert_nothing_stays(project.fixture.directory());
}

#[tokio::test]
async fn what_cannot_be_attached_to_is_told_and_can_be_tried_again() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let own = owner.request_raw("attach", Some(json!({}))).await;
    assert_eq!(
        own.error().unwrap().text(),
        "'attach' is not possible now: the client has a session already"
    );
    let mut guest = client(project.fixture.directory());
    guest.initialize().await.unwrap();
    let other = guest
        .request_raw("attach", Some(json!({ "session": "nobody" })))
        .await;
    let problem = other.error().unwrap().text().into_owned();
    assert!(
        problem.starts_with("'session' names none or several, by 'nobody': "),
        "{problem}"
    );
    let wrong = guest
        .request_raw("attach", Some(json!({ "session": 3 })))
        .await;
    assert!(!wrong.success);
    let arguments = json!({ "cwd": project.fixture.directory() });
    assert!(
        guest
            .request_raw("attach", Some(arguments.clone()))
            .await
            .success
    );
    let twice = guest.request_raw("attach", Some(arguments)).await;
    assert!(!twice.success);
    guest.disconnect().await.unwrap();
    guest.finish().await;
    end(owner).await;
}

#[tokio::test]
async fn a_client_hears_when_the_adapter_of_its_session_is_killed() {
    let project = Project::new(SCRIPT);
    let (mut owner, adapter) = spawned(&project, &[]);
    project.start_in(&mut owner, json!({}), &["here"]).await;
    owner.stopped().await;
    let mut guest = attached(&project).await;
    guest.stopped().await;
    kill(adapter, Signal::SIGKILL).unwrap();
    guest.terminated().await;
    assert!(
        guest
            .outputs()
            .contains("the session has gone without a word")
    );
    let late = guest.request_raw("threads", None).await;
    assert_eq!(late.error().unwrap().text(), "the session has ended");
    guest.disconnect().await.unwrap();
    guest.finish().await;
    owner.finish().await;
    assert_nothing_stays(project.fixture.directory());
}

#[tokio::test]
async fn an_adapter_that_is_killed_while_it_passes_on_leaves_the_session_alone() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let (mut guest, adapter) = spawned(&project, &[]);
    attach(&mut guest, &project).await;
    guest.stopped().await;
    kill(adapter, Signal::SIGKILL).unwrap();
    guest.finish().await;
    assert_eq!(owner.evaluate("a").await.unwrap().result, "1");
    end(owner).await;
}
