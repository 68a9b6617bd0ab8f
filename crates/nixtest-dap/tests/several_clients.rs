//! Several clients of one session: each is told everything in its own terms, and each may steer.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::types::{
    BreakpointEventReason, DisconnectArguments, InitializeRequestArguments,
    InitializeRequestArgumentsPathFormat,
};
use dap_protocol::{events, requests};
use support::attached::{attached, attached_as, joined_raw};
use support::{Project, end, top};
use tokio::io::AsyncWriteExt;

const SCRIPT: &str =
    "a = 1\nb = 2  # @here\nc = 3  # @next\nprint('\\033[31mred\\033[0m')\nd = 4  # @last\n";

#[tokio::test]
async fn a_client_that_comes_late_hears_where_the_script_stands_and_may_steer() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut guest = attached(&project).await;
    let stopped = guest.stopped().await;
    let known = guest.expect_event::<events::Breakpoint>().await;
    assert_eq!(known.reason, BreakpointEventReason::New);
    assert_eq!(known.breakpoint.line, Some(project.line("here")));
    assert_eq!(
        stopped.hit_breakpoint_ids,
        known.breakpoint.id.map(|id| vec![id])
    );
    assert_eq!(
        top(&mut guest).await,
        ("test.nix".to_owned(), project.line("here"))
    );
    assert_eq!(guest.evaluate("a").await.unwrap().result, "1");

    guest.next().await.unwrap();
    guest.stopped().await;
    owner.expect_event::<events::Continued>().await;
    owner.stopped().await;
    assert_eq!(
        top(&mut owner).await,
        ("test.nix".to_owned(), project.line("next"))
    );

    guest.disconnect().await.unwrap();
    guest.finish().await;
    assert_eq!(owner.evaluate("b").await.unwrap().result, "2");
    end(owner).await;
}

#[tokio::test]
async fn each_client_is_told_in_its_own_terms() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here", "last"]).await;
    owner.stopped().await;
    let abilities = InitializeRequestArguments {
        adapter_id: "nixtest".to_owned(),
        lines_start_at1: Some(false),
        columns_start_at1: Some(false),
        path_format: Some(InitializeRequestArgumentsPathFormat::Uri),
        ..InitializeRequestArguments::default()
    };
    let mut guest = attached_as(&project, abilities).await;
    guest.stopped().await;
    let frame = guest.stack().await.remove(0);
    assert_eq!((frame.line, frame.column), (project.line("here") - 1, 4));
    let path = frame.source.unwrap().path.unwrap();
    assert_eq!(path, format!("file://{}", project.test().display()));
    guest.continue_().await.unwrap();
    guest.stopped().await;
    owner.stopped().await;
    owner.wait_for_output("red").await;
    assert!(owner.outputs().contains("\u{1b}[31mred\u{1b}[0m"));
    assert!(guest.outputs().contains("red") && !guest.outputs().contains('\u{1b}'));
    guest.disconnect().await.unwrap();
    guest.finish().await;
    end(owner).await;
}

#[tokio::test]
async fn the_breakpoints_of_a_source_are_those_of_who_wrote_last() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here", "next"]).await;
    owner.stopped().await;
    let mut guest = attached(&project).await;
    guest.stopped().await;
    let lines = [project.line("here"), project.line("last")];
    guest
        .set_breakpoints(&project.test(), &lines)
        .await
        .unwrap();
    let gone = owner
        .wait_for(|event| {
            event
                .parse::<events::Breakpoint>()
                .is_ok_and(|event| event.reason == BreakpointEventReason::Removed)
        })
        .await;
    let gone = gone.parse::<events::Breakpoint>().unwrap();
    assert_eq!(gone.breakpoint.line, Some(project.line("next")));
    let new = owner
        .wait_for(|event| {
            event
                .parse::<events::Breakpoint>()
                .is_ok_and(|event| event.reason == BreakpointEventReason::New)
        })
        .await;
    let new = new.parse::<events::Breakpoint>().unwrap();
    assert_eq!(new.breakpoint.line, Some(project.line("last")));
    owner.continue_().await.unwrap();
    owner.stopped().await;
    assert_eq!(top(&mut owner).await.1, project.line("last"));
    guest.disconnect().await.unwrap();
    guest.finish().await;
    end(owner).await;
}

#[tokio::test]
async fn the_end_is_heard_by_all_and_ends_with_the_client_that_launched() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut guest = attached(&project).await;
    guest.stopped().await;
    owner.disconnect().await.unwrap();
    guest.terminated().await;
    guest.disconnect().await.unwrap();
    guest.finish().await;
    owner.finish().await;
}

#[tokio::test]
async fn a_client_that_attached_ends_the_test_when_it_says_so() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut guest = attached(&project).await;
    let arguments = DisconnectArguments {
        terminate_debuggee: Some(true),
        ..DisconnectArguments::default()
    };
    guest
        .request::<requests::Disconnect>(arguments)
        .await
        .unwrap();
    guest.finish().await;
    owner.terminated().await;
    end(owner).await;
}

#[tokio::test]
async fn five_clients_step_as_they_like_and_each_conversation_keeps_the_rules() {
    let lines: String = (0..100)
        .map(|number| format!("x{number} = {number}\n"))
        .collect();
    let project = Project::new(&format!("begin = 1  # @here\n{lines}"));
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut guest = attached(&project).await;
        guest.stopped().await;
        clients.push(guest);
    }
    clients.push(owner);
    let mut state = 7_usize;
    for _ in 0..40 {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        let who = state / 65_536 % clients.len();
        // Two at once: one of them may be too late, which is an answer too.
        let other = (who + 1) % clients.len();
        let thread_id = 1;
        let step = || dap_protocol::types::NextArguments {
            thread_id,
            ..Default::default()
        };
        let first = clients[who].send::<requests::Next>(&step());
        let second = clients[other].send::<requests::Next>(&step());
        let one = clients[who].response::<requests::Next>(first).await;
        let two = clients[other].response::<requests::Next>(second).await;
        assert!(one.is_ok() || two.is_ok());
        let stops = usize::from(one.is_ok()) + usize::from(two.is_ok());
        for client in &mut clients {
            for _ in 0..stops {
                client.stopped().await;
            }
        }
    }
    let mut owner = clients.pop().unwrap();
    for mut guest in clients {
        guest.disconnect().await.unwrap();
        guest.finish().await;
    }
    assert_eq!(owner.evaluate("begin").await.unwrap().result, "1");
    end(owner).await;
}

#[tokio::test]
async fn a_client_that_talks_rubbish_or_vanishes_harms_nobody() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    for rubbish in [
        &b"Content-Length: 3\r\n\r\n{]}"[..],
        b"rubbish\r\n\r\n",
        b"Content-Length: 99\r\n\r\n{",
    ] {
        let mut socket = joined_raw(&project).await;
        socket.write_all(rubbish).await.unwrap();
    }
    assert_eq!(owner.evaluate("a").await.unwrap().result, "1");
    end(owner).await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_left_and_the_others_go_on() {
    let script =
        "here = 1  # @here\nfor i in range(200):\n    print('x' * 10000)\nlast = 1  # @last\n";
    let project = Project::new(script);
    let mut owner = project.start(&["here", "last"]).await;
    owner.stopped().await;
    let _unread = joined_raw(&project).await;
    owner.continue_().await.unwrap();
    owner.stopped().await;
    assert_eq!(top(&mut owner).await.1, project.line("last"));
    owner.wait_for_output("read nothing any more").await;
    end(owner).await;
}

#[tokio::test]
async fn a_client_that_floods_and_does_not_read_holds_up_nobody() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let mut flood = joined_raw(&project).await;
    let flooding = tokio::spawn(async move {
        let body = r#"{"seq":4,"type":"request","command":"threads"}"#;
        let message = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        // Ends when the session is gone.
        while flood.write_all(message.as_bytes()).await.is_ok() {}
    });
    for _ in 0..50 {
        assert_eq!(owner.evaluate("a").await.unwrap().result, "1");
    }
    end(owner).await;
    flooding.await.unwrap();
}

#[tokio::test]
async fn two_clients_that_attach_at_once_both_get_in() {
    let project = Project::new(SCRIPT);
    let mut owner = project.start(&["here"]).await;
    owner.stopped().await;
    let (mut one, mut other) = tokio::join!(attached(&project), attached(&project));
    one.stopped().await;
    other.stopped().await;
    for mut guest in [one, other] {
        guest.disconnect().await.unwrap();
        guest.finish().await;
    }
    end(owner).await;
}
