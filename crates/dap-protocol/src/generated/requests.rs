//! One type without values for each request of the protocol.
//!
//! What a request carries is in `types`; how it travels is in `message`.
//!
//! Generated from `schema/debugAdapterProtocol.json`, whose descriptions are the doc comments, by
//! `cargo run -p dap-protocol --example generate`. Do not edit.

use crate::payload::Request;
use crate::types;

/// The commands that a client sends to an adapter.
pub const FROM_CLIENT: [&str; 43] = [
    "cancel",
    "initialize",
    "configurationDone",
    "launch",
    "attach",
    "restart",
    "disconnect",
    "terminate",
    "breakpointLocations",
    "setBreakpoints",
    "setFunctionBreakpoints",
    "setExceptionBreakpoints",
    "dataBreakpointInfo",
    "setDataBreakpoints",
    "setInstructionBreakpoints",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "stepBack",
    "reverseContinue",
    "restartFrame",
    "goto",
    "pause",
    "stackTrace",
    "scopes",
    "variables",
    "setVariable",
    "source",
    "threads",
    "terminateThreads",
    "modules",
    "loadedSources",
    "evaluate",
    "setExpression",
    "stepInTargets",
    "gotoTargets",
    "completions",
    "exceptionInfo",
    "readMemory",
    "writeMemory",
    "disassemble",
    "locations",
];

/// The commands that an adapter sends to a client.
pub const FROM_ADAPTER: [&str; 2] = ["runInTerminal", "startDebugging"];

/// The `cancel` request is used by the client in two situations:
/// - to indicate that it is no longer interested in the result produced by a specific request issued earlier
/// - to cancel a progress sequence.
///
/// Clients should only call this request if the corresponding capability `supportsCancelRequest` is true.
/// This request has a hint characteristic: a debug adapter can only be expected to make a 'best effort' in honoring this request but there are no guarantees.
/// The `cancel` request may return an error if it could not cancel an operation but a client should refrain from presenting this error to end users.
/// The request that got cancelled still needs to send a response back. This can either be a normal result (`success` attribute true) or an error response (`success` attribute false and the `message` set to `cancelled`).
/// Returning partial results from a cancelled request is possible but please note that a client has no generic way for detecting that a response is partial or not.
/// The progress that got cancelled still needs to send a `progressEnd` event back.
/// A client should not assume that progress just got cancelled after sending the `cancel` request.
#[derive(Debug)]
pub enum Cancel {}

impl Request for Cancel {
    type Arguments = types::CancelArguments;
    type Response = ();
    const COMMAND: &'static str = "cancel";
}

/// This request is sent from the debug adapter to the client to run a command in a terminal.
/// This is typically used to launch the debuggee in a terminal provided by the client.
/// This request should only be called if the corresponding client capability `supportsRunInTerminalRequest` is true.
/// Client implementations of `runInTerminal` are free to run the command however they choose including issuing the command to a command line interpreter (aka 'shell'). Argument strings passed to the `runInTerminal` request must arrive verbatim in the command to be run. As a consequence, clients which use a shell are responsible for escaping any special shell characters in the argument strings to prevent them from being interpreted (and modified) by the shell.
/// Some users may wish to take advantage of shell processing in the argument strings. For clients which implement `runInTerminal` using an intermediary shell, the `argsCanBeInterpretedByShell` property can be set to true. In this case the client is requested not to escape any special shell characters in the argument strings.
#[derive(Debug)]
pub enum RunInTerminal {}

impl Request for RunInTerminal {
    type Arguments = types::RunInTerminalRequestArguments;
    type Response = types::RunInTerminalResponse;
    const COMMAND: &'static str = "runInTerminal";
}

/// This request is sent from the debug adapter to the client to start a new debug session of the same type as the caller.
/// This request should only be sent if the corresponding client capability `supportsStartDebuggingRequest` is true.
/// A client implementation of `startDebugging` should start a new debug session (of the same type as the caller) in the same way that the caller's session was started. If the client supports hierarchical debug sessions, the newly created session can be treated as a child of the caller session.
#[derive(Debug)]
pub enum StartDebugging {}

impl Request for StartDebugging {
    type Arguments = types::StartDebuggingRequestArguments;
    type Response = ();
    const COMMAND: &'static str = "startDebugging";
}

/// The `initialize` request is sent as the first request from the client to the debug adapter in order to configure it with client capabilities and to retrieve capabilities from the debug adapter.
/// Until the debug adapter has responded with an `initialize` response, the client must not send any additional requests or events to the debug adapter.
/// In addition the debug adapter is not allowed to send any requests or events to the client until it has responded with an `initialize` response.
/// The `initialize` request may only be sent once.
#[derive(Debug)]
pub enum Initialize {}

impl Request for Initialize {
    type Arguments = types::InitializeRequestArguments;
    type Response = types::Capabilities;
    const COMMAND: &'static str = "initialize";
}

/// This request indicates that the client has finished initialization of the debug adapter.
/// So it is the last request in the sequence of configuration requests (which was started by the `initialized` event).
/// Clients should only call this request if the corresponding capability `supportsConfigurationDoneRequest` is true.
#[derive(Debug)]
pub enum ConfigurationDone {}

impl Request for ConfigurationDone {
    type Arguments = types::ConfigurationDoneArguments;
    type Response = ();
    const COMMAND: &'static str = "configurationDone";
}

/// This launch request is sent from the client to the debug adapter to start the debuggee with or without debugging (if `noDebug` is true).
/// Since launching is debugger/runtime specific, the arguments for this request are not part of this specification.
#[derive(Debug)]
pub enum Launch {}

impl Request for Launch {
    type Arguments = types::LaunchRequestArguments;
    type Response = ();
    const COMMAND: &'static str = "launch";
}

/// The `attach` request is sent from the client to the debug adapter to attach to a debuggee that is already running.
/// Since attaching is debugger/runtime specific, the arguments for this request are not part of this specification.
#[derive(Debug)]
pub enum Attach {}

impl Request for Attach {
    type Arguments = types::AttachRequestArguments;
    type Response = ();
    const COMMAND: &'static str = "attach";
}

/// Restarts a debug session. Clients should only call this request if the corresponding capability `supportsRestartRequest` is true.
/// If the capability is missing or has the value false, a typical client emulates `restart` by terminating the debug adapter first and then launching it anew.
#[derive(Debug)]
pub enum Restart {}

impl Request for Restart {
    type Arguments = types::RestartArguments;
    type Response = ();
    const COMMAND: &'static str = "restart";
}

/// The `disconnect` request asks the debug adapter to disconnect from the debuggee (thus ending the debug session) and then to shut down itself (the debug adapter).
/// In addition, the debug adapter must terminate the debuggee if it was started with the `launch` request. If an `attach` request was used to connect to the debuggee, then the debug adapter must not terminate the debuggee.
/// This implicit behavior of when to terminate the debuggee can be overridden with the `terminateDebuggee` argument (which is only supported by a debug adapter if the corresponding capability `supportTerminateDebuggee` is true).
#[derive(Debug)]
pub enum Disconnect {}

impl Request for Disconnect {
    type Arguments = types::DisconnectArguments;
    type Response = ();
    const COMMAND: &'static str = "disconnect";
}

/// The `terminate` request is sent from the client to the debug adapter in order to shut down the debuggee gracefully. Clients should only call this request if the capability `supportsTerminateRequest` is true.
/// Typically a debug adapter implements `terminate` by sending a software signal which the debuggee intercepts in order to clean things up properly before terminating itself.
/// Please note that this request does not directly affect the state of the debug session: if the debuggee decides to veto the graceful shutdown for any reason by not terminating itself, then the debug session just continues.
/// Clients can surface the `terminate` request as an explicit command or they can integrate it into a two stage Stop command that first sends `terminate` to request a graceful shutdown, and if that fails uses `disconnect` for a forceful shutdown.
#[derive(Debug)]
pub enum Terminate {}

impl Request for Terminate {
    type Arguments = types::TerminateArguments;
    type Response = ();
    const COMMAND: &'static str = "terminate";
}

/// The `breakpointLocations` request returns all possible locations for source breakpoints in a given range.
/// Clients should only call this request if the corresponding capability `supportsBreakpointLocationsRequest` is true.
#[derive(Debug)]
pub enum BreakpointLocations {}

impl Request for BreakpointLocations {
    type Arguments = types::BreakpointLocationsArguments;
    type Response = types::BreakpointLocationsResponse;
    const COMMAND: &'static str = "breakpointLocations";
}

/// Sets multiple breakpoints for a single source and clears all previous breakpoints in that source.
/// To clear all breakpoint for a source, specify an empty array.
/// When a breakpoint is hit, a `stopped` event (with reason `breakpoint`) is generated.
#[derive(Debug)]
pub enum SetBreakpoints {}

impl Request for SetBreakpoints {
    type Arguments = types::SetBreakpointsArguments;
    type Response = types::SetBreakpointsResponse;
    const COMMAND: &'static str = "setBreakpoints";
}

/// Replaces all existing function breakpoints with new function breakpoints.
/// To clear all function breakpoints, specify an empty array.
/// When a function breakpoint is hit, a `stopped` event (with reason `function breakpoint`) is generated.
/// Clients should only call this request if the corresponding capability `supportsFunctionBreakpoints` is true.
#[derive(Debug)]
pub enum SetFunctionBreakpoints {}

impl Request for SetFunctionBreakpoints {
    type Arguments = types::SetFunctionBreakpointsArguments;
    type Response = types::SetFunctionBreakpointsResponse;
    const COMMAND: &'static str = "setFunctionBreakpoints";
}

/// The request configures the debugger's response to thrown exceptions. Each of the `filters`, `filterOptions`, and `exceptionOptions` in the request are independent configurations to a debug adapter indicating a kind of exception to catch. An exception thrown in a program should result in a `stopped` event from the debug adapter (with reason `exception`) if any of the configured filters match.
/// Clients should only call this request if the corresponding capability `exceptionBreakpointFilters` returns one or more filters.
#[derive(Debug)]
pub enum SetExceptionBreakpoints {}

impl Request for SetExceptionBreakpoints {
    type Arguments = types::SetExceptionBreakpointsArguments;
    type Response = types::SetExceptionBreakpointsResponse;
    const COMMAND: &'static str = "setExceptionBreakpoints";
}

/// Obtains information on a possible data breakpoint that could be set on an expression or variable.
/// Clients should only call this request if the corresponding capability `supportsDataBreakpoints` is true.
#[derive(Debug)]
pub enum DataBreakpointInfo {}

impl Request for DataBreakpointInfo {
    type Arguments = types::DataBreakpointInfoArguments;
    type Response = types::DataBreakpointInfoResponse;
    const COMMAND: &'static str = "dataBreakpointInfo";
}

/// Replaces all existing data breakpoints with new data breakpoints.
/// To clear all data breakpoints, specify an empty array.
/// When a data breakpoint is hit, a `stopped` event (with reason `data breakpoint`) is generated.
/// Clients should only call this request if the corresponding capability `supportsDataBreakpoints` is true.
#[derive(Debug)]
pub enum SetDataBreakpoints {}

impl Request for SetDataBreakpoints {
    type Arguments = types::SetDataBreakpointsArguments;
    type Response = types::SetDataBreakpointsResponse;
    const COMMAND: &'static str = "setDataBreakpoints";
}

/// Replaces all existing instruction breakpoints. Typically, instruction breakpoints would be set from a disassembly window.
/// To clear all instruction breakpoints, specify an empty array.
/// When an instruction breakpoint is hit, a `stopped` event (with reason `instruction breakpoint`) is generated.
/// Clients should only call this request if the corresponding capability `supportsInstructionBreakpoints` is true.
#[derive(Debug)]
pub enum SetInstructionBreakpoints {}

impl Request for SetInstructionBreakpoints {
    type Arguments = types::SetInstructionBreakpointsArguments;
    type Response = types::SetInstructionBreakpointsResponse;
    const COMMAND: &'static str = "setInstructionBreakpoints";
}

/// The request resumes execution of all threads. If the debug adapter supports single thread execution (see capability `supportsSingleThreadExecutionRequests`), setting the `singleThread` argument to true resumes only the specified thread. If not all threads were resumed, the `allThreadsContinued` attribute of the response should be set to false.
#[derive(Debug)]
pub enum Continue {}

impl Request for Continue {
    type Arguments = types::ContinueArguments;
    type Response = types::ContinueResponse;
    const COMMAND: &'static str = "continue";
}

/// The request executes one step (in the given granularity) for the specified thread and allows all other threads to run freely by resuming them.
/// If the debug adapter supports single thread execution (see capability `supportsSingleThreadExecutionRequests`), setting the `singleThread` argument to true prevents other suspended threads from resuming.
/// The debug adapter first sends the response and then a `stopped` event (with reason `step`) after the step has completed.
#[derive(Debug)]
pub enum Next {}

impl Request for Next {
    type Arguments = types::NextArguments;
    type Response = ();
    const COMMAND: &'static str = "next";
}

/// The request resumes the given thread to step into a function/method and allows all other threads to run freely by resuming them.
/// If the debug adapter supports single thread execution (see capability `supportsSingleThreadExecutionRequests`), setting the `singleThread` argument to true prevents other suspended threads from resuming.
/// If the request cannot step into a target, `stepIn` behaves like the `next` request.
/// The debug adapter first sends the response and then a `stopped` event (with reason `step`) after the step has completed.
/// If there are multiple function/method calls (or other targets) on the source line,
/// the argument `targetId` can be used to control into which target the `stepIn` should occur.
/// The list of possible targets for a given source line can be retrieved via the `stepInTargets` request.
#[derive(Debug)]
pub enum StepIn {}

impl Request for StepIn {
    type Arguments = types::StepInArguments;
    type Response = ();
    const COMMAND: &'static str = "stepIn";
}

/// The request resumes the given thread to step out (return) from a function/method and allows all other threads to run freely by resuming them.
/// If the debug adapter supports single thread execution (see capability `supportsSingleThreadExecutionRequests`), setting the `singleThread` argument to true prevents other suspended threads from resuming.
/// The debug adapter first sends the response and then a `stopped` event (with reason `step`) after the step has completed.
#[derive(Debug)]
pub enum StepOut {}

impl Request for StepOut {
    type Arguments = types::StepOutArguments;
    type Response = ();
    const COMMAND: &'static str = "stepOut";
}

/// The request executes one backward step (in the given granularity) for the specified thread and allows all other threads to run backward freely by resuming them.
/// If the debug adapter supports single thread execution (see capability `supportsSingleThreadExecutionRequests`), setting the `singleThread` argument to true prevents other suspended threads from resuming.
/// The debug adapter first sends the response and then a `stopped` event (with reason `step`) after the step has completed.
/// Clients should only call this request if the corresponding capability `supportsStepBack` is true.
#[derive(Debug)]
pub enum StepBack {}

impl Request for StepBack {
    type Arguments = types::StepBackArguments;
    type Response = ();
    const COMMAND: &'static str = "stepBack";
}

/// The request resumes backward execution of all threads. If the debug adapter supports single thread execution (see capability `supportsSingleThreadExecutionRequests`), setting the `singleThread` argument to true resumes only the specified thread. If not all threads were resumed, the `allThreadsContinued` attribute of the response should be set to false.
/// Clients should only call this request if the corresponding capability `supportsStepBack` is true.
#[derive(Debug)]
pub enum ReverseContinue {}

impl Request for ReverseContinue {
    type Arguments = types::ReverseContinueArguments;
    type Response = ();
    const COMMAND: &'static str = "reverseContinue";
}

/// The request restarts execution of the specified stack frame.
/// The debug adapter first sends the response and then a `stopped` event (with reason `restart`) after the restart has completed.
/// Clients should only call this request if the corresponding capability `supportsRestartFrame` is true.
#[derive(Debug)]
pub enum RestartFrame {}

impl Request for RestartFrame {
    type Arguments = types::RestartFrameArguments;
    type Response = ();
    const COMMAND: &'static str = "restartFrame";
}

/// The request sets the location where the debuggee will continue to run.
/// This makes it possible to skip the execution of code or to execute code again.
/// The code between the current location and the goto target is not executed but skipped.
/// The debug adapter first sends the response and then a `stopped` event with reason `goto`.
/// Clients should only call this request if the corresponding capability `supportsGotoTargetsRequest` is true (because only then goto targets exist that can be passed as arguments).
#[derive(Debug)]
pub enum Goto {}

impl Request for Goto {
    type Arguments = types::GotoArguments;
    type Response = ();
    const COMMAND: &'static str = "goto";
}

/// The request suspends the debuggee.
/// The debug adapter first sends the response and then a `stopped` event (with reason `pause`) after the thread has been paused successfully.
#[derive(Debug)]
pub enum Pause {}

impl Request for Pause {
    type Arguments = types::PauseArguments;
    type Response = ();
    const COMMAND: &'static str = "pause";
}

/// The request returns a stacktrace from the current execution state of a given thread.
/// A client can request all stack frames by omitting the startFrame and levels arguments. For performance-conscious clients and if the corresponding capability `supportsDelayedStackTraceLoading` is true, stack frames can be retrieved in a piecemeal way with the `startFrame` and `levels` arguments. The response of the `stackTrace` request may contain a `totalFrames` property that hints at the total number of frames in the stack. If a client needs this total number upfront, it can issue a request for a single (first) frame and depending on the value of `totalFrames` decide how to proceed. In any case a client should be prepared to receive fewer frames than requested, which is an indication that the end of the stack has been reached.
#[derive(Debug)]
pub enum StackTrace {}

impl Request for StackTrace {
    type Arguments = types::StackTraceArguments;
    type Response = types::StackTraceResponse;
    const COMMAND: &'static str = "stackTrace";
}

/// The request returns the variable scopes for a given stack frame ID.
#[derive(Debug)]
pub enum Scopes {}

impl Request for Scopes {
    type Arguments = types::ScopesArguments;
    type Response = types::ScopesResponse;
    const COMMAND: &'static str = "scopes";
}

/// Retrieves all child variables for the given variable reference.
/// A filter can be used to limit the fetched children to either named or indexed children.
#[derive(Debug)]
pub enum Variables {}

impl Request for Variables {
    type Arguments = types::VariablesArguments;
    type Response = types::VariablesResponse;
    const COMMAND: &'static str = "variables";
}

/// Set the variable with the given name in the variable container to a new value. Clients should only call this request if the corresponding capability `supportsSetVariable` is true.
/// If a debug adapter implements both `setVariable` and `setExpression`, a client will only use `setExpression` if the variable has an `evaluateName` property.
#[derive(Debug)]
pub enum SetVariable {}

impl Request for SetVariable {
    type Arguments = types::SetVariableArguments;
    type Response = types::SetVariableResponse;
    const COMMAND: &'static str = "setVariable";
}

/// The request retrieves the source code for a given source reference.
#[derive(Debug)]
pub enum Source {}

impl Request for Source {
    type Arguments = types::SourceArguments;
    type Response = types::SourceResponse;
    const COMMAND: &'static str = "source";
}

/// The request retrieves a list of all threads.
#[derive(Debug)]
pub enum Threads {}

impl Request for Threads {
    type Arguments = ();
    type Response = types::ThreadsResponse;
    const COMMAND: &'static str = "threads";
}

/// The request terminates the threads with the given ids.
/// Clients should only call this request if the corresponding capability `supportsTerminateThreadsRequest` is true.
#[derive(Debug)]
pub enum TerminateThreads {}

impl Request for TerminateThreads {
    type Arguments = types::TerminateThreadsArguments;
    type Response = ();
    const COMMAND: &'static str = "terminateThreads";
}

/// Modules can be retrieved from the debug adapter with this request which can either return all modules or a range of modules to support paging.
/// Clients should only call this request if the corresponding capability `supportsModulesRequest` is true.
#[derive(Debug)]
pub enum Modules {}

impl Request for Modules {
    type Arguments = types::ModulesArguments;
    type Response = types::ModulesResponse;
    const COMMAND: &'static str = "modules";
}

/// Retrieves the set of all sources currently loaded by the debugged process.
/// Clients should only call this request if the corresponding capability `supportsLoadedSourcesRequest` is true.
#[derive(Debug)]
pub enum LoadedSources {}

impl Request for LoadedSources {
    type Arguments = types::LoadedSourcesArguments;
    type Response = types::LoadedSourcesResponse;
    const COMMAND: &'static str = "loadedSources";
}

/// Evaluates the given expression in the context of a stack frame.
/// The expression has access to any variables and arguments that are in scope.
#[derive(Debug)]
pub enum Evaluate {}

impl Request for Evaluate {
    type Arguments = types::EvaluateArguments;
    type Response = types::EvaluateResponse;
    const COMMAND: &'static str = "evaluate";
}

/// Evaluates the given `value` expression and assigns it to the `expression` which must be a modifiable l-value.
/// The expressions have access to any variables and arguments that are in scope of the specified frame.
/// Clients should only call this request if the corresponding capability `supportsSetExpression` is true.
/// If a debug adapter implements both `setExpression` and `setVariable`, a client uses `setExpression` if the variable has an `evaluateName` property.
#[derive(Debug)]
pub enum SetExpression {}

impl Request for SetExpression {
    type Arguments = types::SetExpressionArguments;
    type Response = types::SetExpressionResponse;
    const COMMAND: &'static str = "setExpression";
}

/// This request retrieves the possible step-in targets for the specified stack frame.
/// These targets can be used in the `stepIn` request.
/// Clients should only call this request if the corresponding capability `supportsStepInTargetsRequest` is true.
#[derive(Debug)]
pub enum StepInTargets {}

impl Request for StepInTargets {
    type Arguments = types::StepInTargetsArguments;
    type Response = types::StepInTargetsResponse;
    const COMMAND: &'static str = "stepInTargets";
}

/// This request retrieves the possible goto targets for the specified source location.
/// These targets can be used in the `goto` request.
/// Clients should only call this request if the corresponding capability `supportsGotoTargetsRequest` is true.
#[derive(Debug)]
pub enum GotoTargets {}

impl Request for GotoTargets {
    type Arguments = types::GotoTargetsArguments;
    type Response = types::GotoTargetsResponse;
    const COMMAND: &'static str = "gotoTargets";
}

/// Returns a list of possible completions for a given caret position and text.
/// Clients should only call this request if the corresponding capability `supportsCompletionsRequest` is true.
#[derive(Debug)]
pub enum Completions {}

impl Request for Completions {
    type Arguments = types::CompletionsArguments;
    type Response = types::CompletionsResponse;
    const COMMAND: &'static str = "completions";
}

/// Retrieves the details of the exception that caused this event to be raised.
/// Clients should only call this request if the corresponding capability `supportsExceptionInfoRequest` is true.
#[derive(Debug)]
pub enum ExceptionInfo {}

impl Request for ExceptionInfo {
    type Arguments = types::ExceptionInfoArguments;
    type Response = types::ExceptionInfoResponse;
    const COMMAND: &'static str = "exceptionInfo";
}

/// Reads bytes from memory at the provided location.
/// Clients should only call this request if the corresponding capability `supportsReadMemoryRequest` is true.
#[derive(Debug)]
pub enum ReadMemory {}

impl Request for ReadMemory {
    type Arguments = types::ReadMemoryArguments;
    type Response = Option<types::ReadMemoryResponse>;
    const COMMAND: &'static str = "readMemory";
}

/// Writes bytes to memory at the provided location.
/// Clients should only call this request if the corresponding capability `supportsWriteMemoryRequest` is true.
#[derive(Debug)]
pub enum WriteMemory {}

impl Request for WriteMemory {
    type Arguments = types::WriteMemoryArguments;
    type Response = types::WriteMemoryResponse;
    const COMMAND: &'static str = "writeMemory";
}

/// Disassembles code stored at the provided location.
/// Clients should only call this request if the corresponding capability `supportsDisassembleRequest` is true.
#[derive(Debug)]
pub enum Disassemble {}

impl Request for Disassemble {
    type Arguments = types::DisassembleArguments;
    type Response = Option<types::DisassembleResponse>;
    const COMMAND: &'static str = "disassemble";
}

/// Looks up information about a location reference previously returned by the debug adapter.
#[derive(Debug)]
pub enum Locations {}

impl Request for Locations {
    type Arguments = types::LocationsArguments;
    type Response = Option<types::LocationsResponse>;
    const COMMAND: &'static str = "locations";
}
