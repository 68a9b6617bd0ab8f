//! Random conversations: whatever a client or an agent says, nothing panics, every request is answered once and within a
//! deadline, the adapter keeps to the protocol, and nothing of a session is left.
//!
//! `NIXTEST_FUZZ_SEED` and `NIXTEST_FUZZ_CASES` say which messages and how many; `./x fuzz` sends a million of them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use dap_monitor::Rule;
use serde_json::{Value, json};
use support::chance::{Chance, SURROGATE};
use support::conversation::framed;
use support::editor::Editor;
use support::{Project, assert_nothing_stays};

/// Whatever is resumed soon stands again, and nothing that is evaluated ends it.
const SCRIPT: &str = "\
import time
def f(n):
    inner = {'a': [n]}
    return inner
while True:
    i = 1
    f(i)  # @stop
    time.sleep(0.001)
";

/// How many messages are sent in one session.
const SESSION: usize = 1000;

/// How many are sent before the answers are waited for, at most.
const BURST: usize = 40;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// The seed, and how many messages.
fn plan() -> (u64, usize) {
    let seed = from_environment("NIXTEST_FUZZ_SEED", 1);
    let cases = usize::try_from(from_environment("NIXTEST_FUZZ_CASES", 2000)).unwrap();
    println!("NIXTEST_FUZZ_SEED={seed} NIXTEST_FUZZ_CASES={cases}");
    (seed, cases)
}

/// A client that says anything.
struct Babbler {
    chance: Chance,
    editor: Editor,
    seq: i64,
    /// An agent that talks nonsense may never answer.
    awaits_answers: bool,
}

impl Babbler {
    fn new(seed: u64) -> Self {
        Self {
            chance: Chance::from_seed(seed),
            editor: Editor::new(),
            seq: 0,
            awaits_answers: true,
        }
    }

    fn request(&mut self, command: &str, arguments: Value) -> Value {
        self.seq += 1;
        json!({"seq": self.seq, "type": "request", "command": command, "arguments": arguments})
    }

    /// Begins a session properly, up to a stop at `@stop`.
    async fn begins(&mut self, project: &Project) {
        let mut abilities = json!({"adapterID": "fuzz"});
        for name in [
            "linesStartAt1",
            "columnsStartAt1",
            "supportsVariableType",
            "supportsProgressReporting",
            "supportsInvalidatedEvent",
            "supportsMemoryReferences",
            "supportsANSIStyling",
            "supportsRunInTerminalRequest",
        ] {
            abilities[name] = self.chance.happens(50).into();
        }
        let lines = self.breakpoints(project);
        for (command, arguments) in [
            ("initialize", abilities),
            ("launch", project.launch()),
            ("setBreakpoints", lines),
            ("configurationDone", Value::Null),
        ] {
            let request = self.request(command, arguments);
            self.editor.says(&request).await;
        }
        self.editor.event("stopped").await;
    }

    fn breakpoints(&mut self, project: &Project) -> Value {
        let line = project.line("stop");
        json!({"source": {"path": project.test()}, "breakpoints": [{"line": line}, {"line": line - 1}]})
    }

    /// One message of any kind.
    async fn babbles(&mut self, project: &Project) {
        let known = self.editor.references();
        let message = match self.chance.below(100) {
            0..45 => {
                let command = self.chance.command();
                let arguments = self.chance.arguments(&command, &known);
                self.request(&command, arguments)
            }
            45..88 => {
                let reference = if known.is_empty() {
                    0
                } else {
                    *self.chance.pick(&known)
                };
                let (command, arguments) = match self.chance.below(14) {
                    0 => ("setBreakpoints", self.breakpoints(project)),
                    1 => ("pause", json!({"threadId": 1})),
                    2 => ("continue", json!({"threadId": 1})),
                    3 => ("next", json!({"threadId": 1})),
                    4 => ("stepIn", json!({"threadId": 1})),
                    5 => ("stepOut", json!({"threadId": 1})),
                    6 => ("scopes", json!({"frameId": reference})),
                    7 => ("variables", json!({"variablesReference": reference})),
                    8 => ("evaluate", json!({"expression": "i", "frameId": reference})),
                    9 => ("threads", Value::Null),
                    // A command of the console has no frame.
                    10 => (
                        "evaluate",
                        json!({"expression": ":help", "context": "repl"}),
                    ),
                    _ => ("stackTrace", json!({"threadId": 1})),
                };
                self.request(command, arguments)
            }
            88..91 if self.awaits_answers => {
                // A number that was used, and none at all.
                let mut message = self.request("threads", Value::Null);
                self.editor.settles().await;
                message["seq"] = self
                    .chance
                    .pick(&[json!(0), json!(1), json!(1_i64 << 53), Value::Null])
                    .clone();
                if message["seq"].is_null() {
                    message.as_object_mut().unwrap().remove("seq");
                }
                self.editor.says(&message).await;
                self.editor.settles().await;
                return;
            }
            88..94 => {
                json!({"seq": 7, "type": "response", "request_seq": self.chance.below(9), "success": self.chance.happens(50), "command": "runInTerminal"})
            }
            94..96 => {
                json!({"seq": 7, "type": "event", "event": "stopped", "body": {"reason": "pause"}})
            }
            96..98 => self
                .chance
                .pick(&[
                    json!({}),
                    json!([]),
                    json!({"type": "request"}),
                    json!({"type": "fly", "seq": "x"}),
                    json!(1),
                ])
                .clone(),
            _ => {
                self.editor
                    .writes(b"Content-Length: 5\r\n\r\n{\"a\":")
                    .await;
                return;
            }
        };
        let text = message.to_string();
        if text.contains(SURROGATE) {
            let broken = text.replace(SURROGATE, "\\ud800");
            let understood = text.replace(SURROGATE, "\u{fffd}");
            self.editor.writes_as(&broken, &understood).await;
        } else if self.chance.happens(3) && text.len() < 2000 {
            self.editor.understands(&text);
            for byte in framed(&message).as_bytes() {
                self.editor.writes(&[*byte]).await;
            }
        } else {
            self.editor.says(&message).await;
        }
    }

    /// Ends in one of the ways in which clients do.
    async fn ends(mut self, project: &Project) {
        match self.chance.below(4) {
            0 => {}
            1 => {
                let broken: [&[u8]; 4] = [
                    b"Content-Length: 99999999999999999999\r\n\r\n",
                    b"Content-Length: -1\r\n\r\n",
                    b"GET / HTTP/1.1\r\n\r\n",
                    b"\r\n\r\n\0",
                ];
                self.editor.settles().await;
                let bytes = *self.chance.pick(&broken);
                self.editor.writes(bytes).await;
            }
            _ => {
                let disconnect = self.request("disconnect", json!({}));
                self.editor.says(&disconnect).await;
                self.editor.settles().await;
            }
        }
        assert_eq!(self.editor.leaves().await, [""; 0]);
        assert_nothing_stays(project.fixture.directory());
    }
}

#[tokio::test]
async fn no_message_of_a_client_harms_a_session() {
    let (seed, cases) = plan();
    let project = Project::new(SCRIPT);
    let length = SESSION.min(cases);
    for session in 0..cases.div_ceil(SESSION) {
        let own_seed = seed.wrapping_add(session as u64);
        println!("session {session}: NIXTEST_FUZZ_SEED={own_seed} NIXTEST_FUZZ_CASES={length}");
        let mut babbler = Babbler::new(own_seed);
        // Now and then nobody begins properly.
        if !babbler.chance.happens(10) {
            babbler.begins(&project).await;
        }
        let mut said = 0;
        while said < length {
            let burst = 1 + babbler.chance.below(BURST);
            for _ in 0..burst {
                babbler.babbles(&project).await;
            }
            said += burst;
            babbler.editor.settles().await;
            babbler.editor.forgets();
        }
        babbler.ends(&project).await;
    }
}

#[tokio::test]
async fn no_nonsense_of_an_agent_harms_a_session() {
    let (seed, cases) = plan();
    let mut project = Project::new(SCRIPT);
    let sessions = (cases / SESSION).clamp(4, 200);
    for session in 0..sessions {
        let own_seed = seed.wrapping_add(session as u64);
        println!("session {session}: NIXTEST_FUZZ_SEED={own_seed}");
        let agent = include_str!("support/unruly_agent.py");
        // Without `site`, which would let the true agent in.
        let text = format!("#!/usr/bin/env -S python3 -S\n{agent}");
        project.fixture.write("driver/bin/nixos-test-driver", &text);
        project.fixture.write("driver/seed", &own_seed.to_string());
        let program = project.fixture.path("driver/bin/nixos-test-driver");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut babbler = Babbler::new(own_seed);
        let lines = babbler.breakpoints(&project);
        for (command, arguments) in [
            (
                "initialize",
                json!({"adapterID": "fuzz", "supportsVariableType": true}),
            ),
            ("launch", project.launch()),
            ("setBreakpoints", lines),
            ("configurationDone", Value::Null),
        ] {
            let request = babbler.request(command, arguments);
            babbler.editor.says(&request).await;
        }
        babbler.editor.event("stopped").await;
        babbler.awaits_answers = false;
        for _ in 0..100 {
            babbler.babbles(&project).await;
        }
        let disconnect = babbler.request("disconnect", json!({}));
        babbler.editor.says(&disconnect).await;
        // What an agent that keeps silent was asked is answered at the latest now.
        babbler.editor.settles().await;
        // The adapter passes on what the agent says, so only who answers what is its own.
        let found = babbler
            .editor
            .leaves_by(|rule| rule == Rule::Numbering)
            .await;
        assert_eq!(found, [""; 0]);
        assert_nothing_stays(project.fixture.directory());
    }
}
