//! Recorded streams of Nix 2.8.0, 2.26.3 and 2.34.8: everything in them must be understood. `tests/samples/README.md`
//! says how they were made.

#![allow(
    clippy::unwrap_used,
    reason = "this is a test, outside of its functions too"
)]

use std::fs;
use std::path::PathBuf;

use nix_interop::internal_json::{
    Activity, ActivityResult, LineBuffer, Message, Record, parse_line,
};

fn samples() -> Vec<(String, Vec<u8>)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut samples: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                fs::read(path).unwrap(),
            )
        })
        .collect();
    samples.sort();
    assert_eq!(samples.len(), 60);
    samples
}

fn records(bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut lines = LineBuffer::default();
    lines.push(bytes, |line| records.push(parse_line(line)));
    lines.finish(|line| records.push(parse_line(line)));
    records
}

#[test]
fn every_recorded_line_is_understood() {
    let mut count = 0;
    for (name, bytes) in samples() {
        for record in records(&bytes) {
            count += 1;
            let is_strange = match &record {
                Record::Other(_) | Record::Plain(_) => true,
                Record::Start { activity, .. } => matches!(activity, Activity::Other { .. }),
                Record::Result { result, .. } => matches!(result, ActivityResult::Other { .. }),
                Record::Stop { .. } | Record::Message(_) => false,
            };
            assert!(!is_strange, "{name}: {record:?}");
        }
    }
    assert!(count > 3000, "only {count} records");
}

#[test]
fn every_activity_is_started_and_stopped_once() {
    for (name, bytes) in samples() {
        let mut running = Vec::new();
        for record in records(&bytes) {
            match record {
                Record::Start { id, .. } => {
                    assert!(!running.contains(&id), "{name}: {id} starts twice");
                    running.push(id);
                }
                Record::Stop { id } => {
                    assert!(running.contains(&id), "{name}: {id} stops without a start");
                    running.retain(|other| *other != id);
                }
                Record::Result { id, .. } => assert!(
                    running.contains(&id),
                    "{name}: news of {id}, which is not running"
                ),
                _ => {}
            }
        }
        assert!(running.is_empty(), "{name}: {running:?} never stop");
    }
}

#[test]
fn a_trace_has_its_place() {
    let (_, bytes) = samples()
        .into_iter()
        .find(|(name, _)| name == "nix234-evalerr-trace")
        .unwrap();
    let [
        Record::Message(Message {
            raw: Some(raw),
            trace,
            ..
        }),
    ] = &records(&bytes)[..]
    else {
        panic!("one message")
    };
    assert_eq!(raw, "evaluation exploded");
    let position = trace[0].position.as_ref().unwrap();
    assert_eq!(
        (position.file.as_str(), position.line, position.column),
        ("/src/dag/dag.nix", 25, 13)
    );
}

#[test]
fn damaged_lines_never_panic() {
    for (_, bytes) in samples() {
        for line in bytes.split(|byte| *byte == b'\n') {
            for end in (0..line.len()).step_by(7) {
                parse_line(&line[..end]);
                let mut damaged = line.to_vec();
                damaged[end] = damaged[end].wrapping_mul(31).wrapping_add(17);
                parse_line(&damaged);
            }
        }
    }
}
