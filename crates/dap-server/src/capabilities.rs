//! What the adapter says it can do. A test holds it against the table of requests in `phase.rs`.

use dap_protocol::types::{Capabilities, ExceptionBreakpointsFilter};

/// The exception filters: name, label, what they do, and whether they are on by themselves.
pub(crate) const EXCEPTION_FILTERS: &[(&str, &str, &str, bool)] = &[
    (
        "uncaught",
        "Uncaught Exceptions",
        "Stop where an exception would end the test, while the machines are still alive",
        true,
    ),
    (
        "raised",
        "Raised Exceptions",
        "Stop wherever the test script raises, even if it catches the exception",
        false,
    ),
    (
        "assertion",
        "Failed Assertions",
        "Stop where an assertion of the test fails: a command under succeed or fail, assert, t.assert…",
        false,
    ),
    (
        "machine",
        "Machine Errors",
        "Stop where a machine or the test driver fails",
        false,
    ),
    (
        "subtest",
        "Failed Subtests",
        "Stop when an exception leaves a subtest, where it was raised",
        false,
    ),
];

fn exception_filter(
    &(filter, label, description, default): &(&str, &str, &str, bool),
) -> ExceptionBreakpointsFilter {
    ExceptionBreakpointsFilter {
        filter: filter.to_owned(),
        label: label.to_owned(),
        description: Some(description.to_owned()),
        default: Some(default),
        supports_condition: Some(true),
        condition_description: Some(
            "Python, with the exception as `error`; or names of exception types: ValueError, TimeoutError"
                .to_owned(),
        ),
    }
}

/// Everything that is advertised.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        supports_configuration_done_request: Some(true),
        supports_conditional_breakpoints: Some(true),
        supports_hit_conditional_breakpoints: Some(true),
        supports_log_points: Some(true),
        supports_function_breakpoints: Some(true),
        supports_data_breakpoints: Some(true),
        supports_evaluate_for_hovers: Some(true),
        supports_set_variable: Some(true),
        supports_set_expression: Some(true),
        supports_completions_request: Some(true),
        completion_trigger_characters: Some(
            [".", "[", "'", "\"", "(", ":"].map(str::to_owned).to_vec(),
        ),
        supports_step_in_targets_request: Some(true),
        supports_exception_info_request: Some(true),
        supports_loaded_sources_request: Some(true),
        supports_breakpoint_locations_request: Some(true),
        supports_cancel_request: Some(true),
        supports_terminate_request: Some(true),
        support_terminate_debuggee: Some(true),
        supports_goto_targets_request: Some(true),
        supports_restart_frame: Some(true),
        supports_restart_request: Some(true),
        supports_clipboard_context: Some(true),
        supports_ansi_styling: Some(true),
        supports_exception_filter_options: Some(true),
        exception_breakpoint_filters: Some(
            EXCEPTION_FILTERS.iter().map(exception_filter).collect(),
        ),
        ..Capabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::ADMISSION;

    /// The capabilities of the protocol that stand for a request of their own.
    const STANDS_FOR: &[(&str, &str)] = &[
        ("supportsConfigurationDoneRequest", "configurationDone"),
        ("supportsStepBack", "stepBack"),
        ("supportsSetVariable", "setVariable"),
        ("supportsRestartFrame", "restartFrame"),
        ("supportsGotoTargetsRequest", "gotoTargets"),
        ("supportsStepInTargetsRequest", "stepInTargets"),
        ("supportsCompletionsRequest", "completions"),
        ("supportsModulesRequest", "modules"),
        ("supportsRestartRequest", "restart"),
        ("supportsExceptionInfoRequest", "exceptionInfo"),
        ("supportsLoadedSourcesRequest", "loadedSources"),
        ("supportsTerminateThreadsRequest", "terminateThreads"),
        ("supportsSetExpression", "setExpression"),
        ("supportsTerminateRequest", "terminate"),
        ("supportsDataBreakpoints", "setDataBreakpoints"),
        ("supportsReadMemoryRequest", "readMemory"),
        ("supportsWriteMemoryRequest", "writeMemory"),
        ("supportsDisassembleRequest", "disassemble"),
        ("supportsCancelRequest", "cancel"),
        ("supportsBreakpointLocationsRequest", "breakpointLocations"),
        ("supportsFunctionBreakpoints", "setFunctionBreakpoints"),
        (
            "supportsInstructionBreakpoints",
            "setInstructionBreakpoints",
        ),
    ];

    #[test]
    fn what_is_advertised_is_what_is_served() {
        let advertised = serde_json::to_value(capabilities()).unwrap();
        for (capability, command) in STANDS_FOR {
            let is_advertised = advertised.get(capability) == Some(&serde_json::Value::Bool(true));
            let is_served = ADMISSION.iter().any(|(served, _)| served == command);
            assert_eq!(is_advertised, is_served, "{capability} and {command}");
        }
    }
}
