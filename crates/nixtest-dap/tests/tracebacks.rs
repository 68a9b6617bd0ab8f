//! What is told of a failed script beside the driver's own report: its traceback, at the places where it was written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{requests, types};
use serde_json::json;
use support::places::GENERATED;
use support::{Project, end};

#[tokio::test]
async fn a_failure_is_told_once_more_at_the_places_where_it_was_written() {
    let nix = "{\n  name = \"sample\";\n  testScript = ''\n    ${import ./setup.nix}\n    try:\n        \
               outer()  # @try\n    except ValueError as error:\n        raise RuntimeError('at last') from error  # @last\n  \
               '';\n}\n";
    let setup = "''\n  def inner():\n      return {}['key']  # @inner\n\n  def outer():\n      try:\n          inner()  \
                 # @call\n      except KeyError:\n          raise ValueError('because')  # @because\n''\n";
    let script = "def inner():\n    return {}['key']  # @inner\n\ndef outer():\n    try:\n        inner()  # @call\n    \
                  except KeyError:\n        raise ValueError('because')  # @because\n\ntry:\n    outer()  # @try\nexcept \
                  ValueError as error:\n    raise RuntimeError('at last') from error  # @last\n";
    let mut project = Project::with_nix(nix, script);
    project.fixture.write("setup.nix", setup);
    let mut client = project.start(&["last"]).await;
    client.stopped().await;
    client.continue_().await.unwrap();
    let stopped = client.stopped().await;
    let information = types::ExceptionInfoArguments {
        thread_id: stopped.thread_id.unwrap(),
    };
    let information = client
        .request::<requests::ExceptionInfo>(information)
        .await
        .unwrap();
    let (main, setup) = (
        project.test().display().to_string(),
        project.fixture.path("setup.nix").display().to_string(),
    );
    let (last, tried) = (project.line("last"), project.line("try"));
    let [inner, call, because] =
        ["inner", "call", "because"].map(|marker| project.fixture.line("setup.nix", marker));
    assert_eq!(
        information.details.unwrap().stack_trace.unwrap(),
        format!(
            "  {main}:{last}, in testScript\n    raise RuntimeError('at last') from error  # @last"
        )
    );
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    let told = format!(
        "Traceback of the test script (most recent call last):
  {setup}:{call}, in outer
    inner()  # @call
  {setup}:{inner}, in inner
    return {{}}['key']  # @inner
KeyError: 'key'

During handling of the above exception, another exception occurred:

  {main}:{tried}, in testScript
    outer()  # @try
  {setup}:{because}, in outer
    raise ValueError('because')  # @because
ValueError: because

The above exception was the direct cause of the following exception:

  {main}:{last}, in testScript
    raise RuntimeError('at last') from error  # @last
{main}:{last}:9: RuntimeError: at last
The test script failed.
"
    );
    assert!(client.outputs().contains(&told), "{}", client.outputs());
    end(client).await;
}

#[tokio::test]
async fn a_traceback_folds_the_driver_and_deep_recursions_and_names_generated_places() {
    let project = Project::with_nix(
        "{ testScript = (import ./elsewhere.nix).script; } # @nix\n",
        "def fall(depth):\n    if depth == 0:\n        with subtest('inside'):\n            raise ValueError('deep')\n    \
         fall(depth - 1)\n\nfall(200)\n",
    );
    let mut client = project.start(&["nix"]).await;
    client.stopped().await;
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(1));
    let outputs = client.outputs();
    let begin = outputs
        .find("Traceback of the test script")
        .expect("there is a traceback");
    let told = outputs[begin..].lines();
    let told: Vec<_> = told
        .take_while(|line| *line != "The test script failed.")
        .collect();
    assert_eq!(told[1], format!("  {GENERATED}:7, in testScript"));
    assert_eq!(told[2], "    fall(200)");
    let folded = told.iter().filter(|line| line.starts_with("  … ")).count();
    assert_eq!(folded, 1, "{told:?}");
    assert!(told.len() < 100, "{} lines", told.len());
    assert!(
        outputs.contains(&format!(
            "{GENERATED}:4:13: ValueError: deep\nThe test script failed."
        )),
        "{outputs}"
    );
    end(client).await;
}

#[tokio::test]
async fn frames_between_those_of_the_script_are_one_line() {
    let project = Project::new(
        "import re\ndef fail(_):\n    raise ValueError('no')  # @fail\ndef search():\n    re.sub('x', fail, 'x')  # \
         @search\nretry(lambda _: search())  # @retry\n",
    );
    let arguments = json!({ "noDebug": true, "file": project.test() });
    let mut client = project.start_with(arguments, &[]).await;
    assert_eq!(client.terminated().await, Some(1));
    let path = project.test().display().to_string();
    let [fail, search, retry] = ["fail", "search", "retry"].map(|marker| project.line(marker));
    let told = format!(
        "Traceback of the test script (most recent call last):
  {path}:{retry}, in testScript
    retry(lambda _: search())  # @retry
  … 1 frame of the test driver
  {path}:{retry}, in <lambda>
    retry(lambda _: search())  # @retry
  {path}:{search}, in search
    re.sub('x', fail, 'x')  # @search
  … 1 frame outside the test script
  {path}:{fail}, in fail
    raise ValueError('no')  # @fail
{path}:{fail}:9: ValueError: no
The test script failed.
"
    );
    assert!(client.outputs().contains(&told), "{}", client.outputs());
    end(client).await;
}
