//! Each form of a recording, told apart by what it begins with.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::json;

use super::*;

const REQUEST: &str = r#"{"seq":1,"type":"request","command":"threads"}"#;
const RESPONSE: &str = r#"{"seq":1,"type":"response","request_seq":1,"command":"threads","success":true,"body":{"threads":[]}}"#;
const EVENT: &str = r#"{"seq":2,"type":"event","event":"initialized"}"#;

/// Sender, line and what it is, of each message.
fn shape(text: &str) -> Vec<String> {
    let shown = |recorded: Recorded| match recorded.what {
        What::Message(message) => {
            let name = message.get("command").or(message.get("event")).unwrap();
            format!(
                "{} {} {}",
                recorded.line,
                recorded.sender,
                name.as_str().unwrap()
            )
        }
        What::Malformed(problem) => format!("{} {} ! {problem}", recorded.line, recorded.sender),
    };
    read(text).unwrap().into_iter().map(shown).collect()
}

fn problem(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn our_own_form_says_who_sent_what() {
    let text = format!(
        "{{\"direction\":\"client\",\"time\":1.5,\"message\":{REQUEST}}}\n{{\"direction\":\"adapter\",\"message\":{EVENT}}}\n\n{{\"direction\":\"client\",\"malformed\":\"no JSON\"}}\n{RESPONSE}\n"
    );
    let expected = [
        "1 client threads",
        "2 adapter initialized",
        "4 client ! no JSON",
        "5 adapter threads",
    ];
    assert_eq!(shape(&text), expected);
    assert!(
        problem(&format!("{text}{{\"direction\":\"up\"}}\n"))
            .starts_with("line 6: this is neither")
    );
    assert!(problem(&format!("{text}nonsense\n")).starts_with("line 6: "));
}

#[test]
fn a_trace_has_arrows() {
    let text = format!("> {REQUEST}\n< {RESPONSE}\n");
    assert_eq!(shape(&text), ["1 client threads", "2 adapter threads"]);
    assert_eq!(
        problem(&format!("{text}threads\n")),
        "line 3: this is neither `> {…}` nor `< {…}`"
    );
}

#[test]
fn a_capture_has_frames_of_both_sides() {
    let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let text = [frame(REQUEST), frame(RESPONSE), frame(EVENT)].concat();
    assert_eq!(
        shape(&text),
        [
            "3 client threads",
            "5 adapter threads",
            "7 adapter initialized"
        ]
    );
    assert_eq!(
        problem(&format!("{text}x")),
        "line 7: here a header `Content-Length: NUMBER` should stand"
    );
    assert_eq!(
        problem("Content-Length: 9\r\n\r\n{}"),
        "line 3: there are no 9 bytes of a message here"
    );
}

#[test]
fn a_log_is_searched_for_messages() {
    let text = format!(
        "2026 starting {{not: json}}\n2026 helix_dap::transport [INFO] -> {REQUEST}\n2026 [INFO] <- {RESPONSE} done\n[-> to client]{EVENT}\n"
    );
    assert_eq!(
        shape(&text),
        [
            "2 client threads",
            "3 adapter threads",
            "4 adapter initialized"
        ]
    );
    let reverse = r#"[x] {"seq":3,"type":"request","command":"runInTerminal","arguments":{}}"#;
    assert_eq!(shape(reverse), ["1 adapter runInTerminal"]);
}

#[test]
fn a_log_of_nvim_dap_has_tables_of_lua() {
    let text = "[DEBUG] 2026-11-23 04:00:00 dap/session.lua:1892\t\"request\"\t{\n  arguments = {\n    [\"a-b\"] = vim.NIL,\n    breakpoints = { {\n        line = 6\n      } },\n    env = vim.empty_dict(),\n    lines = { 6 },\n    text = \"x \\\"y\\\"\\n\\27[m\"\n  },\n  command = \"setBreakpoints\",\n  seq = 3,\n  type = \"request\"\n}\n";
    let found = read(text).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].what,
        What::Message(json!({
            "arguments": {"a-b": null, "breakpoints": [{"line": 6}], "env": {}, "lines": [6], "text": "x \"y\"\n\u{1b}[m"},
            "command": "setBreakpoints", "seq": 3, "type": "request"
        }))
    );
}

#[test]
fn what_is_no_recording_is_refused_by_line() {
    assert_eq!(problem(" \n"), "line 1: there is nothing in it");
    let expected = "line 2: no form of recording begins like \"hello {}\"";
    assert!(
        problem("\nhello {}\n").starts_with(expected),
        "{}",
        problem("\nhello {}\n")
    );
    assert!(problem("{\"type\":\"request\"}").starts_with("line 1: no form"));
    // Neither depth nor a lone quote lead astray.
    assert!(problem(&"{".repeat(5000)).starts_with("line 1: no form"));
    assert!(problem("{ a = \"").starts_with("line 1: no form"));
}
