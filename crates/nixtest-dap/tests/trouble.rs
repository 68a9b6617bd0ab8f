//! Machines, networks and names that make trouble, in every driver: the session tells what it can, and leaves nothing behind.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use dap_protocol::{requests, types};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use support::drivers::{Driver, Setup};
use support::program::has_vde;
use support::{Project, TEST, end, processes_in, spawned, top};
use test_support::TestClient;

/// The processes that the script has written down, by their numbers.
fn noted(project: &Project) -> Vec<Pid> {
    let text = fs::read_to_string(project.fixture.path("pids.txt")).unwrap_or_default();
    text.split_whitespace()
        .map(|number| Pid::from_raw(number.parse().unwrap()))
        .collect()
}

/// What a script does to write down the driver, its machines and its switches.
const NOTE: &str = "\
pids = [os.getpid()] + [each.process.pid for each in [*machines, *vlans] if each.process is not None]
with open('pids.txt', 'w') as file:
    print(*pids, file=file)
";

async fn nothing_is_left(project: &Project) {
    let started = Instant::now();
    loop {
        let mut left = processes_in(project.fixture.directory());
        let alive = |pid: &Pid| Path::new("/proc").join(pid.to_string()).exists();
        left.extend(
            noted(project)
                .iter()
                .filter(|pid| alive(pid))
                .map(ToString::to_string),
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

async fn terminate(client: &mut TestClient) {
    let arguments = types::TerminateArguments::default();
    client
        .request::<requests::Terminate>(arguments)
        .await
        .unwrap();
    client.terminated().await;
}

/// Waits for a text in the driver's own log.
async fn logged(project: &Project, text: &str) {
    let started = Instant::now();
    let log = || fs::read_to_string(project.fixture.path("stderr.txt")).unwrap_or_default();
    while !log().contains(text) {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{text:?} never came: {}",
            log()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The stop at an exception that a line of the script has got from its machine.
async fn stopped_by_exception(client: &mut TestClient, project: &Project, marker: &str) -> String {
    let stopped = client.stopped().await;
    assert_eq!(stopped.reason, types::StoppedEventReason::Exception);
    assert_eq!(top(client).await, (TEST.to_owned(), project.line(marker)));
    stopped.text.unwrap_or_default()
}

#[tokio::test]
async fn a_machine_that_dies_before_it_is_there_stops_the_script_or_can_be_ended() {
    let script = "os.environ['FAKE_VM'] = 'dies'\nmachine.start()  # @start\n";
    for driver in Driver::each() {
        let project = driver.project(script);
        let mut client = project.start(&["outside"]).await;
        if driver.notices_early_deaths() {
            let text = stopped_by_exception(&mut client, &project, "start").await;
            assert!(text.contains("MachineError"), "{text}");
            client.continue_().await.unwrap();
            assert_eq!(client.terminated().await, Some(1));
        } else {
            // It waits for ever for what will never connect.
            logged(&project, "starting vm").await;
            terminate(&mut client).await;
        }
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn a_machine_that_dies_before_its_shell_is_there_stops_the_script_or_can_be_ended() {
    let script = "os.environ['FAKE_VM'] = 'dies-booting'\nmachine.succeed('true')  # @use\n";
    for driver in Driver::each() {
        let project = driver.project(script);
        let mut client = project.start(&["outside"]).await;
        if driver.contains("machine.py", "No need to print empty strings") {
            // 24.11 asks the dead shell again and again.
            logged(&project, "waiting for the VM to finish booting").await;
            terminate(&mut client).await;
        } else {
            let text = stopped_by_exception(&mut client, &project, "use").await;
            assert!(!text.is_empty());
            client.continue_().await.unwrap();
            assert_eq!(client.terminated().await, Some(1));
        }
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn a_guest_that_never_connects_is_ended_when_asked() {
    let script =
        format!("os.environ['FAKE_VM'] = 'silent'\nstart_all()\n{NOTE}machine.succeed('true')\n");
    for driver in Driver::each() {
        for is_terminated in [true, false] {
            let project = driver.project(&script);
            let mut client = project.start(&["outside"]).await;
            logged(&project, "waiting for the VM to finish booting").await;
            if is_terminated {
                terminate(&mut client).await;
                let log = fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
                assert!(log.contains("cleanup"), "{log}");
            }
            end(client).await;
            assert!(noted(&project).len() > 1);
            nothing_is_left(&project).await;
        }
    }
}

/// Setups with networks where they can be had.
fn with_networks() -> Setup<'static> {
    Setup {
        vlans: if has_vde() { &[1, 2] } else { &[] },
        ..Setup::default()
    }
}

#[tokio::test]
async fn a_killed_driver_takes_machines_and_networks_with_it() {
    let script = format!(
        "import signal\nstart_all()\nmachine.succeed('true')\n{NOTE}x = 1  # @x\nos.kill(os.getpid(), signal.SIGKILL)\n"
    );
    for driver in Driver::each() {
        let setup = with_networks();
        let project = driver.project_with(&setup, &script);
        let mut client = project.start(&["x"]).await;
        client.stopped().await;
        assert_eq!(noted(&project).len(), 2 + setup.vlans.len());
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(128 + 9));
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn a_killed_adapter_takes_driver_machines_and_networks_with_it() {
    let script = format!(
        "start_all()\nmachine.succeed('true')\n{NOTE}x = 1  # @x\nmachine.succeed('sleep 600')\n"
    );
    for driver in Driver::each() {
        for is_running in [true, false] {
            let setup = with_networks();
            let project = driver.project_with(&setup, &script);
            let (mut client, adapter) = spawned(&project, &[]);
            project.start_in(&mut client, json!({}), &["x"]).await;
            client.stopped().await;
            if is_running {
                client.continue_().await.unwrap();
                logged(&project, "must succeed: sleep 600").await;
            }
            assert_eq!(noted(&project).len(), 2 + setup.vlans.len());
            kill(adapter, Signal::SIGKILL).unwrap();
            client.finish().await;
            nothing_is_left(&project).await;
        }
    }
}

#[tokio::test]
async fn two_sessions_of_one_test_live_side_by_side() {
    let script = "start_all()\nwhere = str(machine.state_dir)\nopen(f'{where}/mark', 'x').close()\nx = 1  # @x\nmachine.succeed('true')\n";
    for driver in Driver::each() {
        let project = driver.project_with(&with_networks(), script);
        let mut clients = Vec::new();
        for _ in 0..2 {
            let mut client = project.start(&["x"]).await;
            client.stopped().await;
            clients.push(client);
        }
        let mut places = Vec::new();
        for client in &mut clients {
            places.push(client.evaluate("where").await.unwrap().result);
        }
        assert_ne!(places[0], places[1]);
        for mut client in clients {
            client.continue_().await.unwrap();
            assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
            end(client).await;
        }
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn machines_whose_names_are_no_identifiers_are_seen_under_their_python_names() {
    let setup = Setup {
        machines: &["web-server", "2nd.host"],
        ..Setup::default()
    };
    let script = "start_all()\nanswer = web_server.succeed('echo web')\nx = 1  # @x\n_nd_host.succeed('true')\n";
    for driver in Driver::each() {
        let project = driver.project_with(&setup, script);
        let mut client = project.start(&["x"]).await;
        client.stopped().await;
        let variables = client.variables("Driver").await;
        let machines: Vec<_> = variables
            .iter()
            .filter(|variable| ["web_server", "_nd_host"].contains(&variable.name.as_str()))
            .map(|variable| variable.value.clone())
            .collect();
        assert_eq!(machines.len(), 2, "{variables:?}");
        assert!(
            machines.iter().any(|value| value.contains("'web-server'")),
            "{machines:?}"
        );
        let asked = client.evaluate("_nd_host.succeed('echo second')").await;
        assert_eq!(asked.unwrap().result, "'second\\n'");
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn a_project_in_a_directory_with_spaces_and_letters_of_all_kinds_is_debugged() {
    let setup = Setup {
        place: "ein Ordner für Größe №1 \u{1F427}",
        ..Setup::default()
    };
    for driver in Driver::each() {
        let project = driver.project_with(
            &setup,
            "start_all()\nhere = os.getcwd()  # @here\nx = 1  # @x\n",
        );
        let mut client = project.start(&["here", "x"]).await;
        client.stopped().await;
        let stack = client.stack().await;
        let path = stack[0].source.as_ref().unwrap().path.clone();
        assert_eq!(path, Some(project.test().display().to_string()));
        client.continue_().await.unwrap();
        client.stopped().await;
        let here = client.evaluate("here == os.getcwd()").await.unwrap().result;
        assert_eq!(here, "True");
        client.continue_().await.unwrap();
        assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn directories_too_long_for_a_socket_are_avoided() {
    for driver in Driver::each() {
        let project = driver.project(
            "start_all()\nmachine.succeed('true')\nprint('state in', machine.state_dir)\n",
        );
        let long = project.fixture.path(&"long/".repeat(40));
        fs::create_dir_all(&long).unwrap();
        let variables: [(&str, &OsStr); 2] = [
            ("TMPDIR", long.as_os_str()),
            ("XDG_RUNTIME_DIR", long.as_os_str()),
        ];
        let (mut client, _) = spawned(&project, &variables);
        project.start_in(&mut client, json!({}), &[]).await;
        assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
        assert!(
            client.outputs().contains("state in /tmp/nixtest-dap-"),
            "{}",
            client.outputs()
        );
        end(client).await;
        nothing_is_left(&project).await;
    }
}

#[tokio::test]
async fn a_name_too_long_for_a_socket_is_explained() {
    let name = "a".repeat(90);
    let setup = Setup {
        machines: &[&name],
        ..Setup::default()
    };
    for driver in Driver::each() {
        let project = driver.project_with(&setup, "start_all()  # @start\n");
        let mut client = project.start(&["outside"]).await;
        if driver.is_testkit {
            // It looks before it makes the machine.
            assert_eq!(client.terminated().await, Some(1));
            let log = fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
            assert!(log.contains(&name) && log.contains("107"), "{log}");
        } else {
            // These only say "AF_UNIX path too long".
            stopped_by_exception(&mut client, &project, "start").await;
            let outputs = client.outputs();
            let explained =
                format!("the machine {name} cannot be started: the path of its socket ");
            assert!(outputs.contains(&explained), "{outputs}");
            let advice = "shorten its name, or set XDG_RUNTIME_DIR to a shorter path\n";
            assert!(outputs.contains(advice), "{outputs}");
            client.continue_().await.unwrap();
            assert_eq!(client.terminated().await, Some(1));
        }
        end(client).await;
        nothing_is_left(&project).await;
    }
}
