//! The generated types are those of the checked-in schema, and the schema is the one we mean.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../examples/generate/emit.rs"]
mod emit;
#[path = "../examples/generate/generator.rs"]
mod generator;
#[path = "../examples/generate/names.rs"]
mod names;
#[path = "../examples/generate/schema.rs"]
mod schema;

use std::fs;
use std::path::Path;

use dap_protocol::{events, requests};
use serde_json::Value;

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn checked_in_schema() -> Value {
    let text = fs::read_to_string(crate_dir().join(generator::SCHEMA_PATH)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn generated_types_are_fresh() {
    for file in generator::generate(&checked_in_schema()).unwrap() {
        let committed = fs::read_to_string(crate_dir().join(file.path)).unwrap();
        assert!(
            committed == file.text,
            "{} is stale: run `cargo run -p dap-protocol --example generate`",
            file.path
        );
    }
}

#[test]
fn the_schema_is_version_1_71() {
    let schema = checked_in_schema();
    let definitions = &schema["definitions"];
    let properties = |name: &str| definitions[name]["properties"].as_object().unwrap().len();
    assert_eq!(definitions.as_object().unwrap().len(), 192);
    assert_eq!(requests::FROM_CLIENT.len(), 43);
    assert_eq!(requests::FROM_ADAPTER, ["runInTerminal", "startDebugging"]);
    assert_eq!(events::FROM_ADAPTER.len(), 17);
    assert_eq!(properties("Capabilities"), 42);
    assert_eq!(properties("InitializeRequestArguments"), 17);
    // New in 1.71.
    let start_debugging = &definitions["StartDebuggingRequestArguments"]["properties"];
    assert!(start_debugging.get("outputPresentation").is_some());
}

#[test]
fn requests_that_the_schema_files_under_odd_titles_go_the_right_way() {
    assert!(requests::FROM_CLIENT.contains(&"cancel"));
    assert!(!requests::FROM_CLIENT.contains(&"startDebugging"));
}

#[test]
fn the_generator_refuses_what_it_does_not_know() {
    let mut schema = checked_in_schema();
    schema["definitions"]["Thread"]["properties"]["id"]["type"] = "complex".into();
    let error = generator::generate(&schema).err().unwrap();
    assert_eq!(
        error,
        "ThreadsRequest: Thread: cannot write the type Some(\"complex\")"
    );
}

#[test]
fn names_are_converted_by_words() {
    use names::{escape_keyword, pascal_case, snake_case, to_camel_case};
    let types = [
        "function breakpoint",
        "unixTimestampUTC",
        "SHA256",
        "setBreakpoints",
    ];
    assert_eq!(
        types.map(pascal_case),
        [
            "FunctionBreakpoint",
            "UnixTimestampUtc",
            "Sha256",
            "SetBreakpoints"
        ]
    );
    let fields = [
        "supportsANSIStyling",
        "linesStartAt1",
        "__restart",
        "clientID",
    ];
    assert_eq!(
        fields.map(snake_case),
        [
            "supports_ansi_styling",
            "lines_start_at1",
            "restart",
            "client_id"
        ]
    );
    assert_eq!(to_camel_case("lines_start_at1"), "linesStartAt1");
    assert_eq!(escape_keyword("type"), "r#type");
}
