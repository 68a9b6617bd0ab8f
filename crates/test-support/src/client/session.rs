//! What a person does in a debugger: start, look around, step, end.
//!
//! Each helper is the sequence of requests that editors send for it. The thread is always the one
//! that stopped last, the frame the topmost one.

use std::path::Path;

use dap_protocol::types::{
    Breakpoint, Capabilities, ContinueArguments, DisconnectArguments, EvaluateArguments,
    EvaluateArgumentsContext, EvaluateResponse, InitializeRequestArguments,
    InitializeRequestArgumentsPathFormat, LaunchRequestArguments, NextArguments, OutputEvent,
    PauseArguments, ScopesArguments, SetBreakpointsArguments, SetExceptionBreakpointsArguments,
    Source, SourceBreakpoint, StackFrame, StackTraceArguments, StepInArguments, StepOutArguments,
    StoppedEvent, Variable, VariablesArguments,
};
use dap_protocol::{ErrorResponse, Message, events, requests};
use serde_json::Value;

use super::TestClient;

/// What a capable editor says in `initialize`.
pub(super) fn abilities_of_an_editor() -> InitializeRequestArguments {
    InitializeRequestArguments {
        client_id: Some("test".to_owned()),
        client_name: Some("test client".to_owned()),
        adapter_id: "nixtest".to_owned(),
        locale: Some("en".to_owned()),
        lines_start_at1: Some(true),
        columns_start_at1: Some(true),
        path_format: Some(InitializeRequestArgumentsPathFormat::Path),
        supports_variable_type: Some(true),
        supports_variable_paging: Some(true),
        supports_run_in_terminal_request: Some(true),
        supports_memory_references: Some(true),
        supports_progress_reporting: Some(true),
        supports_invalidated_event: Some(true),
        supports_memory_event: Some(true),
        supports_args_can_be_interpreted_by_shell: Some(true),
        supports_start_debugging_request: Some(true),
        supports_ansi_styling: Some(true),
    }
}

impl TestClient {
    /// Launches with breakpoints, each given by a file and lines, and lets the debuggee run.
    /// Returns what became of the breakpoints, in their order.
    ///
    /// # Errors
    ///
    /// What the adapter answered when the launch failed.
    pub async fn start(
        &mut self,
        arguments: Value,
        breakpoints: &[(&Path, &[i64])],
    ) -> Result<Vec<Breakpoint>, ErrorResponse> {
        self.initialize().await?;
        let launch = self.launch(arguments).await?;
        let mut set = Vec::new();
        for (path, lines) in breakpoints {
            set.extend(self.set_breakpoints(path, lines).await?);
        }
        self.set_default_exception_breakpoints().await?;
        self.request::<requests::ConfigurationDone>(Default::default())
            .await?;
        self.response::<requests::Launch>(launch).await?;
        Ok(set)
    }

    /// Introduces the client. What the adapter can do is then in [`Self::capabilities`].
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn initialize(&mut self) -> Result<(), ErrorResponse> {
        self.capabilities = self
            .request::<requests::Initialize>(self.abilities.clone())
            .await?;
        Ok(())
    }

    /// What the adapter said it can do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Sends `launch` and waits until the adapter takes the configuration. Returns the number of
    /// the request, which adapters may answer later.
    ///
    /// # Errors
    ///
    /// What the adapter answered when the launch failed at once.
    pub async fn launch(&mut self, arguments: Value) -> Result<i64, ErrorResponse> {
        let arguments: LaunchRequestArguments =
            serde_json::from_value(arguments).expect("launch arguments are an object");
        let launch = self.send::<requests::Launch>(&arguments);
        self.wait_until("the event `initialized`", |client| {
            if client
                .take_event(|event| event.is::<events::Initialized>())
                .is_some()
            {
                return Some(Ok(launch));
            }
            // An adapter that failed to launch never asks for the configuration.
            client.responses.get(&launch)?.error().map(Err)
        })
        .await
    }

    /// Sets breakpoints on lines of a file, in place of those that were there.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn set_breakpoints(
        &mut self,
        path: &Path,
        lines: &[i64],
    ) -> Result<Vec<Breakpoint>, ErrorResponse> {
        let on_line = |line: &i64| SourceBreakpoint {
            line: *line,
            ..Default::default()
        };
        self.set_source_breakpoints(path, lines.iter().map(on_line).collect())
            .await
    }

    /// Sets breakpoints with conditions and the like in a file, in place of those that were there.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn set_source_breakpoints(
        &mut self,
        path: &Path,
        breakpoints: Vec<SourceBreakpoint>,
    ) -> Result<Vec<Breakpoint>, ErrorResponse> {
        let arguments = SetBreakpointsArguments {
            source: Source {
                name: path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
                path: Some(path.display().to_string()),
                ..Default::default()
            },
            // The older form of the same lines, which editors still send.
            lines: Some(
                breakpoints
                    .iter()
                    .map(|breakpoint| breakpoint.line)
                    .collect(),
            ),
            breakpoints: Some(breakpoints),
            source_modified: Some(false),
        };
        Ok(self
            .request::<requests::SetBreakpoints>(arguments)
            .await?
            .breakpoints)
    }

    /// Waits for a stop and makes its thread the current one.
    pub async fn stopped(&mut self) -> StoppedEvent {
        let stopped = self
            .wait_until("the event `stopped`", |client| {
                let event = client.take_event(|event| event.is::<events::Stopped>());
                if event.is_none() && client.has_seen("terminated") {
                    client.fail("the session ended without a stop");
                }
                event
            })
            .await;
        let stopped = match stopped.parse::<events::Stopped>() {
            Ok(body) => body,
            Err(error) => self.fail(&error.to_string()),
        };
        self.thread = stopped.thread_id.or(self.thread);
        self.top_frame = None;
        stopped
    }

    /// Waits for the end of the session, and returns the exit code if the adapter told one.
    pub async fn terminated(&mut self) -> Option<i64> {
        self.expect_event::<events::Terminated>().await;
        let exited = self.take_event(|event| event.is::<events::Exited>())?;
        exited
            .parse::<events::Exited>()
            .ok()
            .map(|body| body.exit_code)
    }

    /// Lets the debuggee run.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn continue_(&mut self) -> Result<(), ErrorResponse> {
        let arguments = ContinueArguments {
            thread_id: self.thread(),
            ..Default::default()
        };
        self.request::<requests::Continue>(arguments)
            .await
            .map(drop)
    }

    /// Steps over a line.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn next(&mut self) -> Result<(), ErrorResponse> {
        let arguments = NextArguments {
            thread_id: self.thread(),
            ..Default::default()
        };
        self.request::<requests::Next>(arguments).await
    }

    /// Steps into a function.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn step_in(&mut self) -> Result<(), ErrorResponse> {
        let arguments = StepInArguments {
            thread_id: self.thread(),
            ..Default::default()
        };
        self.request::<requests::StepIn>(arguments).await
    }

    /// Steps out of a function.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn step_out(&mut self) -> Result<(), ErrorResponse> {
        let arguments = StepOutArguments {
            thread_id: self.thread(),
            ..Default::default()
        };
        self.request::<requests::StepOut>(arguments).await
    }

    /// Asks a thread to stop where it is.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn pause(&mut self, thread_id: i64) -> Result<(), ErrorResponse> {
        self.request::<requests::Pause>(PauseArguments { thread_id })
            .await
    }

    /// The frames of the current thread, the topmost first.
    pub async fn stack(&mut self) -> Vec<StackFrame> {
        let arguments = StackTraceArguments {
            thread_id: self.thread(),
            ..Default::default()
        };
        let stack = self.request::<requests::StackTrace>(arguments).await;
        let frames = self.expect_success("stackTrace", stack).stack_frames;
        self.top_frame = frames.first().map(|frame| frame.id);
        frames
    }

    /// The variables in a scope of the topmost frame.
    pub async fn variables(&mut self, scope: &str) -> Vec<Variable> {
        let arguments = ScopesArguments {
            frame_id: self.top_frame().await,
        };
        let scopes = self.request::<requests::Scopes>(arguments).await;
        let scopes = self.expect_success("scopes", scopes).scopes;
        match scopes.iter().find(|it| it.name == scope) {
            Some(scope) => self.children(scope.variables_reference).await,
            None => self.fail(&format!("the frame has no scope {scope}")),
        }
    }

    /// The variables behind a reference.
    pub async fn children(&mut self, variables_reference: i64) -> Vec<Variable> {
        let arguments = VariablesArguments {
            variables_reference,
            ..Default::default()
        };
        let variables = self.request::<requests::Variables>(arguments).await;
        self.expect_success("variables", variables).variables
    }

    /// Evaluates an expression in the topmost frame, as typed into the console.
    ///
    /// # Errors
    ///
    /// What the adapter answered when the expression failed.
    pub async fn evaluate(&mut self, expression: &str) -> Result<EvaluateResponse, ErrorResponse> {
        let arguments = EvaluateArguments {
            expression: expression.to_owned(),
            frame_id: Some(self.top_frame().await),
            context: Some(EvaluateArgumentsContext::Repl),
            ..Default::default()
        };
        self.request::<requests::Evaluate>(arguments).await
    }

    /// Everything that was put out so far, without what is meant for programs.
    #[must_use]
    pub fn outputs(&self) -> String {
        let output = |message: &Message| match message {
            Message::Event(event) => event.parse::<events::Output>().ok(),
            _ => None,
        };
        let messages = self.transcript.messages().iter();
        let outputs = messages.filter_map(|(_, message)| output(message));
        outputs
            .filter(is_for_people)
            .map(|body| body.output)
            .collect()
    }

    /// Waits until a text was put out.
    pub async fn wait_for_output(&mut self, text: &str) {
        let wanted = format!("the output {text:?}");
        self.wait_until(&wanted, |client| {
            client.outputs().contains(text).then_some(())
        })
        .await;
    }

    /// Says goodbye; the adapter ends what it started.
    ///
    /// # Errors
    ///
    /// What the adapter answered when it refused.
    pub async fn disconnect(&mut self) -> Result<(), ErrorResponse> {
        self.request::<requests::Disconnect>(DisconnectArguments::default())
            .await
    }

    /// What editors do when the user has not touched the exception filters.
    async fn set_default_exception_breakpoints(&mut self) -> Result<(), ErrorResponse> {
        let Some(filters) = self.capabilities.exception_breakpoint_filters.clone() else {
            return Ok(());
        };
        let on = filters
            .into_iter()
            .filter(|filter| filter.default == Some(true));
        let arguments = SetExceptionBreakpointsArguments {
            filters: on.map(|filter| filter.filter).collect(),
            ..Default::default()
        };
        self.request::<requests::SetExceptionBreakpoints>(arguments)
            .await
            .map(drop)
    }

    /// The frame that editors select at a stop. They ask for the stack once.
    async fn top_frame(&mut self) -> i64 {
        if self.top_frame.is_none() {
            self.stack().await;
        }
        self.top_frame
            .unwrap_or_else(|| self.fail("the stack is empty"))
    }

    fn thread(&self) -> i64 {
        self.thread
            .unwrap_or_else(|| self.fail("nothing has stopped yet"))
    }

    /// Whether an event waits to be waited for.
    fn has_seen(&self, event: &str) -> bool {
        self.events.iter().any(|seen| seen.event == event)
    }

    fn expect_success<T>(&self, command: &str, result: Result<T, ErrorResponse>) -> T {
        result.unwrap_or_else(|error| self.fail(&format!("`{command}` failed: {error}")))
    }
}

fn is_for_people(output: &OutputEvent) -> bool {
    output.category != Some(dap_protocol::types::OutputEventCategory::Telemetry)
}
