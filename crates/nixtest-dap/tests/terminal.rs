//! Shells from the editor: the console's commands, the custom requests, the terminal that the editor is asked for, and what a
//! person is told where it has none.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use dap_protocol::{
    Connection, ErrorResponse, Incoming, Message, RequestMessage, events, requests, types,
};
use serde_json::{Value, json};
use support::drivers::Driver;
use support::ports::{Machines, piped, project, session_directory, shell_command};
use support::{Project, end, environment};
use test_support::TestClient;
use tokio_util::sync::CancellationToken;

const TWO: Machines<'_> = Machines {
    names: &["machine", "other"],
    misbehaviour: "",
};

const SCRIPT: &str = "\
machine.start()
machine.succeed('true')
here = 1  # @here
machine.succeed('cat $STATE/gate 2>/dev/null || true')
";

fn testkit() -> Driver {
    Driver::all().remove(0)
}

/// A session that stands at `@here`, whose client answers a request for a terminal in the given way.
async fn standing(
    answer: impl FnMut(&RequestMessage) -> Result<Option<Value>, ErrorResponse> + Send + 'static,
) -> (Project, TestClient) {
    let project = project(&testkit(), TWO, SCRIPT);
    let mut client = project.client().answering(answer);
    start(&project, &mut client).await;
    (project, client)
}

async fn start(project: &Project, client: &mut TestClient) {
    let lines = [project.line("here")];
    client
        .start(project.launch(), &[(&project.test(), &lines)])
        .await
        .unwrap();
    client.stopped().await;
}

fn opens(_: &RequestMessage) -> Result<Option<Value>, ErrorResponse> {
    Ok(Some(json!({ "shellProcessId": 1 })))
}

/// What the console answers, with the session's directory and the program in words.
async fn console(client: &mut TestClient, text: &str) -> Result<String, String> {
    let arguments = types::EvaluateArguments {
        expression: text.to_owned(),
        context: Some(types::EvaluateArgumentsContext::Repl),
        ..Default::default()
    };
    match client.request::<requests::Evaluate>(arguments).await {
        Ok(body) => Ok(body.result),
        Err(error) => Err(error.text().into_owned()),
    }
}

async fn finish(mut client: TestClient) {
    client.continue_().await.unwrap();
    assert_eq!(client.terminated().await, Some(0));
    end(client).await;
}

/// The requests for a terminal that the client got.
fn asked_for(client: &TestClient) -> Vec<types::RunInTerminalRequestArguments> {
    let messages = client.transcript().messages().iter();
    messages
        .filter_map(|(_, message)| match message {
            Message::Request(request) => request.parse::<requests::RunInTerminal>().ok(),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn the_console_lists_its_commands_and_refuses_others() {
    let (_project, mut client) = standing(opens).await;
    let help = console(&mut client, ":help").await.unwrap();
    expect_test::expect![[r#"
        :help            list these commands
        :continue        let the script run
        :next            run one line
        :step            step into the function that is called
        :out             run until the function returns
        :pause           stop the script where it is
        :interrupt       end what the console runs
        :goto [FILE:]LINE go on at another line; what is between does not run
        :reload          read the test script again and go on with it; nothing is booted
        :skip            go to the next top-level statement, past the rest of this one
        :shell MACHINE   open a terminal with a shell in a machine; with one machine its name may be left out
        :wait [HOW]      what the script waits for; `:wait cancel`, `:wait skip` or `:wait succeed` ends it
        :subtests        show the results of the subtests so far
        :subtest NAME    run a subtest once more, with the variables as they are
        :next-subtest    at a failure in a subtest: keep it for the end, and go on after the subtest
        :rerun           run the script again from its first statement, with the machines as they are
        :restart         end the driver and its machines, and launch the test anew
        Everything else is Python and runs in the test script."#]]
    .assert_eq(&help);
    for (text, problem) in [
        (
            ":fly",
            "there is no console command ':fly'; ':help' lists them",
        ),
        (":", "there is no console command ':'; ':help' lists them"),
        (":shell", "name a machine; the test has machine, other"),
        (
            ":shell nobody",
            "there is no machine nobody; the test has machine, other",
        ),
        (
            ":shell other",
            "other does not run; start it in the script or in the debug console, for example by start_all()",
        ),
    ] {
        assert_eq!(console(&mut client, text).await, Err(problem.to_owned()));
    }
    assert_eq!(asked_for(&client), []);
    assert_eq!(console(&mut client, "1 + 1").await, Ok("2".to_owned()));
    finish(client).await;
}

#[tokio::test]
async fn a_terminal_is_asked_for_with_a_command_that_needs_no_shell() {
    let (project, mut client) = standing(opens).await;
    let command = shell_command(&mut client, "machine").await;
    let directory = session_directory(&command);
    let words = [
        env!("CARGO_BIN_EXE_nixtest-dap"),
        "shell",
        "--session",
        directory.to_str().unwrap(),
        "--",
        "machine",
    ];
    let wanted = types::RunInTerminalRequestArguments {
        kind: Some(types::RunInTerminalRequestArgumentsKind::Integrated),
        title: Some("machine".to_owned()),
        cwd: project.fixture.directory().display().to_string(),
        args: words.map(str::to_owned).to_vec(),
        ..Default::default()
    };
    assert_eq!(asked_for(&client), std::slice::from_ref(&wanted));
    let said = console(&mut client, " :shell   machine ").await;
    assert_eq!(
        said,
        Ok("A terminal opens with a shell in machine.".to_owned())
    );
    assert_eq!(asked_for(&client), [wanted.clone(), wanted]);
    let output = piped(command, "echo inside\n").await;
    assert_eq!(output.stdout, b"inside\n");
    assert!(!client.outputs().contains("no terminal"));
    finish(client).await;
}

#[tokio::test]
async fn machines_are_listed_and_entered_while_the_script_runs() {
    let (_project, mut client) = standing(opens).await;
    let made = client
        .evaluate("machine.succeed('mkfifo $STATE/gate')")
        .await;
    made.unwrap();
    client.continue_().await.unwrap();
    // The answer says so as soon as the script is in its command.
    let machines = loop {
        let response = client.request_raw("nixtest/machines", None).await;
        let body = response.body.unwrap();
        if body["machines"][0]["commands"] != json!([]) {
            break body;
        }
    };
    let directory = machines["machines"][0]["directory"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = directory.replace("vm-state-machine", "vm-state-other");
    let busy = json!({ "command": "cat $STATE/gate 2>/dev/null || true", "line": 4 });
    assert_eq!(
        machines,
        json!({ "machines": [
            { "name": "machine", "kind": "vm", "directory": directory, "state": "up", "commands": [busy] },
            { "name": "other", "kind": "vm", "directory": other, "state": "off", "commands": [] },
        ] })
    );
    let said = console(&mut client, ":shell machine").await;
    assert_eq!(
        said,
        Ok("A terminal opens with a shell in machine.".to_owned())
    );
    std::fs::write(format!("{directory}/gate"), "").unwrap();
    assert_eq!(client.terminated().await, Some(0));
    assert_eq!(
        console(&mut client, ":shell machine").await,
        Err("':shell' is not possible now: the session has ended".to_owned())
    );
    end(client).await;
}

#[tokio::test]
async fn before_the_script_there_is_help_and_no_machine() {
    let project = project(&testkit(), TWO, SCRIPT);
    let mut client = project.client();
    client.initialize().await.unwrap();
    assert!(console(&mut client, ":help").await.is_ok());
    assert_eq!(
        console(&mut client, ":shell machine").await,
        Err("':shell' is not possible now: the test script has not started yet".to_owned())
    );
    end(client).await;
}

/// The text that tells a person what to do, for the session in the command.
fn by_hand(command: &std::process::Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_str().unwrap())
        .collect();
    format!(
        "For a shell in machine run this in a terminal:\n  {}",
        words.join(" ")
    )
}

#[tokio::test]
async fn an_editor_without_terminals_shows_what_to_type() {
    let project = project(&testkit(), TWO, SCRIPT);
    let mut client = project
        .client()
        .with_abilities(types::InitializeRequestArguments {
            adapter_id: "nixtest".to_owned(),
            ..Default::default()
        });
    start(&project, &mut client).await;
    let arguments = json!({ "machine": "machine" });
    let response = client
        .request_raw("nixtest/openShell", Some(arguments))
        .await;
    assert_eq!(response.body.unwrap()["terminal"], false);
    let command = shell_command(&mut client, "machine").await;
    let said = console(&mut client, ":shell machine").await;
    assert_eq!(said, Ok(by_hand(&command)));
    assert_eq!(asked_for(&client), []);
    finish(client).await;
}

#[tokio::test]
async fn an_editor_that_opens_no_terminal_shows_what_to_type() {
    let refuses = |_: &RequestMessage| Err(ErrorResponse::new("no terminals today"));
    let (_project, mut client) = standing(refuses).await;
    let command = shell_command(&mut client, "machine").await;
    let text = format!(
        "no terminal was opened: no terminals today\n{}\n",
        by_hand(&command)
    );
    client.wait_for_output(&text).await;
    finish(client).await;
}

/// A client that answers nothing it is asked; the monitor of the other tests' client would not let it.
#[tokio::test]
async fn an_editor_that_never_answers_shows_what_to_type() {
    let project = project(&testkit(), TWO, SCRIPT);
    let (mut own, theirs) = Connection::memory();
    tokio::spawn(dap_server::serve(
        theirs,
        environment(),
        CancellationToken::new(),
    ));
    let mut send = |command: &str, arguments: Value| {
        own.outgoing.request_raw(command, Some(arguments));
    };
    send(
        "initialize",
        json!({ "adapterID": "nixtest", "supportsRunInTerminalRequest": true }),
    );
    send("launch", project.launch());
    let source = json!({ "path": project.test() });
    let here = json!([{ "line": project.line("here") }]);
    send(
        "setBreakpoints",
        json!({ "source": source, "breakpoints": here }),
    );
    send("configurationDone", json!({}));
    let mut was_asked = false;
    let said = loop {
        let Some(Incoming::Message(message)) = own.incoming.recv().await else {
            panic!("the adapter has left");
        };
        match message {
            Message::Event(event) if event.is::<events::Stopped>() => {
                let arguments = json!({ "machine": "machine" });
                own.outgoing
                    .request_raw("nixtest/openShell", Some(arguments));
            }
            Message::Event(event) if event.is::<events::Output>() => {
                let output = event.parse::<events::Output>().unwrap().output;
                if output.contains("For a shell in machine") {
                    break output;
                }
            }
            Message::Request(_) => was_asked = true,
            _ => {}
        }
    };
    assert!(was_asked);
    assert!(
        said.starts_with(
            "no terminal was opened so far\nFor a shell in machine run this in a terminal:\n  /"
        ),
        "{said}"
    );
    own.outgoing.request_raw("disconnect", None);
    while let Some(incoming) = own.incoming.recv().await {
        if let Incoming::Message(Message::Response(response)) = incoming
            && response.command == "disconnect"
        {
            break;
        }
    }
}
