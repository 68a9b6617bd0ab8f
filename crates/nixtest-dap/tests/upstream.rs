//! The agent in drivers as Nix wraps them: in the testkit's, and in that of NixOS itself, any version of it, where the environment
//! names one (`support/drivers.rs`). Nothing of that driver is in this project.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use dap_protocol::{requests, types};
use support::drivers::{Driver, Setup, alone};
use support::{Project, TEST, end, processes_in, top};
use test_support::TestClient;

/// A breakpoint that never hits: a driver alone does not tell the adapter from which file its script came.
const FILE_IS_KNOWN: &[&str] = &["outside"];

/// The release in which the name `machine` for another machine goes away, as drivers warn who uses it.
const WARNING: &str = "27.05";

/// What can be told from outside about a run.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    code: Option<i64>,
    /// Lines of standard error, without times and process numbers.
    log: Vec<String>,
    /// What the script wrote to `facts.txt`.
    facts: String,
}

fn run_of(project: &Project, code: Option<i64>) -> Run {
    let take = |name: &str| {
        let path = project.fixture.path(name);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _was_never_written = fs::remove_file(path);
        text
    };
    Run {
        code,
        log: take("stderr.txt").lines().map(steady).collect(),
        facts: take("facts.txt"),
    }
}

/// A line of the log without what differs from run to run.
fn steady(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for index in 1..words.len() {
        if ["in", "took", "(pid"].contains(&words[index - 1])
            && words[index].starts_with(|character: char| character.is_ascii_digit())
        {
            words[index] = "…";
        }
    }
    words.join(" ")
}

/// The run as it is without us.
fn plain(project: &Project) -> Run {
    let status = alone(project, &[]).output().unwrap().status;
    run_of(project, status.code().map(i64::from))
}

/// The run in a debugger, which stops for an exception when the script has an error of its own, and goes on.
async fn debugged(project: &Project, stops: bool) -> Run {
    let mut client = project.start(&[]).await;
    if stops {
        assert_eq!(
            client.stopped().await.reason,
            types::StoppedEventReason::Exception
        );
        client.continue_().await.unwrap();
    }
    let code = client.terminated().await;
    end(client).await;
    run_of(project, code)
}

async fn evaluate(client: &mut TestClient, expression: &str) -> String {
    client.evaluate(expression).await.unwrap().result
}

/// The numbers of the process that stands for the machine and of its shell.
async fn processes_of_the_machine(client: &mut TestClient) -> Vec<String> {
    let numbers = evaluate(
        client,
        "f\"{machine.pid} {machine.succeed('echo $PPID')}\".split()",
    )
    .await;
    let numbers = numbers.trim_matches(['[', ']']).split(", ");
    numbers
        .map(|number| number.trim_matches('\'').to_owned())
        .collect()
}

async fn nothing_is_left(project: &Project, numbers: &[String]) {
    let started = Instant::now();
    loop {
        let mut left = processes_in(project.fixture.directory());
        left.extend(
            numbers
                .iter()
                .filter(|number| Path::new("/proc").join(number).exists())
                .cloned(),
        );
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

/// Says once, for all tests that go through [`Driver::all`], that they ran without a driver of NixOS.
#[test]
fn a_driver_of_nixos_is_among_those_tried() {
    if Driver::of_nixos().is_none() {
        println!(
            "skipped: NIXTEST_UPSTREAM_DRIVER names no directory with the package test_driver"
        );
        return;
    }
    assert!(Driver::all().iter().any(|driver| !driver.is_testkit));
}

#[tokio::test]
async fn a_breakpoint_stops_with_stack_variables_and_a_machine_that_answers() {
    for driver in Driver::each() {
        let project = driver.project(
            "start_all()\nguest = machine.succeed('echo guest').strip()\n\ndef check(name):\n    answer = machine.succeed(f'echo {name}')  # @inside\n    return answer.strip()\n\nwith subtest('greeting'):\n    greeting = check('hello')  # @call\nprint(greeting)  # @last\n",
        );
        let mut client = project.start(&["inside", "last"]).await;
        assert_eq!(
            client.stopped().await.reason,
            types::StoppedEventReason::Breakpoint
        );
        let stack = client.stack().await;
        let frames: Vec<_> = stack
            .iter()
            .map(|frame| (frame.name.as_str(), frame.line))
            .collect();
        assert_eq!(
            frames,
            [
                ("check", project.line("inside")),
                ("testScript", project.line("call"))
            ]
        );
        let path = stack[0].source.as_ref().unwrap().path.clone();
        assert_eq!(path, Some(project.test().display().to_string()));
        let variables = client.variables("Locals").await;
        assert_eq!(variables.len(), 1);
        assert_eq!(
            (variables[0].name.as_str(), variables[0].value.as_str()),
            ("name", "'hello'")
        );
        assert_eq!(
            evaluate(&mut client, "machine.succeed(f'echo {name} again')").await,
            "'hello again\\n'"
        );

        client.next().await.unwrap();
        client.stopped().await;
        assert_eq!(evaluate(&mut client, "answer").await, "'hello\\n'");
        client.continue_().await.unwrap();
        client.stopped().await;
        assert_eq!(
            top(&mut client).await,
            (TEST.to_owned(), project.line("last"))
        );
        let variables = client.variables("Locals").await;
        let names: Vec<_> = variables
            .iter()
            .map(|variable| variable.name.as_str())
            .collect();
        assert_eq!(names, ["guest", "check", "greeting"]);
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        let outputs = client.outputs();
        assert!(outputs.contains("hello\n"), "{outputs}");
        assert!(outputs.contains("The test script passed."), "{outputs}");
        end(client).await;
    }
}

#[tokio::test]
async fn a_run_in_the_debugger_is_the_run_without_it() {
    for driver in Driver::each() {
        let facts = "import os, sys, threading\nfacts = [sorted(globals()), threading.active_count(), sys.version_info >= (3, 12) and sys.gettrace(), sys.getprofile(), os.environ.get('PYTHONPATH'), [getattr(each, '__name__', type(each).__name__) for each in sys.meta_path], sys.argv[0], repr(driver.machines), __builtins__ is __import__('builtins').__dict__]\nwith open('facts.txt', 'w') as file:\n    print(*facts, sep='\\n', file=file)\n";
        let boot = "serial_stdout_off()\nstart_all()\nmachine.succeed('echo booted')\n";
        let mut cases = vec![
            ("facts", facts, false),
            ("passes", "machine.succeed('true')\n", false),
            ("fails in a machine", "machine.succeed('exit 3')\n", true),
            (
                "asserts",
                "def check(value):\n    assert value == 1, f'not {value}'\n\ncheck(2)\n",
                true,
            ),
            (
                "raises in a subtest",
                "def check():\n    raise ValueError('no good')\n\nwith subtest('outer'):\n    with subtest('inner'):\n        check()\n",
                true,
            ),
            (
                "fails in a subtest",
                "with subtest('outer'):\n    machine.succeed('false')\n",
                true,
            ),
            (
                "raises from another",
                "def check():\n    try:\n        int('x')\n    except ValueError as error:\n        raise RuntimeError('two\\nlines') from error\n\ncheck()\n",
                true,
            ),
            ("leaves", "import sys\nsys.exit(7)\n", true),
            ("is no Python", "x = 1\nif x\n    pass\n", false),
            (
                "catches",
                "try:\n    machine.fail('true')\nexcept Exception as error:\n    import traceback\n    traceback.print_exc()\n    print(error)\n",
                false,
            ),
            (
                "retries",
                "def ready(last):\n    return machine.execute('true')[0] == 0\nretry(ready)\n@polling_condition\ndef fine():\n    machine.execute('true')\nwith fine:\n    machine.wait_until_succeeds('true')\n",
                false,
            ),
        ];
        if driver.has_assertions() {
            cases.extend([
                (
                    "asserts with t",
                    "def check():\n    t.assertEqual([1, 2], [1, 3], 'lists')\n\ncheck()\n",
                    true,
                ),
                (
                    "has trouble with a machine",
                    "from test_driver.errors import MachineError\ndef check():\n    raise MachineError('no machine')\n\ncheck()\n",
                    true,
                ),
            ]);
        }
        let mut differences = Vec::new();
        for (case, script, stops) in cases {
            let project = driver.project(&format!("{boot}{script}"));
            let (without, with) = (plain(&project), debugged(&project, stops).await);
            assert!(!without.log.is_empty(), "{case}: the driver said nothing");
            if with != without {
                differences.push(format!("{case}: {with:#?}\nbut without us {without:#?}"));
            }
            nothing_is_left(&project, &[]).await;
        }
        assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    }
}

#[tokio::test]
async fn an_exception_stops_where_it_was_raised_while_the_machines_live() {
    for driver in Driver::each() {
        let project = driver.project(
            "start_all()\n\ndef check(path):\n    machine.succeed(f'test -e {path}')  # @raised\n\nwith subtest('files'):\n    check('/no/such/file')  # @call\n",
        );
        let mut client = project.start(FILE_IS_KNOWN).await;
        let stopped = client.stopped().await;
        assert_eq!(stopped.reason, types::StoppedEventReason::Exception);
        let stack = client.stack().await;
        let own: Vec<_> = stack
            .iter()
            .filter(|frame| frame.source.as_ref().and_then(|it| it.name.as_deref()) == Some(TEST))
            .map(|frame| (frame.name.as_str(), frame.line))
            .collect();
        assert_eq!(
            own,
            [
                ("check", project.line("raised")),
                ("testScript", project.line("call"))
            ]
        );
        let information = types::ExceptionInfoArguments {
            thread_id: stopped.thread_id.unwrap(),
        };
        let information = client
            .request::<requests::ExceptionInfo>(information)
            .await
            .unwrap();
        // Not the SystemExit that the subtest of 24.11 makes of it.
        assert_ne!(information.exception_id, "SystemExit");
        let description = information.description.unwrap_or_default();
        assert!(
            description.contains("command `test -e /no/such/file` failed (exit code 1)"),
            "{description}"
        );
        assert_eq!(evaluate(&mut client, "path").await, "'/no/such/file'");
        assert_eq!(evaluate(&mut client, "machine.is_up()").await, "True");
        assert_eq!(
            evaluate(&mut client, "machine.succeed('echo alive')").await,
            "'alive\\n'"
        );
        let numbers = processes_of_the_machine(&mut client).await;
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(1));
        let outputs = client.outputs();
        assert!(outputs.contains("The test script failed."), "{outputs}");
        let place = format!("{}:{}", project.test().display(), project.line("raised"));
        assert!(outputs.contains(&place), "{outputs}");
        end(client).await;
        nothing_is_left(&project, &numbers).await;
    }
}

#[tokio::test]
async fn the_breakpoint_functions_are_stops() {
    for driver in Driver::each() {
        let (script, stops): (_, &[&str]) = if driver.has_debug() {
            (
                "x = 1\nbreakpoint()  # @builtin\ndebug.breakpoint()  # @driver\ny = 2\n",
                &["builtin", "driver"],
            )
        } else {
            ("x = 1\nbreakpoint()  # @builtin\ny = 2\n", &["builtin"])
        };
        let project = driver.project(script);
        let mut client = project.start(FILE_IS_KNOWN).await;
        for marker in stops {
            client.stopped().await;
            assert_eq!(
                top(&mut client).await,
                (TEST.to_owned(), project.line(marker))
            );
            assert_eq!(evaluate(&mut client, "x").await, "1");
            client.continue_().await.unwrap();
        }
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}

#[tokio::test]
async fn looking_at_variables_touches_no_deprecated_alias() {
    for driver in Driver::each() {
        let project = driver.project_with(
            &Setup {
                machines: &["server"],
                ..Setup::default()
            },
            "start_all()\nalias = machine\neach = [machine, server]\nx = 1  # @x\n",
        );
        let mut client = project.start(&["x"]).await;
        client.stopped().await;
        for scope in ["Locals", "Driver"] {
            for variable in client.variables(scope).await {
                if variable.variables_reference != 0 {
                    client.children(variable.variables_reference).await;
                }
            }
        }
        evaluate(&mut client, "machine").await;
        let log = || fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
        assert!(!log().contains(WARNING), "{}", log());
        // The user may use it all the same.
        assert_eq!(evaluate(&mut client, "machine.name").await, "'server'");
        let is_deprecated = driver.has_deprecated_alias();
        assert_eq!(log().contains(WARNING), is_deprecated, "{}", log());
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0));
        end(client).await;
    }
}

#[tokio::test]
async fn no_way_of_ending_leaves_a_process() {
    for driver in Driver::each() {
        let script = "start_all()\nmachine.succeed('true')\nx = 1  # @stop\nmachine.succeed('sleep 600')  # @blocked\n";
        for is_terminated in [true, false] {
            for is_blocked in [true, false] {
                let project = driver.project(script);
                let mut client = project.start(&["stop"]).await;
                client.stopped().await;
                let numbers = processes_of_the_machine(&mut client).await;
                if is_blocked {
                    client.next().await.unwrap();
                    client.stopped().await;
                    client.continue_().await.unwrap();
                }
                if is_terminated {
                    client
                        .request::<requests::Terminate>(types::TerminateArguments::default())
                        .await
                        .unwrap();
                    assert_ne!(client.terminated().await, Some(0));
                    let log = fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
                    assert!(log.contains("cleanup"), "{log}");
                }
                end(client).await;
                nothing_is_left(&project, &numbers).await;
            }
        }
    }
}
