//! The table of contents: each request of the protocol that is served, and who answers it.
//!
//! *Here* means at once, from what the session knows. *The agent* means that the question is passed on and its answer
//! passed back. *Later* means that the handler keeps the request and answers when something has happened. When a request is
//! admitted is not decided here but in `phase.rs`.

use dap_protocol::requests::{
    Attach, BreakpointLocations, Cancel, Completions, ConfigurationDone, Continue,
    DataBreakpointInfo, Disconnect, Evaluate, ExceptionInfo, Goto, GotoTargets, Initialize, Launch,
    LoadedSources, Locations, Next, Pause, Restart, RestartFrame, Scopes, SetBreakpoints,
    SetDataBreakpoints, SetExceptionBreakpoints, SetExpression, SetFunctionBreakpoints,
    SetVariable, Source, StackTrace, StepIn, StepInTargets, StepOut, Terminate, Threads, Variables,
};
use dap_protocol::{Request, RequestMessage};

use crate::agent::Pending;
use crate::console::command_of;
use crate::errors::RequestError;
use crate::guests::Machines;
use crate::locations::TranslatePosition;
use crate::reload::ReloadScript;
use crate::restarting::Rerun;
use crate::session::Session;
use crate::subtests::{ContinueWithNextSubtest, RunSubtest};
use crate::terminal::OpenShell;
use crate::waits::EndWait;

impl Session {
    /// Serves one request. It gets exactly one response, now or later.
    pub(crate) fn dispatch(&mut self, request: RequestMessage) {
        if let Err(error) = self.admits(&request) {
            self.refuse(&request, &error);
            return;
        }
        Dispatcher {
            session: self,
            request: Some(request),
        }
        .here::<Initialize>(Self::initialize)
        .later::<Launch>(Self::launch)
        .later::<Attach>(Self::attach)
        .later::<SetBreakpoints>(Self::set_breakpoints)
        .later::<SetFunctionBreakpoints>(Self::set_function_breakpoints)
        .agent::<DataBreakpointInfo>(Pending::Forwarded)
        .later::<SetDataBreakpoints>(Self::set_data_breakpoints)
        .later::<SetExceptionBreakpoints>(Self::set_exception_breakpoints)
        .here::<ConfigurationDone>(Self::configuration_done)
        .here::<LoadedSources>(Self::loaded_sources)
        .here::<Source>(Self::source)
        .here::<BreakpointLocations>(Self::breakpoint_locations)
        .here::<TranslatePosition>(Self::translate_position)
        .later::<Threads>(Self::threads)
        .agent::<StackTrace>(Pending::StackTrace)
        .agent::<Scopes>(Pending::Forwarded)
        .agent::<Variables>(Pending::Variables)
        .later::<Evaluate>(Self::evaluate)
        .agent::<SetVariable>(Pending::Forwarded)
        .agent::<SetExpression>(Pending::Forwarded)
        .later::<Completions>(Self::completions)
        .agent::<ExceptionInfo>(Pending::ExceptionInfo)
        .agent::<Continue>(Pending::Forwarded)
        .agent::<Next>(Pending::Forwarded)
        .agent::<StepIn>(Pending::Forwarded)
        .agent::<StepInTargets>(Pending::StepInTargets)
        .later::<Locations>(Self::locations)
        .agent::<StepOut>(Pending::Forwarded)
        .later::<GotoTargets>(Self::goto_targets)
        .agent::<Goto>(Pending::Forwarded)
        .agent::<RestartFrame>(Pending::Forwarded)
        .later::<ReloadScript>(Self::reload_script)
        .agent::<Pause>(Pending::Forwarded)
        .agent::<Machines>(Pending::Forwarded)
        .later::<OpenShell>(Self::open_shell)
        .here::<Cancel>(Self::cancel)
        .agent::<EndWait>(Pending::Forwarded)
        .agent::<RunSubtest>(Pending::Worded)
        .agent::<ContinueWithNextSubtest>(Pending::Worded)
        .agent::<Rerun>(Pending::Worded)
        .later::<Restart>(Self::restart)
        .later::<Terminate>(Self::terminate)
        .later::<Disconnect>(Self::disconnect)
        .finish();
    }

    /// Whether the request makes sense now. A command of the console does at other times than the Python that is evaluated.
    fn admits(&self, request: &RequestMessage) -> Result<(), RequestError> {
        let evaluation = request.parse::<Evaluate>().ok();
        match evaluation.as_ref().and_then(command_of) {
            Some(Ok((command, _))) => self.phase.admits_when(command.when, command.word),
            Some(Err(error)) => Err(error),
            None => self.phase.admits(&request.command),
        }
    }

    /// Answers a request that cannot be served.
    pub(crate) fn refuse(&mut self, request: &RequestMessage, error: &RequestError) {
        tracing::debug!("'{}' refused: {}", request.command, error.sentence());
        self.outgoing.respond_raw(request, Err(error.to_response()));
    }

    /// Passes a request on to the agent.
    pub(crate) fn forward(
        &mut self,
        request: RequestMessage,
        pending: fn(RequestMessage) -> Pending,
    ) {
        match &mut self.link {
            Some(link) => {
                let arguments = request.arguments.clone();
                let command = request.command.clone();
                link.ask(&command, arguments, pending(request));
            }
            None => self.refuse(&request, &RequestError::agent_gone()),
        }
    }
}

/// A request on its way down the table; the line that knows it takes it.
struct Dispatcher<'session> {
    session: &'session mut Session,
    request: Option<RequestMessage>,
}

impl Dispatcher<'_> {
    fn here<R: Request>(
        mut self,
        answer: fn(&mut Session, R::Arguments) -> Result<R::Response, RequestError>,
    ) -> Self {
        if let Some((request, arguments)) = self.take::<R>() {
            let asker = self.session.outgoing.asker(&request);
            match answer(self.session, arguments) {
                Ok(body) => self.session.outgoing.respond::<R>(&request, Ok(body)),
                Err(error) => self.session.refuse(&request, &error),
            }
            self.session.after_response(&request.command, asker);
        }
        self
    }

    fn later<R: Request>(mut self, answer: fn(&mut Session, RequestMessage, R::Arguments)) -> Self {
        if let Some((request, arguments)) = self.take::<R>() {
            answer(self.session, request, arguments);
        }
        self
    }

    fn agent<R: Request>(mut self, pending: fn(RequestMessage) -> Pending) -> Self {
        if let Some((request, _)) = self.take::<R>() {
            self.session.forward(request, pending);
        }
        self
    }

    /// The request when it is an `R` with arguments that can be read; one whose arguments cannot be read is answered.
    fn take<R: Request>(&mut self) -> Option<(RequestMessage, R::Arguments)> {
        let request = self.request.take_if(|request| request.is::<R>())?;
        match request.parse::<R>() {
            Ok(arguments) => Some((request, arguments)),
            Err(error) => {
                self.session.refuse(
                    &request,
                    &RequestError::arguments(&request.command, &error.to_string()),
                );
                None
            }
        }
    }

    /// A request that the admission table knows and this one does not is a mistake of ours; it still gets its answer.
    fn finish(self) {
        if let Some(request) = self.request {
            self.session
                .refuse(&request, &RequestError::unsupported(&request.command));
        }
    }
}
