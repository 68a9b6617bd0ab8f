//! Pausing a script that waits, in the testkit's driver and in that of NixOS where the environment names one.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::types;
use support::drivers::{Driver, Setup};
use support::{TEST, end, top};
use test_support::TestClient;

/// Waits until the script is in the long command. The boot may be a wait too.
async fn waiting(client: &mut TestClient) {
    client
        .wait_for(|event| {
            let what = event.body.as_ref().map(|body| body["what"].to_string());
            event.event == "nixtest/wait" && what.is_some_and(|what| what.contains("begun"))
        })
        .await;
}

#[tokio::test]
async fn a_guest_command_can_be_paused_in_and_goes_on_as_if_nothing_had_been() {
    for driver in Driver::each() {
        let setup = Setup {
            machines: &["machine", "other"],
            ..Setup::default()
        };
        let project = driver.project_with(
            &setup,
            "start_all()\nother.succeed('true')\nanswer = machine.succeed('echo begun; sleep 3; echo done')  # @long\nafter = 1  # @after\nassert answer == 'begun\\ndone\\n', answer\n",
        );
        let mut client = project.start(&["after"]).await;
        waiting(&mut client).await;
        client.pause(1).await.unwrap();
        let stopped = client.stopped().await;
        assert_eq!(stopped.reason, types::StoppedEventReason::Pause);
        let description = stopped.description.unwrap();
        assert!(
            description
                .starts_with("waiting in machine.succeed(\"echo begun; sleep 3; echo done\") for "),
            "{description}"
        );
        assert_eq!(
            top(&mut client).await,
            (TEST.to_owned(), project.line("long"))
        );
        let answer = client.evaluate("other.succeed('echo other')").await;
        assert_eq!(answer.unwrap().result, "'other\\n'");
        let refused = client.evaluate("machine.succeed('true')").await;
        let refused = refused.unwrap_err();
        let refused = refused.text();
        assert!(
            refused.contains("is in the middle of `echo begun; sleep 3; echo done`"),
            "{refused}"
        );
        client.continue_().await.unwrap();
        assert_eq!(
            client.stopped().await.reason,
            types::StoppedEventReason::Breakpoint
        );
        let answer = client.evaluate("machine.succeed('echo again')").await;
        assert_eq!(answer.unwrap().result, "'again\\n'");
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}

#[tokio::test]
async fn what_a_machine_says_while_the_script_is_paused_again_and_again_arrives_whole() {
    for driver in Driver::each() {
        let project = driver.project(
            "machine.succeed('true')\nbegun = 1  # @begun\noutput = machine.succeed('for i in $(seq 60); do seq 10000; sleep 0.05; done')  # @long\nassert output == str().join(f'{i}\\n' for i in range(1, 10001)) * 60, len(output)\nmachine.succeed('sleep 2')\n",
        );
        let mut client = project.start(&["begun"]).await;
        client.stopped().await;
        client.continue_().await.unwrap();
        let mut pauses = 0;
        loop {
            client.pause(1).await.unwrap();
            client.stopped().await;
            if top(&mut client).await.1 != project.line("long") || pauses == 200 {
                break;
            }
            pauses += 1;
            client.continue_().await.unwrap();
        }
        assert!(pauses > 20, "{pauses}");
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}
