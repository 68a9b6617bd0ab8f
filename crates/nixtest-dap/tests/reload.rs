//! Edit and go on: the script is changed while it runs, and nothing is booted again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{ErrorResponse, requests, types};
use serde_json::{Value, json};
use support::program::{has_nix, has_qemu};
use support::{Project, client, end, repository, top};
use test_support::{Fixture, TestClient};

/// The file of Python that a launch runs.
const SCRIPT: &str = "own.py";

/// Starts a session that runs `script` from a file, with breakpoints on its marked lines.
async fn start(script: &str, markers: &[&str], arguments: Value) -> (Project, TestClient) {
    let mut project = Project::new("print('of the test')\n");
    project.fixture.write(SCRIPT, script);
    let mut launch = project.launch();
    launch["testScript"] = SCRIPT.into();
    let fields = launch.as_object_mut().unwrap();
    fields.extend(arguments.as_object().unwrap().clone());
    let lines: Vec<_> = markers
        .iter()
        .map(|marker| project.fixture.line(SCRIPT, marker))
        .collect();
    let mut client = project.client();
    let file = project.fixture.path(SCRIPT);
    client.start(launch, &[(&file, &lines)]).await.unwrap();
    (project, client)
}

async fn reload(client: &mut TestClient) -> Result<Value, ErrorResponse> {
    let response = client
        .request_raw("nixtest/reloadScript", Some(json!({})))
        .await;
    match response.error() {
        Some(error) => Err(error),
        None => Ok(response.body.unwrap()),
    }
}

#[tokio::test]
async fn the_changed_script_goes_on_and_what_ran_already_is_told() {
    let old = "a = 1  # @a\nb = 2  # @b\nprint('old')  # @old\n";
    let (mut project, mut client) = start(old, &["b"], json!({})).await;
    client.stopped().await;
    let new = "a = 11  # @a\nadded = 0\nb = 2  # @b\nmore = [\n    3,\n]\nprint('new', a, more)  # @new\n";
    project.fixture.write(SCRIPT, new);
    let answer = reload(&mut client).await.unwrap();
    let path = project.fixture.path(SCRIPT).display().to_string();
    let source = json!({ "name": SCRIPT, "path": path });
    assert_eq!(
        answer,
        json!({
            "isChanged": true,
            "differences": [
                { "kind": "changed", "source": source, "line": 1 },
                { "kind": "added", "source": source, "line": 2 },
            ],
            "remarks": [],
        })
    );
    let told = format!("{path}:1 was changed, and has run already");
    assert!(client.outputs().contains(&told), "{}", client.outputs());
    // The statement that stands is where it stands now, and breakpoints are those of the new lines.
    let b = project.fixture.line(SCRIPT, "b");
    assert_eq!(top(&mut client).await, (SCRIPT.to_owned(), b));
    let new = project.fixture.line(SCRIPT, "new");
    let file = project.fixture.path(SCRIPT);
    let set = client.set_breakpoints(&file, &[new]).await.unwrap();
    assert!(set[0].verified, "{set:?}");
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await, (SCRIPT.to_owned(), new));
    let answer = reload(&mut client).await.unwrap();
    assert_eq!(answer["isChanged"], false);
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(client.outputs().contains("new 1 [3]\n") && !client.outputs().contains("old\n"));
    end(client).await;
}

#[tokio::test]
async fn a_text_that_is_no_python_or_cannot_be_read_changes_nothing() {
    let (mut project, mut client) = start("a = 1  # @a\nprint('old')\n", &["a"], json!({})).await;
    client.stopped().await;
    project.fixture.write(SCRIPT, "a = 1\nif a\n");
    let refused = reload(&mut client).await.unwrap_err();
    let place = format!(
        "{}:2:5: the new test script is no Python",
        project.fixture.path(SCRIPT).display()
    );
    assert!(refused.text().contains(&place), "{refused}");
    std::fs::remove_file(project.fixture.path(SCRIPT)).unwrap();
    let refused = client.evaluate(":reload").await.unwrap_err();
    assert!(refused.text().contains("cannot be read"), "{refused}");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(client.outputs().contains("old\n"));
    end(client).await;
}

#[tokio::test]
async fn code_whose_lines_are_gone_is_shown_in_a_document_of_its_own() {
    let old = "def work():\n    x = 1\n    y = 2\n    return x / 0\nstart = 1  # @start\nwork()\n";
    let (mut project, mut client) = start(old, &["start"], json!({})).await;
    client.stopped().await;
    let new = "def other():\n    pass\nstart = 1  # @start\nwork()  # @call\n";
    project.fixture.write(SCRIPT, new);
    let result = client.evaluate(":reload").await.unwrap().result;
    assert!(
        result.contains(":1 was changed, and has run already"),
        "{result}"
    );
    client.continue_().await.unwrap();
    assert_eq!(
        client.stopped().await.reason,
        types::StoppedEventReason::Exception
    );
    let stack = client.stack().await;
    let places: Vec<_> = stack
        .iter()
        .map(|frame| {
            let name = frame.source.as_ref().and_then(|source| source.name.clone());
            (name.unwrap(), frame.line)
        })
        .collect();
    let past = "testScript (text 1, replaced)".to_owned();
    let call = project.fixture.line(SCRIPT, "call");
    assert_eq!(places, [(past.clone(), 4), (SCRIPT.to_owned(), call)]);
    let reference = stack[0].source.as_ref().unwrap().source_reference.unwrap();
    let arguments = types::SourceArguments {
        source: None,
        source_reference: reference,
    };
    let shown = client.request::<requests::Source>(arguments).await.unwrap();
    assert_eq!(shown.content, old);
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    let told = format!("{past}:4, in work\n    return x / 0");
    assert!(client.outputs().contains(&told), "{}", client.outputs());
    end(client).await;
}

#[tokio::test]
async fn a_saved_file_is_gone_on_with_at_once() {
    let old = "import time\nwait = True  # @wait\nwhile wait:\n    time.sleep(0.01)\n";
    let (mut project, mut client) = start(old, &["wait"], json!({ "reloadOnSave": true })).await;
    client.stopped().await;
    let new = "import time\nwait = True  # @wait\nprint('saved')\n";
    project.fixture.write(SCRIPT, new);
    client
        .wait_for(|event| {
            let output = event.body.as_ref().and_then(|body| body["output"].as_str());
            output.is_some_and(|output| output.contains("The test script was reloaded"))
        })
        .await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(client.outputs().contains("saved\n"));
    end(client).await;
}

#[tokio::test]
async fn a_driver_with_its_script_inside_has_nothing_to_reload() {
    let project = Project::new("a = 1  # @a\n");
    let mut client = project.start(&["a"]).await;
    client.stopped().await;
    let refused = reload(&mut client).await.unwrap_err();
    assert!(refused.text().contains("name a `testScript`"), "{refused}");
    end(client).await;
}

const TEST: &str = "{
  name = \"edited\";
  nodes.machine = { };
  testScript = ''
    machine.succeed(\"echo kept > /tmp/proof\")
    here = 1  # @here
    machine.fail(\"true\")
  '';
}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_runs_on_across_a_reload_that_nix_evaluates() {
    if !has_nix() || !has_qemu() {
        return;
    }
    let mut fixture = Fixture::new(&[("edited.nix", TEST)]);
    let testkit = repository().join("nix/testkit");
    let nix = format!(
        "(import {} {{ }}).runTest ./edited.nix\n",
        testkit.display()
    );
    fixture.write("default.nix", &nix);
    let mut client = client(fixture.directory());
    let file = fixture.path("edited.nix");
    let launch = json!({ "file": "default.nix", "cwd": fixture.directory() });
    let here = fixture.line("edited.nix", "here");
    client.start(launch, &[(&file, &[here])]).await.unwrap();
    client.stopped().await;
    let pid = client.evaluate("machine.process.pid").await.unwrap().result;

    let edited = TEST
        .replace("  nodes.machine = { };", "  # An edit above.\n  nodes.machine = { };")
        .replace(
            "    machine.fail(\"true\")",
            "    proof = machine.succeed(\"cat /tmp/proof\")\n    print(\"proof\", proof)  # @proof",
        );
    fixture.write("edited.nix", &edited);
    let answer = reload(&mut client).await.unwrap();
    assert_eq!(
        answer,
        json!({ "isChanged": true, "differences": [], "remarks": [] })
    );
    assert_eq!(top(&mut client).await.1, fixture.line("edited.nix", "here"));
    let proof = fixture.line("edited.nix", "proof");
    client.set_breakpoints(&file, &[proof]).await.unwrap();
    client.continue_().await.unwrap();
    client.stopped().await;
    assert_eq!(top(&mut client).await, ("edited.nix".to_owned(), proof));
    assert_eq!(
        client.evaluate("machine.process.pid").await.unwrap().result,
        pid
    );

    // The machine's own part cannot be changed so; that is told, and the script is taken all the same.
    fixture.write(
        "edited.nix",
        &edited.replace(
            "nodes.machine = { };",
            "nodes.machine = { networking.hostName = \"other\"; };",
        ),
    );
    let answer = reload(&mut client).await.unwrap();
    let remark = answer["remarks"][0].as_str().unwrap();
    assert!(remark.contains("The machines stay as they are"), "{answer}");
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert!(
        client.outputs().contains("proof kept\n"),
        "{}",
        client.outputs()
    );
    end(client).await;
}
