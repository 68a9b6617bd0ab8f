//! Every way in which a session can end, and that nothing is left of it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use dap_protocol::{Connection, requests, types};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Project, end, environment, processes_in, spawned};
use test_support::TestClient;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// A script that waits for ever, with a child that left its parent and its session.
const ENDLESS: &str = "\
import subprocess, threading
subprocess.Popen(['setsid', '--fork', 'sleep', '600'])
ready = threading.Event()  # @ready
print('waiting')
ready.wait()
";

async fn nothing_is_left(project: &Project) {
    let started = Instant::now();
    loop {
        let left = processes_in(project.fixture.directory());
        if left.is_empty() {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "still there: {left:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn session_directories() -> Vec<String> {
    let parent = format!("/tmp/nixtest-dap-{}", nix::unistd::getuid());
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn disconnect_ends_a_script_that_waits_for_ever() {
    let project = Project::new(ENDLESS);
    let mut client = project.start(&[]).await;
    client.wait_for_output("waiting").await;
    assert!(!processes_in(project.fixture.directory()).is_empty());
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn disconnect_ends_a_script_that_is_stopped() {
    let project = Project::new(ENDLESS);
    let mut client = project.start(&["ready"]).await;
    client.stopped().await;
    client.disconnect().await.unwrap();
    assert!(client.outputs().contains("cleanup"), "{}", client.outputs());
    client.finish().await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn terminate_lets_the_driver_clean_up() {
    for stops in [&["ready"][..], &[]] {
        let project = Project::new(ENDLESS);
        let mut client = project.start(stops).await;
        match stops {
            [] => client.wait_for_output("waiting").await,
            _ => drop(client.stopped().await),
        }
        client
            .request::<requests::Terminate>(types::TerminateArguments::default())
            .await
            .unwrap();
        assert_ne!(client.terminated().await, Some(0));
        assert!(client.outputs().contains("cleanup"), "{}", client.outputs());
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn a_client_that_vanishes_leaves_nothing() {
    let project = Project::new(ENDLESS);
    let mut client = project.start(&["ready"]).await;
    client.stopped().await;
    client.finish().await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn an_adapter_that_is_told_to_go_leaves_nothing() {
    let project = Project::new(ENDLESS);
    let (own, theirs) = Connection::memory();
    let interrupted = CancellationToken::new();
    let adapter = tokio::spawn(dap_server::serve(
        theirs,
        environment(),
        interrupted.clone(),
    ));
    let mut client = TestClient::new(own);
    client
        .start(
            project.launch(),
            &[(&project.test(), &[project.line("ready")])],
        )
        .await
        .unwrap();
    client.stopped().await;
    interrupted.cancel();
    adapter.await.unwrap();
    client.finish().await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn an_adapter_that_is_killed_leaves_nothing() {
    let project = Project::new(ENDLESS);
    let (mut client, adapter) = spawned(&project, &[]);
    client
        .start(
            project.launch(),
            &[(&project.test(), &[project.line("ready")])],
        )
        .await
        .unwrap();
    client.stopped().await;
    kill(adapter, Signal::SIGKILL).unwrap();
    client.finish().await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn a_reaper_that_is_killed_is_noticed_and_its_processes_are_found() {
    let project = Project::new(ENDLESS);
    let mut client = project.start(&["ready"]).await;
    client.stopped().await;
    let reaper = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .find_map(|process| {
            let is_here = fs::read_link(process.path().join("cwd"))
                .is_ok_and(|cwd| cwd == project.fixture.directory());
            let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let is_reaper = command.split(|&byte| byte == 0).any(|word| word == b"reap");
            (is_here && is_reaper).then(|| process.file_name().to_string_lossy().parse().unwrap())
        });
    kill(Pid::from_raw(reaper.unwrap()), Signal::SIGKILL).unwrap();
    client.terminated().await;
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn a_driver_that_dies_ends_the_session_and_open_requests_are_answered() {
    let project = Project::new("import os, signal\nx = 1  # @x\n");
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    let evaluation = client
        .evaluate("os.kill(os.getpid(), signal.SIGKILL)")
        .await;
    assert!(
        evaluation
            .unwrap_err()
            .text()
            .contains("the agent in the test driver is gone")
    );
    assert_eq!(client.terminated().await, Some(128 + 9));
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn a_driver_that_never_runs_a_script_is_told() {
    let project = Project::new("x = 1\n");
    fs::write(
        project.fixture.path("driver/bin/nixos-test-driver"),
        "#!/bin/sh\necho no python here >&2\nexit 9\n",
    )
    .unwrap();
    let mut client = project.start(&[]).await;
    let failed = client.expect_event::<dap_server::Failed>().await;
    assert_eq!(failed.kind, dap_server::FailureKind::Launch);
    assert!(failed.message.contains("exit code 9"), "{}", failed.message);
    assert_eq!(client.terminated().await, Some(9));
    assert!(client.outputs().contains("no python here"));
    end(client).await;
}

#[tokio::test]
async fn what_is_no_driver_is_named() {
    let project = Project::new("x = 1\n");
    for (driver, problem) in [
        ("nothing", "No such file"),
        (support::TEST, "is not a test driver"),
    ] {
        let mut client = project.client();
        let launch = serde_json::json!({ "driver": project.fixture.path(driver) });
        client.start(launch, &[]).await.unwrap();
        let failed = client.expect_event::<dap_server::Failed>().await;
        assert!(
            failed.message.contains(problem) && failed.message.contains(driver),
            "{}",
            failed.message
        );
        assert_eq!(client.terminated().await, Some(4));
        end(client).await;
    }
}

#[tokio::test]
async fn a_session_directory_goes_with_its_session() {
    let project =
        Project::new("import os\ndirectory = os.environ['XDG_RUNTIME_DIR']\nx = 1  # @x\n");
    let mut client = project.start(&["x"]).await;
    client.stopped().await;
    let run = client.evaluate("directory").await.unwrap().result;
    let run = Path::new(run.trim_matches('\''));
    assert!(run.is_dir());
    assert!(!session_directories().is_empty() || std::env::var_os("XDG_RUNTIME_DIR").is_some());
    end(client).await;
    assert!(!run.parent().unwrap().exists());
}

#[tokio::test]
async fn a_driver_that_lost_its_agent_can_still_be_terminated() {
    let project = Project::new("import os\nos.execvp('sleep', ['sleep', '600'])  # @exec\n");
    let mut client = project.start(&["exec"]).await;
    client.stopped().await;
    client.continue_().await.unwrap();
    let started = Instant::now();
    while !processes_in(project.fixture.directory())
        .iter()
        .any(|command| command.contains("sleep 600"))
    {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the script never became another program"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client
        .request::<requests::Terminate>(types::TerminateArguments::default())
        .await
        .unwrap();
    client.terminated().await;
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn a_second_terminate_kills_what_will_not_end() {
    let project = Project::new(
        "import signal, threading\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nprint('waiting')\nthreading.Event().wait()\n",
    );
    let mut client = project.start(&[]).await;
    client.wait_for_output("waiting").await;
    for _ in 0..2 {
        client
            .request::<requests::Terminate>(types::TerminateArguments::default())
            .await
            .unwrap();
    }
    // Whether a signal or the kill was first depends on which thread of the driver the system chose.
    assert_ne!(client.terminated().await, Some(0));
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn each_of_two_disconnects_is_answered() {
    let project = Project::new(ENDLESS);
    let mut client = project.start(&["ready"]).await;
    client.stopped().await;
    let disconnect = types::DisconnectArguments::default();
    let (one, other) = (
        client.send::<requests::Disconnect>(&disconnect),
        client.send::<requests::Disconnect>(&disconnect),
    );
    client.response::<requests::Disconnect>(one).await.unwrap();
    client
        .response::<requests::Disconnect>(other)
        .await
        .unwrap();
    client.finish().await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn a_watch_that_never_ends_does_not_hinder_the_end() {
    let project = Project::new(ENDLESS);
    let mut client = project.start(&["ready"]).await;
    client.stopped().await;
    let frame_id = client.stack().await[0].id;
    let watch = types::EvaluateArguments {
        expression: "threading.Event().wait()".to_owned(),
        frame_id: Some(frame_id),
        context: Some(types::EvaluateArgumentsContext::Watch),
        ..Default::default()
    };
    let watch = client.send::<requests::Evaluate>(&watch);
    let started = Instant::now();
    client
        .request::<requests::Terminate>(types::TerminateArguments::default())
        .await
        .unwrap();
    client
        .response::<requests::Evaluate>(watch)
        .await
        .unwrap_err();
    client.terminated().await;
    assert!(
        client.outputs().contains("cleanup"),
        "it was killed after {:?}: {}",
        started.elapsed(),
        client.outputs()
    );
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn a_script_that_closes_the_link_is_ended_at_its_next_stop() {
    let project = Project::new("import os\nos.closerange(3, 256)\nx = 1  # @x\n");
    let mut client = project.start(&["x"]).await;
    client.terminated().await;
    end(client).await;
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn an_end_before_the_beginning_is_answered_and_nothing_more() {
    let (own, theirs) = Connection::memory();
    tokio::spawn(dap_server::serve(
        theirs,
        environment(),
        CancellationToken::new(),
    ));
    let mut client = TestClient::new(own);
    client.initialize().await.unwrap();
    client
        .request::<requests::Terminate>(types::TerminateArguments::default())
        .await
        .unwrap();
    client.disconnect().await.unwrap();
    assert!(
        !client.rendered_transcript().contains("terminated"),
        "{}",
        client.rendered_transcript()
    );
    client.finish().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_cannot_keep_the_adapter() {
    let project = Project::new("while True:\n    print(1000 * 'x')\n");
    let mut adapter = Command::new(env!("CARGO_BIN_EXE_nixtest-dap"))
        .arg("dap")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (_unread, input) = (
        adapter.stdout.take().unwrap(),
        adapter.stdin.take().unwrap(),
    );
    let mut outgoing = Connection::new(tokio::io::empty(), input).outgoing;
    let initialize = types::InitializeRequestArguments {
        adapter_id: "nixtest".to_owned(),
        ..Default::default()
    };
    outgoing.request::<requests::Initialize>(&initialize);
    outgoing.request_raw("launch", Some(project.launch()));
    outgoing.request_raw("configurationDone", None);
    let started = Instant::now();
    while processes_in(project.fixture.directory()).is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the driver never started"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    outgoing.request_raw("disconnect", None);
    let ended = tokio::time::timeout(Duration::from_secs(30), adapter.wait()).await;
    assert!(ended.is_ok(), "the adapter stays");
    nothing_is_left(&project).await;
}

#[tokio::test]
async fn an_adapter_that_starts_clears_nothing_of_a_session_that_lives_or_is_being_born() {
    let stop = CancellationToken::new();
    let others = tokio::task::spawn_blocking({
        let stop = stop.clone();
        move || {
            while !stop.is_cancelled() {
                debuggee::clear_strays();
            }
        }
    });
    // Also when the test fails.
    let stop = stop.drop_guard();
    for _ in 0..8 {
        let project = Project::new("x = 1  # @x\n");
        let mut client = project.start(&["x"]).await;
        client.stopped().await;
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
    drop(stop);
    others.await.unwrap();
}
