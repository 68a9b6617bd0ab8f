//! What each side said it can do, and whether the other keeps to it.
//!
//! A client asks only for what the adapter advertises, and an adapter sends only what the client understands. Whether a
//! capability is kept, once it is advertised, is not seen here.

use dap_protocol::{EventMessage, RequestMessage, ResponseMessage};
use serde_json::{Map, Value};

use super::{Observation, Side};

/// Requests that need a capability of the adapter.
const REQUESTS: &[(&str, &str)] = &[
    ("breakpointLocations", "supportsBreakpointLocationsRequest"),
    ("cancel", "supportsCancelRequest"),
    ("completions", "supportsCompletionsRequest"),
    ("configurationDone", "supportsConfigurationDoneRequest"),
    ("dataBreakpointInfo", "supportsDataBreakpoints"),
    ("disassemble", "supportsDisassembleRequest"),
    ("exceptionInfo", "supportsExceptionInfoRequest"),
    ("goto", "supportsGotoTargetsRequest"),
    ("gotoTargets", "supportsGotoTargetsRequest"),
    ("loadedSources", "supportsLoadedSourcesRequest"),
    ("modules", "supportsModulesRequest"),
    ("readMemory", "supportsReadMemoryRequest"),
    ("restart", "supportsRestartRequest"),
    ("restartFrame", "supportsRestartFrame"),
    ("reverseContinue", "supportsStepBack"),
    ("setDataBreakpoints", "supportsDataBreakpoints"),
    ("setExceptionBreakpoints", "exceptionBreakpointFilters"),
    ("setExpression", "supportsSetExpression"),
    ("setFunctionBreakpoints", "supportsFunctionBreakpoints"),
    (
        "setInstructionBreakpoints",
        "supportsInstructionBreakpoints",
    ),
    ("setVariable", "supportsSetVariable"),
    ("stepBack", "supportsStepBack"),
    ("stepInTargets", "supportsStepInTargetsRequest"),
    ("terminate", "supportsTerminateRequest"),
    ("terminateThreads", "supportsTerminateThreadsRequest"),
    ("writeMemory", "supportsWriteMemoryRequest"),
];

/// Arguments that need one, in any request: the name, the value it is about (any that says something, when there is none), and
/// the capability.
const ARGUMENTS: &[(&str, Option<&str>, &str)] = &[
    ("condition", None, "supportsConditionalBreakpoints"),
    ("hitCondition", None, "supportsHitConditionalBreakpoints"),
    ("logMessage", None, "supportsLogPoints"),
    ("exceptionOptions", None, "supportsExceptionOptions"),
    ("filterOptions", None, "supportsExceptionFilterOptions"),
    ("terminateDebuggee", None, "supportTerminateDebuggee"),
    ("suspendDebuggee", None, "supportSuspendDebuggee"),
    ("granularity", None, "supportsSteppingGranularity"),
    ("format", None, "supportsValueFormattingOptions"),
    (
        "singleThread",
        None,
        "supportsSingleThreadExecutionRequests",
    ),
    ("context", Some("hover"), "supportsEvaluateForHovers"),
    ("context", Some("clipboard"), "supportsClipboardContext"),
];

/// Requests and events of the adapter that need an ability of the client.
const FROM_ADAPTER: &[(&str, &str)] = &[
    ("runInTerminal", "supportsRunInTerminalRequest"),
    ("startDebugging", "supportsStartDebuggingRequest"),
    ("progressStart", "supportsProgressReporting"),
    ("progressUpdate", "supportsProgressReporting"),
    ("progressEnd", "supportsProgressReporting"),
    ("invalidated", "supportsInvalidatedEvent"),
    ("memory", "supportsMemoryEvent"),
];

/// What both sides said.
#[derive(Debug, Default)]
pub(super) struct Abilities {
    client: Value,
    /// None until `initialize` is answered.
    adapter: Option<Value>,
}

/// What is found: what breaks the rules, and what a client merely need not show.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) violations: Vec<String>,
    pub(super) not_shown: Vec<String>,
}

impl Abilities {
    pub(super) fn observe(&mut self, observation: Observation<'_>, found: &mut Found) {
        match observation {
            Observation::Asked(Side::Client, request) => self.client_asked(request, found),
            Observation::Asked(Side::Adapter, request) => {
                self.expect_client(&request.command, found);
                let is_for_a_shell = request.arguments.as_ref().is_some_and(|arguments| {
                    says_something(&arguments["argsCanBeInterpretedByShell"])
                });
                if is_for_a_shell && !self.client_can("supportsArgsCanBeInterpretedByShell") {
                    found.violations.push(
                        "the client did not say `supportsArgsCanBeInterpretedByShell`".to_owned(),
                    );
                }
            }
            Observation::Answered(Side::Adapter, request, response) => {
                self.adapter_answered(request, response, found);
            }
            Observation::Happened(Side::Adapter, event) => self.happened(event, found),
            Observation::Answered(Side::Client, ..) | Observation::Happened(Side::Client, _) => {}
        }
    }

    fn client_asked(&mut self, request: &RequestMessage, found: &mut Found) {
        let arguments = request.arguments.as_ref().unwrap_or(&Value::Null);
        let Some(adapter) = &self.adapter else {
            return;
        };
        let mut missing = Vec::new();
        for (command, capability) in REQUESTS {
            if *command == request.command && !says_something(&adapter[capability]) {
                missing.push(*capability);
            }
        }
        // Those of `launch` and `attach` are the adapter's own.
        if !["launch", "attach", "restart"].contains(&request.command.as_str()) {
            needed_by(arguments, adapter, &mut missing);
        }
        // nvim-dap says it where it means nothing, which is an unknown property and no more.
        if request.command == "continue" {
            missing.retain(|capability| *capability != "supportsSteppingGranularity");
        }
        missing.dedup();
        for capability in missing {
            found
                .violations
                .push(format!("the adapter does not advertise `{capability}`"));
        }
    }

    fn adapter_answered(
        &mut self,
        request: &RequestMessage,
        response: &ResponseMessage,
        found: &mut Found,
    ) {
        let body = response.body.as_ref().unwrap_or(&Value::Null);
        if !response.success {
            return;
        }
        match request.command.as_str() {
            // What a request says that is refused counts for nothing.
            "initialize" => {
                self.client = request.arguments.clone().unwrap_or_default();
                self.adapter = Some(body.clone());
            }
            "variables" => {
                for variable in body["variables"].as_array().into_iter().flatten() {
                    self.value(variable, "value", found);
                }
            }
            "evaluate" => self.value(body, "result", found),
            _ => {}
        }
    }

    fn happened(&mut self, event: &EventMessage, found: &mut Found) {
        self.expect_client(&event.event, found);
        let body = event.body.as_ref().unwrap_or(&Value::Null);
        match (event.event.as_str(), &mut self.adapter) {
            ("capabilities", Some(Value::Object(adapter))) => {
                let changed = body["capabilities"].as_object().cloned();
                adapter.extend(changed.unwrap_or_else(Map::new));
            }
            ("output", _) => self.text(&body["output"], found),
            _ => {}
        }
    }

    fn expect_client(&self, name: &str, found: &mut Found) {
        for (what, ability) in FROM_ADAPTER {
            if *what == name && !self.client_can(ability) {
                found
                    .violations
                    .push(format!("the client did not say `{ability}`"));
            }
        }
    }

    /// A variable or the result of an evaluation.
    fn value(&self, value: &Value, text: &str, found: &mut Found) {
        self.text(&value[text], found);
        for (property, ability) in [
            ("type", "supportsVariableType"),
            ("memoryReference", "supportsMemoryReferences"),
        ] {
            if says_something(&value[property]) && !self.client_can(ability) {
                let problem = format!("has `{property}`, and the client did not say `{ability}`");
                if !found.not_shown.contains(&problem) {
                    found.not_shown.push(problem);
                }
            }
        }
    }

    fn text(&self, text: &Value, found: &mut Found) {
        let is_styled = text.as_str().is_some_and(|text| text.contains('\u{1b}'));
        if is_styled && !self.client_can("supportsANSIStyling") {
            found.not_shown.push(
                "has control sequences, and the client did not say `supportsANSIStyling`"
                    .to_owned(),
            );
        }
    }

    fn client_can(&self, ability: &str) -> bool {
        self.client[ability] == true
    }
}

/// The capabilities that arguments call for and the adapter does not have.
fn needed_by(arguments: &Value, adapter: &Value, missing: &mut Vec<&'static str>) {
    match arguments {
        Value::Object(fields) => {
            for (name, value) in fields {
                for (argument, meant, capability) in ARGUMENTS {
                    let is_meant = match meant {
                        None => says_something(value),
                        Some(meant) => value == meant,
                    };
                    if argument == name && is_meant && !says_something(&adapter[capability]) {
                        missing.push(capability);
                    }
                }
                needed_by(value, adapter, missing);
            }
        }
        Value::Array(items) => {
            for item in items {
                needed_by(item, adapter, missing);
            }
        }
        _ => {}
    }
}

/// Whether a value is more than "no" or "nothing".
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}
