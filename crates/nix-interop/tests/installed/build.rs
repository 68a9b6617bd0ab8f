//! Builds in an isolated store.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::lab::Lab;
use nix_interop::{BuildError, BuildEvent, RunError};
use tokio_util::sync::CancellationToken;

async fn build(lab: &Lab, name: &str) -> (Result<(), BuildError>, Vec<BuildEvent>) {
    let evaluation = lab.evaluate(&lab.file("project", &[name])).await.unwrap();
    let link = lab.root.join("roots/a b").join(name);
    let mut events = Vec::new();
    let cancel = CancellationToken::new();
    let result = lab
        .nix
        .build(
            &evaluation.driver_derivation,
            Some(&link),
            |event| events.push(event),
            &cancel,
        )
        .await;
    (result, events)
}

#[tokio::test]
async fn a_build_gives_its_output_and_keeps_it() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let evaluation = lab
        .evaluate(&lab.file("project", &["hello"]))
        .await
        .unwrap();
    let (result, events) = build(&lab, "hello").await;
    result.unwrap();
    let output = evaluation.driver_output;
    assert_eq!(fs::read_to_string(&output).unwrap(), "built\n");
    assert_eq!(
        fs::read_link(lab.root.join("roots/a b/hello")).unwrap(),
        output
    );

    let derivation = evaluation.driver_derivation;
    let name = "nixos-test-driver-hello".to_owned();
    assert_eq!(
        events[0],
        BuildEvent::Planned {
            derivations: vec![derivation.clone()]
        }
    );
    let started = BuildEvent::Started {
        derivation: derivation.clone(),
        name: name.clone(),
    };
    let finished = BuildEvent::Finished { derivation, name };
    let position = |event| events.iter().position(|other| *other == event);
    assert!(position(started).unwrap() < position(finished).unwrap());
    let Some(BuildEvent::Progress(progress)) = events
        .iter()
        .rfind(|event| matches!(event, BuildEvent::Progress(_)))
    else {
        panic!("no progress in {events:?}")
    };
    assert_eq!((progress.builds.done, progress.builds.expected), (1, 1));

    // Again: nothing to do, the output still there.
    let (result, events) = build(&lab, "hello").await;
    result.unwrap();
    assert!(output.exists());
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, BuildEvent::Started { .. }))
    );
}

#[tokio::test]
async fn a_failure_names_the_derivation_that_failed_and_shows_its_log() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let (result, _) = build(&lab, "fails").await;
    let Err(BuildError::Failed(failure)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        failure.to_string(),
        "building kernel failed: builder failed with exit code 3"
    );
    assert!(
        failure
            .derivation
            .unwrap()
            .ends_with(failure_file(&lab, "-kernel.drv"))
    );
    assert_eq!(failure.status, "exit status: 100");
    assert_eq!(failure.log.len(), 20);
    assert_eq!(failure.log[0], "line 7");
    assert_eq!(failure.log[19], "red alert");
    assert!(!lab.root.join("roots/a b/fails").exists());
}

fn failure_file(lab: &Lab, suffix: &str) -> String {
    let names = fs::read_dir(lab.root.join("store")).unwrap();
    let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.find(|name| name.ends_with(suffix)).unwrap()
}

#[tokio::test]
async fn what_is_not_in_the_store_fails_with_what_nix_says() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let derivation = lab
        .root
        .join("store/61hcyi1a2a51m6992yvymzglask2fc0p-gone.drv");
    let cancel = CancellationToken::new();
    let result = lab.nix.build(&derivation, None, |_| {}, &cancel).await;
    let Err(BuildError::Failed(failure)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(failure.name, "gone");
    assert_eq!(failure.status, "exit status: 1");
    assert!(failure.reason.contains("gone.drv"), "{}", failure.reason);
}

#[tokio::test]
async fn a_link_that_cannot_be_made_is_named() {
    let Some(lab) = Lab::new("project").await else {
        return;
    };
    let evaluation = lab
        .evaluate(&lab.file("project", &["hello"]))
        .await
        .unwrap();
    let link = lab.root.join("project/tests.nix/link");
    let cancel = CancellationToken::new();
    let result = lab
        .nix
        .build(&evaluation.driver_derivation, Some(&link), |_| {}, &cancel)
        .await;
    assert!(matches!(result, Err(BuildError::Link { .. })), "{result:?}");
}

#[tokio::test]
async fn cancelling_a_build_leaves_no_builder() {
    let Some((lab, marker)) = endless().await else {
        return;
    };
    let evaluation = lab
        .evaluate(&lab.file("project", &["endless"]))
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let on_event = |event| {
        if matches!(event, BuildEvent::Log { .. }) {
            assert_ne!(processes_with(&marker), 0, "the builder runs");
            cancel.cancel();
        }
    };
    let link = lab.root.join("link");
    let result = lab
        .nix
        .build(
            &evaluation.driver_derivation,
            Some(&link),
            on_event,
            &cancel,
        )
        .await;
    assert!(
        matches!(result, Err(BuildError::Run(RunError::Cancelled))),
        "{result:?}"
    );
    assert_eq!(processes_with(&marker), 0);
}

#[tokio::test]
async fn a_build_that_nobody_waits_for_ends() {
    let Some((lab, marker)) = endless().await else {
        return;
    };
    let evaluation = lab
        .evaluate(&lab.file("project", &["endless"]))
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let (seen, ready) = tokio::sync::oneshot::channel();
    let mut seen = Some(seen);
    let on_event = |event| {
        if let (BuildEvent::Log { .. }, Some(seen)) = (event, seen.take()) {
            assert_ne!(processes_with(&marker), 0, "the builder runs");
            let _ = seen.send(());
        }
    };
    let link = lab.root.join("link");
    tokio::select! {
        result = lab.nix.build(&evaluation.driver_derivation, Some(&link), on_event, &cancel) => panic!("{result:?}"),
        _ = ready => {}
    }
    let gone = async {
        while processes_with(&marker) != 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .expect("the builder ends");
}

/// A lab whose `endless` build can be told from all other processes by the returned text.
async fn endless() -> Option<(Lab, String)> {
    let lab = Lab::new("project").await?;
    let marker = lab.root.join("marker").to_str().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let sleep = std::env::split_paths(&path)
        .map(|directory| directory.join("sleep"))
        .find(|path| path.is_file());
    let file = lab.root.join("project/tests.nix");
    let text = fs::read_to_string(&file).unwrap();
    let text = text
        .replace(
            "sleep ? \"sleep\"",
            &format!("sleep ? {:?}", sleep.unwrap()),
        )
        .replace("marker ? \"marker\"", &format!("marker ? {marker:?}"));
    fs::write(&file, text).unwrap();
    Some((lab, marker))
}

fn processes_with(marker: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let command_lines =
        processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let own = Path::new("/proc/self/cmdline");
    let own = fs::read(own).unwrap();
    command_lines
        .filter(|line| *line != own && String::from_utf8_lossy(line).contains(marker))
        .count()
}
