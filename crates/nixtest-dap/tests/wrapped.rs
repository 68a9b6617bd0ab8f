//! The way into a driver that Nix has wrapped, and back out of it: it is recognised, and nobody but the agent ever sees what led it
//! there.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::ffi::OsStr;
use std::fs;

use dap_protocol::types;
use serde_json::{Value, json};
use support::drivers::{Driver, Setup, alone};
use support::program::has_vde;
use support::{Project, end, spawned};

/// Writes down what every process of the test finds in its environment: the script, the start script, the switch.
const ENVIRONMENTS: &str = "\
import json, mine, pathlib, sys
def of(pid):
    entries = pathlib.Path(f'/proc/{pid}/environ').read_text().split('\\0')
    return dict(entry.split('=', 1) for entry in entries if entry)
start_all()
machine.succeed('true')
seen = {'script': dict(os.environ), 'machine': of(machine.pid), 'switches': [of(each.pid) for each in vlans]}
seen['python'] = [sys.executable, sys.prefix, sys.argv[0], sys.path, mine.__file__, sys.modules['sitecustomize'].__file__]
with open('facts.json', 'w') as file:
    json.dump(seen, file)
";

/// What `QEMU_OPTS` has in a session beside the user's words: it is there for QEMU.
const SECOND_MONITOR: &str = " -qmp unix:nixtest-qmp,server=on,wait=off";

/// What the script wrote down, without what differs from run to run.
fn facts(project: &Project, runs_in: &str) -> Value {
    let file = project.fixture.path("facts.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::remove_file(file).unwrap();
    let text = text.replace(runs_in, "RUN").replace(SECOND_MONITOR, "");
    serde_json::from_str(&text).unwrap()
}

/// What is otherwise in the second, each with its place: all of it would be too long to read.
fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let inner = |key: &str, expected: &Value, found: &Value| {
        let inner = differences(expected, found).into_iter();
        inner
            .map(|difference| format!("{key}.{difference}"))
            .collect::<Vec<_>>()
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let mut keys: Vec<_> = expected.keys().chain(found.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            let null = Value::Null;
            let value = |of: &serde_json::Map<_, _>, key| of.get(key).unwrap_or(&null).clone();
            keys.into_iter()
                .flat_map(|key| inner(key, &value(expected, key), &value(found, key)))
                .collect()
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs
                .flat_map(|(index, (expected, found))| inner(&index.to_string(), expected, found))
                .collect()
        }
        _ if expected == found => Vec::new(),
        _ => vec![format!(" {expected} became {found}")],
    }
}

/// The directory in which a run put its machines.
fn run_directory(project: &Project) -> String {
    let text = fs::read_to_string(project.fixture.path("facts.json")).unwrap();
    let facts: Value = serde_json::from_str(&text).unwrap();
    facts["script"]["XDG_RUNTIME_DIR"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn nothing_of_ours_is_in_any_environment() {
    // Drivers up to 25.11 start several in any order.
    let vlans: &[u32] = if has_vde() { &[1] } else { &[] };
    for driver in Driver::all() {
        let setup = Setup {
            vlans,
            ..Setup::default()
        };
        let mut project = driver.project_with(&setup, ENVIRONMENTS);
        project.fixture.write("modules/mine.py", "");
        let modules = project.fixture.path("modules");
        let runtime = project.fixture.path("runtime");
        fs::create_dir(&runtime).unwrap();
        let mut python_path = modules.into_os_string();
        python_path.push(":/nonexistent/modules of mine");
        let variables: [(&str, &OsStr); 5] = [
            ("PYTHONPATH", &python_path),
            ("QEMU_OPTS", OsStr::new("-machine accel=tcg")),
            ("XDG_RUNTIME_DIR", runtime.as_os_str()),
            ("DISPLAY", OsStr::new(":7")),
            ("WAYLAND_DISPLAY", OsStr::new("/elsewhere/wayland-0")),
        ];

        let mut without = alone(&project, &[]);
        let place = project.fixture.path("alone");
        let run = without.envs(variables).env("XDG_RUNTIME_DIR", &place);
        let output = run.output().unwrap();
        let log = fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
        assert!(output.status.success(), "{driver:?}: {log}");
        let expected = facts(&project, place.to_str().unwrap());

        let (mut client, _) = spawned(&project, &variables);
        project.start_in(&mut client, json!({}), &[]).await;
        assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
        end(client).await;
        let run = run_directory(&project);
        let changed = differences(&expected, &facts(&project, &run));
        assert!(changed.is_empty(), "{driver:?}: {changed:#?}");

        let environment = |whose: &Value| whose.as_object().unwrap().clone();
        let script = environment(&expected["script"]);
        assert_eq!(script["PYTHONPATH"], json!(python_path.to_str().unwrap()));
        assert_eq!(script["PYTHONNOUSERSITE"], "true");
        assert!(!script.keys().any(|name| name.starts_with("NIX_PYTHON")));
        let machine = environment(&expected["machine"]);
        assert_eq!(machine["XDG_RUNTIME_DIR"], "RUN");
        assert_eq!(expected["switches"].as_array().unwrap().len(), vlans.len());
        let hidden = expected["python"].as_array().unwrap().last().unwrap();
        assert!(hidden.as_str().unwrap().contains("/python-"), "{hidden}");
    }
}

#[tokio::test]
async fn the_driver_is_recognised_and_the_log_says_so() {
    for driver in Driver::all() {
        let has = |name| driver.contains("driver.py", name);
        let release = match (has("as_timedelta"), has("BaseMachine"), driver.has_debug()) {
            _ if driver.is_testkit => "testkit",
            (true, ..) => "as of NixOS 26.11",
            (_, true, _) => "as of NixOS 26.05",
            (.., true) => "as of NixOS 25.11",
            _ if driver.has_assertions() => "as of NixOS 25.05",
            _ => "as of NixOS 24.11",
        };
        let project =
            driver.project("import sys\nprint('python', *sys.version_info[:3], sep='.')\n");
        let mut client = project.start(&[]).await;
        assert_eq!(client.terminated().await, Some(0));
        let outputs = client.outputs();
        let version = outputs
            .lines()
            .find_map(|line| line.strip_prefix("python."));
        let greeting = format!("Test driver: {release}, Python {}\n", version.unwrap());
        assert!(outputs.contains(&greeting), "{outputs}");
        end(client).await;
    }
}

#[tokio::test]
async fn what_a_desktop_keeps_in_its_runtime_directory_is_found_all_the_same() {
    let script = "\
names = ['WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'PULSE_SERVER', 'PIPEWIRE_RUNTIME_DIR', 'XAUTHORITY']
print({name: os.environ.get(name) for name in names})
print('here:', os.environ['XDG_RUNTIME_DIR'] == os.environ['TMPDIR'])
";
    let driver = &Driver::all()[0];
    let mut project = driver.project(script);
    for socket in ["wayland-7", "bus", "pulse/native", "pipewire-0"] {
        project.fixture.write(&format!("runtime/{socket}"), "");
    }
    let runtime = project.fixture.path("runtime");
    let variables: [(&str, &OsStr); 7] = [
        ("XDG_RUNTIME_DIR", runtime.as_os_str()),
        ("WAYLAND_DISPLAY", OsStr::new("wayland-7")),
        ("XAUTHORITY", OsStr::new("cookies")),
        ("DBUS_SESSION_BUS_ADDRESS", OsStr::new("")),
        ("PULSE_SERVER", OsStr::new("")),
        ("PIPEWIRE_RUNTIME_DIR", OsStr::new("")),
        ("PIPEWIRE_REMOTE", OsStr::new("")),
    ];
    let (mut client, _) = spawned(&project, &variables);
    project.start_in(&mut client, json!({}), &[]).await;
    assert_eq!(client.terminated().await, Some(0), "{}", client.outputs());
    let outputs = client
        .outputs()
        .replace(runtime.to_str().unwrap(), "RUNTIME");
    let expected = "{'WAYLAND_DISPLAY': 'RUNTIME/wayland-7', 'DBUS_SESSION_BUS_ADDRESS': 'unix:path=RUNTIME/bus', \
                    'PULSE_SERVER': 'unix:RUNTIME/pulse/native', 'PIPEWIRE_RUNTIME_DIR': 'RUNTIME', 'XAUTHORITY': '/cookies'}\n";
    assert!(outputs.contains(expected), "{outputs}");
    assert!(outputs.contains("here: True\n"), "{outputs}");
    end(client).await;
}

#[tokio::test]
async fn the_drivers_own_breakpoints_open_no_port() {
    // What the driver does by itself is to wait at a port for a debugger, for ever.
    let script = "debug.breakpoint()  # @driver\nmachine.succeed('false')  # @failing\n";
    let setup = Setup {
        words: "--debug-hook-attach /attach",
        ..Setup::default()
    };
    for driver in Driver::each().filter(Driver::has_debug) {
        let project = driver.project_with(&setup, script);
        let mut client = project.start(&["driver"]).await;
        for (reason, marker) in [
            (types::StoppedEventReason::Breakpoint, "driver"),
            (types::StoppedEventReason::Breakpoint, "driver"),
            (types::StoppedEventReason::Exception, "failing"),
        ] {
            assert_eq!(client.stopped().await.reason, reason);
            let stack = client.stack().await;
            assert_eq!(stack.last().unwrap().line, project.line(marker));
            let names = client.evaluate("list(os.environ)").await.unwrap().result;
            assert!(!names.contains("bashInteractive"), "{names}");
            client.continue_().await.unwrap();
        }
        assert_eq!(client.terminated().await, Some(1));
        end(client).await;
        let log = fs::read_to_string(project.fixture.path("stderr.txt")).unwrap();
        assert!(!log.contains("Breakpoint reached"), "{log}");
    }
}

/// A driver whose program is `text`, beside that of a project.
fn replace_program(project: &Project, text: &str) {
    fs::write(project.driver.join("bin/nixos-test-driver"), text).unwrap();
}

#[tokio::test]
async fn a_driver_of_an_unknown_layout_runs_undebugged_and_says_so() {
    let driver = &Driver::all()[0];
    let mut project = driver.project("print('never')\n");
    project.fixture.write(
        "package/test_driver/driver.py",
        "import sys\ndef main():\n    print('ran in its own way')\n    sys.exit(5)\n",
    );
    project.fixture.write("package/test_driver/__init__.py", "");
    let package = project.fixture.path("package").display().to_string();
    replace_program(
        &project,
        &format!(
            "#!/bin/bash -e\nexec python3 -c 'import sys; sys.path.append(\"{package}\"); import test_driver.driver as it; it.main()'\n"
        ),
    );
    let mut client = project.start(&["outside"]).await;
    assert_eq!(client.terminated().await, Some(5));
    let outputs = client.outputs();
    assert!(outputs.contains("ran in its own way\n"), "{outputs}");
    assert!(
        outputs.contains("Test driver: of an unknown kind, Python "),
        "{outputs}"
    );
    assert!(
        outputs.contains(&format!("this test driver runs its script in a way that is not known (looked for in {package}/test_driver/driver.py); the test runs undebugged\n")),
        "{outputs}"
    );
    // It is no failure to start.
    assert!(
        !outputs.contains("before it ran the test script"),
        "{outputs}"
    );
    end(client).await;
}

#[tokio::test]
async fn a_driver_that_never_loads_the_agent_ends_clearly() {
    let driver = &Driver::all()[0];
    for (program, said) in [
        (
            "#!/bin/bash\necho no Python here\nexit 3\n",
            "no Python here\n",
        ),
        // Python that is told to ignore the environment.
        (
            "#!/bin/bash\nexec python3 -I -c 'print(\"isolated\"); raise SystemExit(3)'\n",
            "isolated\n",
        ),
    ] {
        let project = driver.project("print('never')\n");
        replace_program(&project, program);
        let mut client = project.start(&[]).await;
        assert_eq!(client.terminated().await, Some(3));
        let outputs = client.outputs();
        assert!(outputs.contains(said), "{outputs}");
        assert!(
            outputs.contains("the test driver ended with exit code 3 and never loaded the agent, so nothing could be debugged"),
            "{outputs}"
        );
        end(client).await;
    }
}
