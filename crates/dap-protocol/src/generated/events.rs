//! One type without values for each event of the protocol.
//!
//! What an event carries is in `types`; how it travels is in `message`.
//!
//! Generated from `schema/debugAdapterProtocol.json`, whose descriptions are the doc comments, by
//! `cargo run -p dap-protocol --example generate`. Do not edit.

use crate::payload::Event;
use crate::types;

/// The events that an adapter sends to a client.
pub const FROM_ADAPTER: [&str; 17] = [
    "initialized",
    "stopped",
    "continued",
    "exited",
    "terminated",
    "thread",
    "output",
    "breakpoint",
    "module",
    "loadedSource",
    "process",
    "capabilities",
    "progressStart",
    "progressUpdate",
    "progressEnd",
    "invalidated",
    "memory",
];

/// This event indicates that the debug adapter is ready to accept configuration requests (e.g. `setBreakpoints`, `setExceptionBreakpoints`).
/// A debug adapter is expected to send this event when it is ready to accept configuration requests (but not before the `initialize` request has finished).
/// The sequence of events/requests is as follows:
/// - adapters sends `initialized` event (after the `initialize` request has returned)
/// - client sends zero or more `setBreakpoints` requests
/// - client sends one `setFunctionBreakpoints` request (if corresponding capability `supportsFunctionBreakpoints` is true)
/// - client sends a `setExceptionBreakpoints` request if one or more `exceptionBreakpointFilters` have been defined (or if `supportsConfigurationDoneRequest` is not true)
/// - client sends other future configuration requests
/// - client sends one `configurationDone` request to indicate the end of the configuration.
#[derive(Debug)]
pub enum Initialized {}

impl Event for Initialized {
    type Body = ();
    const EVENT: &'static str = "initialized";
}

/// The event indicates that the execution of the debuggee has stopped due to some condition.
/// This can be caused by a breakpoint previously set, a stepping request has completed, by executing a debugger statement etc.
#[derive(Debug)]
pub enum Stopped {}

impl Event for Stopped {
    type Body = types::StoppedEvent;
    const EVENT: &'static str = "stopped";
}

/// The event indicates that the execution of the debuggee has continued.
/// Please note: a debug adapter is not expected to send this event in response to a request that implies that execution continues, e.g. `launch` or `continue`.
/// It is only necessary to send a `continued` event if there was no previous request that implied this.
#[derive(Debug)]
pub enum Continued {}

impl Event for Continued {
    type Body = types::ContinuedEvent;
    const EVENT: &'static str = "continued";
}

/// The event indicates that the debuggee has exited and returns its exit code.
#[derive(Debug)]
pub enum Exited {}

impl Event for Exited {
    type Body = types::ExitedEvent;
    const EVENT: &'static str = "exited";
}

/// The event indicates that debugging of the debuggee has terminated. This does **not** mean that the debuggee itself has exited.
#[derive(Debug)]
pub enum Terminated {}

impl Event for Terminated {
    type Body = types::TerminatedEvent;
    const EVENT: &'static str = "terminated";
}

/// The event indicates that a thread has started or exited.
#[derive(Debug)]
pub enum Thread {}

impl Event for Thread {
    type Body = types::ThreadEvent;
    const EVENT: &'static str = "thread";
}

/// The event indicates that the target has produced some output.
#[derive(Debug)]
pub enum Output {}

impl Event for Output {
    type Body = types::OutputEvent;
    const EVENT: &'static str = "output";
}

/// The event indicates that some information about a breakpoint has changed. While debug adapters may notify the clients of `changed` breakpoints using this event, clients should continue to use the breakpoint's original properties when updating a source's breakpoints in the `breakpoint` request.
#[derive(Debug)]
pub enum Breakpoint {}

impl Event for Breakpoint {
    type Body = types::BreakpointEvent;
    const EVENT: &'static str = "breakpoint";
}

/// The event indicates that some information about a module has changed.
#[derive(Debug)]
pub enum Module {}

impl Event for Module {
    type Body = types::ModuleEvent;
    const EVENT: &'static str = "module";
}

/// The event indicates that some source has been added, changed, or removed from the set of all loaded sources.
#[derive(Debug)]
pub enum LoadedSource {}

impl Event for LoadedSource {
    type Body = types::LoadedSourceEvent;
    const EVENT: &'static str = "loadedSource";
}

/// The event indicates that the debugger has begun debugging a new process. Either one that it has launched, or one that it has attached to.
#[derive(Debug)]
pub enum Process {}

impl Event for Process {
    type Body = types::ProcessEvent;
    const EVENT: &'static str = "process";
}

/// The event indicates that one or more capabilities have changed.
/// Since the capabilities are dependent on the client and its UI, it might not be possible to change that at random times (or too late).
/// Consequently this event has a hint characteristic: a client can only be expected to make a 'best effort' in honoring individual capabilities but there are no guarantees.
/// Only changed capabilities need to be included, all other capabilities keep their values.
#[derive(Debug)]
pub enum Capabilities {}

impl Event for Capabilities {
    type Body = types::CapabilitiesEvent;
    const EVENT: &'static str = "capabilities";
}

/// The event signals that a long running operation is about to start and provides additional information for the client to set up a corresponding progress and cancellation UI.
/// The client is free to delay the showing of the UI in order to reduce flicker.
/// This event should only be sent if the corresponding capability `supportsProgressReporting` is true.
#[derive(Debug)]
pub enum ProgressStart {}

impl Event for ProgressStart {
    type Body = types::ProgressStartEvent;
    const EVENT: &'static str = "progressStart";
}

/// The event signals that the progress reporting needs to be updated with a new message and/or percentage.
/// The client does not have to update the UI immediately, but the clients needs to keep track of the message and/or percentage values.
/// This event should only be sent if the corresponding capability `supportsProgressReporting` is true.
#[derive(Debug)]
pub enum ProgressUpdate {}

impl Event for ProgressUpdate {
    type Body = types::ProgressUpdateEvent;
    const EVENT: &'static str = "progressUpdate";
}

/// The event signals the end of the progress reporting with a final message.
/// This event should only be sent if the corresponding capability `supportsProgressReporting` is true.
#[derive(Debug)]
pub enum ProgressEnd {}

impl Event for ProgressEnd {
    type Body = types::ProgressEndEvent;
    const EVENT: &'static str = "progressEnd";
}

/// This event signals that some state in the debug adapter has changed and requires that the client needs to re-render the data snapshot previously requested.
/// Debug adapters do not have to emit this event for runtime changes like stopped or thread events because in that case the client refetches the new state anyway. But the event can be used for example to refresh the UI after rendering formatting has changed in the debug adapter.
/// This event should only be sent if the corresponding capability `supportsInvalidatedEvent` is true.
#[derive(Debug)]
pub enum Invalidated {}

impl Event for Invalidated {
    type Body = types::InvalidatedEvent;
    const EVENT: &'static str = "invalidated";
}

/// This event indicates that some memory range has been updated. It should only be sent if the corresponding capability `supportsMemoryEvent` is true.
/// Clients typically react to the event by re-issuing a `readMemory` request if they show the memory identified by the `memoryReference` and if the updated memory range overlaps the displayed range. Clients should not make assumptions how individual memory references relate to each other, so they should not assume that they are part of a single continuous address range and might overlap.
/// Debug adapters can use this event to indicate that the contents of a memory range has changed due to some other request like `setVariable` or `setExpression`. Debug adapters are not expected to emit this event for each and every memory change of a running program, because that information is typically not available from debuggers and it would flood clients with too many events.
#[derive(Debug)]
pub enum Memory {}

impl Event for Memory {
    type Body = types::MemoryEvent;
    const EVENT: &'static str = "memory";
}
