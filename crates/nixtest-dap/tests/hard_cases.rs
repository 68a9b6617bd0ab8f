//! The tests of `tests/hard-cases`, run by everything real but machines: Nix evaluates and builds them, the adapter stops
//! on every marked line of their files, as often as the line is the script's.
//!
//! A mark is `# @stop`, then maybe how often the line is hit as `x2`, then maybe the tests it is meant for.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dap_protocol::{events, requests, types};
use serde_json::{Value, json};
use support::program::has_nix;
use support::{client, end, repository};
use tempfile::TempDir;
use test_support::TestClient;

/// A line of a file.
type Line = (PathBuf, i64);

fn folder() -> PathBuf {
    repository().join("tests/hard-cases")
}

/// The tests of the folder by their attribute paths, with the files that their scripts are written in.
fn cases() -> BTreeMap<String, Vec<PathBuf>> {
    let text = fs::read_to_string(folder().join("cases.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| {
            let files = row["files"].as_array().unwrap().iter();
            let files = files.map(|file| folder().join(word(file)));
            (word(&row["test"]), files.collect())
        })
        .collect()
}

/// Builds the drivers of all tests in one go, for all tests of this file. The directory holds links to them, so that none is
/// taken away in between.
fn build_all() {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    BUILT.get_or_init(|| {
        let links = tempfile::tempdir().unwrap();
        let mut command = Command::new("nix-build");
        command.arg(folder().join("default.nix"));
        for test in cases().keys() {
            command.args(["-A", &format!("{test}.driver")]);
        }
        let built = command.current_dir(links.path()).output().unwrap();
        assert!(
            built.status.success(),
            "{}",
            String::from_utf8_lossy(&built.stderr)
        );
        links
    });
}

/// The marked lines of a file that are meant for this test, with how often each is hit.
fn marked_lines(file: &Path, test: &str, mark: &str) -> BTreeMap<Line, usize> {
    let text = fs::read_to_string(file).unwrap();
    let last = test.rsplit('.').next().unwrap_or_default();
    let mut marked = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some((_, words)) = text.split_once(mark) else {
            continue;
        };
        let words = words
            .split(' ')
            .map(|word| word.trim_matches(['\'', '"', '}', ';', ',']));
        let (mut hits, mut tests) = (1, Vec::new());
        for word in words.filter(|word| !word.is_empty()) {
            match word.strip_prefix('x').and_then(|count| count.parse().ok()) {
                Some(count) => hits = count,
                None => tests.push(word),
            }
        }
        if tests.is_empty() || tests.contains(&test) || tests.contains(&last) {
            marked.insert((file.to_owned(), line), hits);
        }
    }
    marked
}

/// Runs a test with a breakpoint on each of its marked lines.
async fn debug(test: &str) {
    let mut expected = BTreeMap::new();
    for file in &cases()[test] {
        expected.extend(marked_lines(file, test, "# @stop"));
    }
    debug_lines(test, json!({}), &expected).await;
}

/// Runs a test with a breakpoint on each of these lines, which are hit so often. `arguments` are further ones of `launch`.
async fn debug_lines(test: &str, arguments: Value, expected: &BTreeMap<Line, usize>) {
    if !has_nix() {
        return;
    }
    build_all();
    let files = &cases()[test];
    let lines_of = |file: &Path| -> Vec<i64> {
        let lines = expected.keys().filter(|(marked, _)| marked == file);
        lines.map(|(_, line)| *line).collect()
    };
    let lines: Vec<_> = files.iter().map(|file| (file, lines_of(file))).collect();
    let breakpoints: Vec<(&Path, &[i64])> = lines
        .iter()
        .map(|(file, lines)| (file.as_path(), lines.as_slice()))
        .filter(|(_, lines)| !lines.is_empty())
        .collect();

    let mut client = client(&repository());
    let mut launch =
        json!({ "file": folder().join("default.nix"), "attr": test, "config": "regular" });
    let fields = launch.as_object_mut().unwrap();
    fields.extend(arguments.as_object().unwrap().clone());
    let set = client.start(launch, &breakpoints).await.unwrap();
    let in_order = breakpoints
        .iter()
        .flat_map(|(file, lines)| lines.iter().map(|line| ((*file).to_owned(), *line)));
    let wanted: BTreeMap<i64, Line> = set
        .iter()
        .map(|breakpoint| breakpoint.id.unwrap())
        .zip(in_order)
        .collect();
    let mut wrong = Vec::new();
    for _ in &set {
        let breakpoint = client.expect_event::<events::Breakpoint>().await.breakpoint;
        let wanted = &wanted[&breakpoint.id.unwrap()];
        if !breakpoint.verified || breakpoint.line != Some(wanted.1) {
            wrong.push(format!("{wanted:?} became {breakpoint:?}"));
        }
    }

    let mut hits: BTreeMap<Line, usize> = BTreeMap::new();
    while let Some(thread_id) = stopped(&mut client).await {
        let arguments = types::StackTraceArguments {
            thread_id,
            ..Default::default()
        };
        let stack = client.request::<requests::StackTrace>(arguments).await;
        let top = stack.unwrap().stack_frames.swap_remove(0);
        let path = top.source.and_then(|source| source.path);
        let path = PathBuf::from(path.unwrap_or_default());
        *hits.entry((path, top.line)).or_default() += 1;
        let arguments = types::ContinueArguments {
            thread_id,
            ..Default::default()
        };
        let continued = client.request::<requests::Continue>(arguments).await;
        continued.unwrap();
    }
    end(client).await;
    let all: BTreeSet<_> = expected.keys().chain(hits.keys()).collect();
    for line in all {
        let (expected, hit) = (expected.get(line), hits.get(line));
        if expected != hit {
            wrong.push(format!("{line:?} was hit {hit:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{test}:\n{}", wrong.join("\n"));
}

/// The thread that stopped; `None` when the test has passed.
async fn stopped(client: &mut TestClient) -> Option<i64> {
    let event = client
        .wait_for(|event| event.is::<events::Stopped>() || event.is::<events::Exited>())
        .await;
    match event.parse::<events::Stopped>() {
        Ok(stopped) if event.is::<events::Stopped>() => stopped.thread_id,
        _ => {
            let exited = event.parse::<events::Exited>().unwrap();
            assert_eq!(exited.exit_code, 0, "{}", client.outputs());
            None
        }
    }
}

#[tokio::test]
async fn lines_of_another_attribute_with_a_prefix() {
    debug("exporters.clock").await;
    debug("exporters.disk").await;
    debug("exporters.clock-backup").await;
}

#[tokio::test]
async fn lines_with_a_prefix_behind_generated_ones() {
    debug("library.reading").await;
    debug("library.lending").await;
}

#[tokio::test]
async fn pieces_of_python_in_other_attributes() {
    debug("installer.simple").await;
    debug("installer.encrypted").await;
}

#[tokio::test]
async fn a_file_without_python() {
    debug("installerStage1.simple").await;
}

#[tokio::test]
async fn one_line_from_many_conditions() {
    debug("boot.fromDisk").await;
    debug("boot.fromCd").await;
}

#[tokio::test]
async fn a_function_with_another_name() {
    debug("cluster").await;
}

#[tokio::test]
async fn generated_repetitions() {
    debug("switch").await;
}

#[tokio::test]
async fn functions_that_are_named_and_not_applied() {
    debug("boxes.simple").await;
    debug("boxes.extended").await;
}

#[tokio::test]
async fn a_pipe_over_a_nested_set() {
    debug("syncing").await;
}

#[tokio::test]
async fn text_that_another_file_hands_over() {
    debug("volumes.thin").await;
    debug("volumes.mirror").await;
}

#[tokio::test]
async fn text_that_the_module_system_merges() {
    debug("cloud.small").await;
    debug("cloud.database").await;
}

#[tokio::test]
async fn a_python_file_with_words_replaced() {
    debug("rules").await;
}

#[tokio::test]
async fn a_python_file() {
    debug("logging").await;
}

#[tokio::test]
async fn names_from_a_with() {
    debug("monitor.defaults").await;
    debug("monitor.everything").await;
}

#[tokio::test]
async fn the_same_lines_for_each_machine() {
    debug("grow").await;
}

#[tokio::test]
async fn statements_as_arguments() {
    debug("loader").await;
}

#[tokio::test]
async fn a_method_that_nix_chooses() {
    debug("names.predictableNetworkd").await;
    debug("names.plain").await;
}

#[tokio::test]
async fn one_line_from_several() {
    debug("transfer").await;
}

#[tokio::test]
async fn many_interpolations() {
    debug("images").await;
}

#[tokio::test]
async fn text_that_is_indented() {
    debug("metadata.init").await;
    debug("metadata.config").await;
}

#[tokio::test]
async fn text_that_could_stand_in_two_places() {
    debug("doubt").await;
}

#[tokio::test]
async fn markers_tell_two_places_apart() {
    let file = folder().join("21-doubt.nix");
    let text = fs::read_to_string(&file).unwrap();
    let lines = (1..).zip(text.lines());
    let same = lines.filter(|(_, line)| line.trim() == "print(\"between\")");
    let expected: BTreeMap<_, _> = same.map(|(line, _)| ((file.clone(), line), 1)).collect();
    assert_eq!(expected.len(), 2);
    debug_lines("doubt", json!({ "sourceMarkers": true }), &expected).await;
}

#[test]
fn every_test_of_the_folder_is_run() {
    let text =
        fs::read_to_string(repository().join("crates/nixtest-dap/tests/hard_cases.rs")).unwrap();
    for test in cases().keys() {
        assert!(text.contains(&format!("debug(\"{test}\")")), "{test}");
    }
}
