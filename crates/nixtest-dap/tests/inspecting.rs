//! What a person looks at and changes while the script stands: variables, expressions, completions.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::types::{CompletionItem, CompletionsArguments, InitializeRequestArguments};
use dap_protocol::{events, requests, types};
use support::{Project, end};
use test_support::TestClient;

async fn complete(client: &mut TestClient, text: &str) -> Vec<CompletionItem> {
    let arguments = CompletionsArguments {
        frame_id: None,
        text: text.to_owned(),
        column: i64::try_from(text.encode_utf16().count()).unwrap() + 1,
        line: None,
    };
    client
        .request::<requests::Completions>(arguments)
        .await
        .unwrap()
        .targets
}

async fn labels(client: &mut TestClient, text: &str) -> Vec<String> {
    let targets = complete(client, text).await;
    targets.into_iter().map(|target| target.label).collect()
}

async fn scope(client: &mut TestClient, name: &str) -> i64 {
    let frame_id = client.stack().await[0].id;
    let scopes = client
        .request::<requests::Scopes>(types::ScopesArguments { frame_id })
        .await
        .unwrap()
        .scopes;
    let scope = scopes.iter().find(|scope| scope.name == name);
    scope.expect("the scope is there").variables_reference
}

#[tokio::test]
async fn a_variable_is_given_another_value_and_the_script_goes_on_with_it() {
    let project = Project::new(
        "numbers = [1, 2]\n\ndef add(number):\n    return number + 1  # @inside\n\nprint(add(1), numbers)\n",
    );
    let mut client = project.start(&["inside"]).await;
    client.stopped().await;
    let locals = scope(&mut client, "Locals").await;
    let globals = scope(&mut client, "Globals").await;
    let set = |variables_reference, name: &str, value: &str| types::SetVariableArguments {
        variables_reference,
        name: name.to_owned(),
        value: value.to_owned(),
        format: None,
    };
    let changed = client
        .request::<requests::SetVariable>(set(locals, "number", "numbers[1] * 20"))
        .await
        .unwrap();
    assert_eq!(
        (changed.value.as_str(), changed.r#type.as_deref()),
        ("40", Some("int"))
    );
    let invalidated = client.expect_event::<events::Invalidated>().await;
    assert_eq!(
        invalidated.areas,
        Some(vec![types::InvalidatedAreas::Variables])
    );
    let changed = client
        .request::<requests::SetVariable>(set(globals, "numbers", "(number, 0)"))
        .await
        .unwrap();
    assert_eq!(changed.indexed_variables, Some(2));
    let refused = client
        .request::<requests::SetVariable>(set(changed.variables_reference.unwrap(), "[0]", "1"))
        .await
        .unwrap_err();
    assert!(
        refused.text().contains("an element of a tuple"),
        "{refused:?}"
    );
    client.continue_().await.unwrap();
    client.terminated().await;
    assert!(client.outputs().contains("41 (40, 0)\n"));
    end(client).await;
}

#[tokio::test]
async fn an_expression_is_given_another_value() {
    let project = Project::new("table = {'key': [1]}\nx = 1  # @here\nprint(table)\n");
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let set = |expression: &str| types::SetExpressionArguments {
        expression: expression.to_owned(),
        value: "'new'".to_owned(),
        frame_id: None,
        format: None,
    };
    let changed = client
        .request::<requests::SetExpression>(set("table['key'][0]"))
        .await
        .unwrap();
    assert_eq!(changed.value, "'new'");
    let refused = client
        .request::<requests::SetExpression>(set("len(table)"))
        .await
        .unwrap_err();
    assert_eq!(
        refused.text(),
        "len(table) cannot be assigned to; name a variable, an attribute or an element"
    );
    client.continue_().await.unwrap();
    client.terminated().await;
    assert!(client.outputs().contains("{'key': ['new']}\n"));
    end(client).await;
}

#[tokio::test]
async fn a_client_that_does_not_refetch_is_not_told_to() {
    let project = Project::new("x = 1\ny = 2  # @here\n");
    let mut client = project.client().with_abilities(InitializeRequestArguments {
        adapter_id: "nixtest".to_owned(),
        ..InitializeRequestArguments::default()
    });
    project
        .start_in(&mut client, serde_json::json!({}), &["here"])
        .await;
    client.stopped().await;
    client.evaluate("x = 3").await.unwrap();
    assert_eq!(client.evaluate("x").await.unwrap().result, "3");
    // The monitor of the client fails on an event that it has not asked for.
    end(client).await;
}

#[tokio::test]
async fn the_console_completes_python_where_the_script_stands_and_commands_always() {
    let project = Project::new(
        "import threading\ngo = threading.Event()\nhouses = {'😀 red': 1, 'blue': 2}  # @here\nprint('on')  # @next\ngo.wait()\n",
    );
    let mut client = project.client();
    client.initialize().await.unwrap();
    assert_eq!(labels(&mut client, ":he").await, [":help"]);
    assert!(labels(&mut client, "hou").await.is_empty());
    client.disconnect().await.unwrap();
    client.finish().await;

    let mut client = project.start(&["next"]).await;
    client.stopped().await;
    assert_eq!(labels(&mut client, "hou").await, ["houses"]);
    let after_a_surrogate_pair = complete(&mut client, "'😀' + ho").await;
    assert_eq!(after_a_surrogate_pair[0].label, "houses");
    assert_eq!(
        (
            after_a_surrogate_pair[0].start,
            after_a_surrogate_pair[0].length
        ),
        (Some(8), Some(2))
    );
    let keys = complete(&mut client, "houses['😀 r").await;
    assert_eq!(keys[0].text.as_deref(), Some("😀 red']"));
    assert_eq!((keys[0].start, keys[0].length), (Some(9), Some(4)));
    let several_lines = CompletionsArguments {
        frame_id: None,
        text: "x = 1\ny = go.is".to_owned(),
        column: 10,
        line: Some(2),
    };
    let several_lines = client
        .request::<requests::Completions>(several_lines)
        .await
        .unwrap();
    assert_eq!(several_lines.targets[0].label, "is_set");
    assert_eq!(several_lines.targets[0].start, Some(8));
    let commands = complete(&mut client, "  :sh").await;
    assert_eq!(commands[0].label, ":shell");
    assert_eq!((commands[0].start, commands[0].length), (Some(3), Some(3)));

    client.continue_().await.unwrap();
    client.wait_for_output("on\n").await;
    assert_eq!(labels(&mut client, "hou").await, ["houses"]);
    assert_eq!(labels(&mut client, ":sh").await, [":shell"]);
    end(client).await;
}

async fn page(
    client: &mut TestClient,
    variables_reference: i64,
    start: i64,
    count: i64,
) -> Vec<types::Variable> {
    let arguments = types::VariablesArguments {
        variables_reference,
        filter: Some(types::VariablesArgumentsFilter::Indexed),
        start: Some(start),
        count: Some(count),
        format: None,
    };
    client
        .request::<requests::Variables>(arguments)
        .await
        .unwrap()
        .variables
}

#[tokio::test]
async fn large_values_are_unfolded_by_pages_and_bounded_without() {
    let project = Project::new(
        "numbers = list(range(10000))\ntable = {str(i): i for i in range(10000)}\nx = 1  # @here\n",
    );
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    for (name, child) in [("numbers", "[9999]"), ("table", "'9999'")] {
        let whole = client.evaluate(name).await.unwrap();
        assert_eq!(whole.indexed_variables, Some(10_000));
        let last = page(&mut client, whole.variables_reference, 9999, 100).await;
        assert_eq!(last.len(), 1);
        assert_eq!(
            (last[0].name.as_str(), last[0].value.as_str()),
            (child, "9999")
        );
        let everything = client.children(whole.variables_reference).await;
        assert_eq!(everything.len(), 2001);
        assert_eq!(everything[2000].value, "8000 more; ask for them by pages");
    }
    end(client).await;
}

#[tokio::test]
async fn a_property_is_computed_when_it_is_unfolded() {
    let project = Project::new(
        "class Thing:\n    @property\n    def size(self):\n        reads.append(1)\n        return 40 + len(reads)\n\nreads = []\nthing = Thing()\nx = 1  # @here\n",
    );
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let thing = client.evaluate("thing").await.unwrap();
    let size = client.children(thing.variables_reference).await.remove(0);
    assert_eq!(size.name, "size");
    assert_eq!(size.presentation_hint.unwrap().lazy, Some(true));
    assert_eq!(client.evaluate("reads").await.unwrap().result, "[]");
    let read = client.children(size.variables_reference).await;
    assert_eq!((read.len(), read[0].value.as_str()), (1, "41"));
    end(client).await;
}

#[tokio::test]
async fn a_step_shows_what_was_returned() {
    let project = Project::new("def work():\n    return 'done'\n\nwork()  # @call\nx = 1\n");
    let mut client = project.start(&["call"]).await;
    client.stopped().await;
    client.next().await.unwrap();
    client.stopped().await;
    let returned = client.variables("Return value").await;
    assert_eq!(
        (returned[0].name.as_str(), returned[0].value.as_str()),
        ("(return) work", "'done'")
    );
    end(client).await;
}

#[tokio::test]
async fn a_function_of_the_script_leads_to_its_line_of_the_nix_file() {
    let project = Project::new("def work():  # @work\n    return 1\n\nx = work()  # @here\n");
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let work = client.variables("Locals").await.remove(0);
    let location_reference = work.value_location_reference.unwrap();
    let place = client
        .request::<requests::Locations>(types::LocationsArguments { location_reference })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(place.line, project.line("work"));
    assert_eq!(
        place.source.path,
        Some(project.test().display().to_string())
    );
    let unknown = client
        .request::<requests::Locations>(types::LocationsArguments {
            location_reference: 1 << 40,
        })
        .await
        .unwrap_err();
    assert!(unknown.text().contains("ask for the scopes"), "{unknown:?}");
    end(client).await;
}

#[tokio::test]
async fn the_sources_are_told_as_the_script_becomes_known() {
    let project = Project::new("x = 1  # @here\n");
    let mut client = project.start(&["here"]).await;
    client.stopped().await;
    let file = client.expect_event::<events::LoadedSource>().await;
    assert_eq!(file.reason, types::LoadedSourceEventReason::New);
    assert_eq!(file.source.path, Some(project.test().display().to_string()));
    let generated = client.expect_event::<events::LoadedSource>().await;
    assert_eq!(generated.source.source_reference, Some(1));
    end(client).await;
}
