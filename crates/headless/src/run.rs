//! One run from beginning to end: the conversation, what is seen at each stop, the verdict.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dap_protocol::{Connection, Event, EventMessage, events, requests, types};
use dap_server::{Environment, Failed};
use recording::{
    Evaluation, Failure, FailureKind, Outcome, RunReport, SCHEMA_VERSION, Stop, Variable,
};
use tokio_util::sync::CancellationToken;

use crate::client::{Client, ClientError};
use crate::console::Console;
use crate::{BreakArgument, HeadlessOptions, Verdict};

/// The most variables that are fetched at a stop.
const MOST_VARIABLES: i64 = 200;

/// Runs a test as `options` say, and shows it on the standard streams. Ends early, and leaves nothing behind, when `interrupted` is
/// cancelled.
pub async fn run(
    options: &HeadlessOptions,
    environment: Environment,
    interrupted: CancellationToken,
) -> Verdict {
    let mut console = Console::standard();
    let files = match breakpoint_files(&options.breakpoints, &options.launch) {
        Ok(files) => files,
        Err(problem) => {
            console.log(&format!("{problem}\n"));
            return Verdict::Usage;
        }
    };
    if let Some(Err(error)) = options.json.as_deref().map(recording::check_writable) {
        console.log(&format!("{error}\n"));
        return Verdict::Usage;
    }
    let (own, theirs) = Connection::memory();
    // Ends when the conversation does; the interruption is ours to handle, by `disconnect`.
    let adapter = tokio::spawn(dap_server::serve(
        theirs,
        environment,
        CancellationToken::new(),
    ));
    let started = Instant::now();
    let mut run = Run {
        client: Client::new(own, interrupted),
        console,
        evaluations: &options.evaluations,
        stops: Vec::new(),
        failure: None,
        exit_code: None,
    };
    let ended = run.converse(options, &files).await;
    if let Err(error) = &ended {
        run.console.log(&format!("{error}\n"));
    }
    run.client.ignore_interruption();
    let _gone_is_fine = run
        .client
        .request::<requests::Disconnect>(&types::DisconnectArguments::default())
        .await;
    let verdict = run.verdict(&ended);
    let report = run.report(options, verdict, started);
    drop(run.client);
    let _panic_is_reported_by_tokio = adapter.await;

    run.console.say(&summary(&report));
    match options.json.as_ref().map(|path| report.write(path)) {
        Some(Err(error)) => {
            run.console.log(&format!("{error}\n"));
            Verdict::ToolFailed
        }
        _ => verdict,
    }
}

/// The breakpoints by file; a file that is not there is a mistake of the person.
fn breakpoint_files(
    breakpoints: &[BreakArgument],
    launch: &dap_server::LaunchArguments,
) -> Result<BTreeMap<PathBuf, Vec<types::SourceBreakpoint>>, String> {
    let mut files: BTreeMap<PathBuf, Vec<types::SourceBreakpoint>> = BTreeMap::new();
    let directory = launch
        .cwd
        .clone()
        .or_else(|| std::env::current_dir().ok())
        .unwrap_or_default();
    for breakpoint in breakpoints {
        let file = directory
            .join(&breakpoint.file)
            .canonicalize()
            .map_err(|error| {
                format!(
                    "the breakpoint file {} cannot be read: {error}",
                    breakpoint.file.display()
                )
            })?;
        files
            .entry(file)
            .or_default()
            .push(types::SourceBreakpoint {
                line: breakpoint.line,
                condition: breakpoint.condition.clone(),
                ..types::SourceBreakpoint::default()
            });
    }
    Ok(files)
}

struct Run<'options> {
    client: Client,
    console: Console,
    evaluations: &'options [String],
    stops: Vec<Stop>,
    failure: Option<Failure>,
    exit_code: Option<i64>,
}

impl Run<'_> {
    async fn converse(
        &mut self,
        options: &HeadlessOptions,
        files: &BTreeMap<PathBuf, Vec<types::SourceBreakpoint>>,
    ) -> Result<(), ClientError> {
        let initialize = types::InitializeRequestArguments {
            client_id: Some("nixtest-dap-headless".to_owned()),
            adapter_id: "nixtest".to_owned(),
            supports_ansi_styling: Some(self.console.log_has_colours),
            ..types::InitializeRequestArguments::default()
        };
        self.client
            .request::<requests::Initialize>(&initialize)
            .await?;
        let launch = types::LaunchRequestArguments {
            other: options.launch.to_wire(),
            ..types::LaunchRequestArguments::default()
        };
        self.client.request::<requests::Launch>(&launch).await?;
        for (file, breakpoints) in files {
            let arguments = types::SetBreakpointsArguments {
                source: types::Source {
                    path: Some(file.display().to_string()),
                    ..types::Source::default()
                },
                breakpoints: Some(breakpoints.clone()),
                ..types::SetBreakpointsArguments::default()
            };
            self.client
                .request::<requests::SetBreakpoints>(&arguments)
                .await?;
        }
        self.client
            .request::<requests::ConfigurationDone>(&types::ConfigurationDoneArguments::default())
            .await?;
        loop {
            let event = self.client.event().await?;
            if event.is::<events::Terminated>() {
                return Ok(());
            }
            match event.parse::<events::Stopped>() {
                Ok(stopped) => match self.stop(&stopped).await {
                    // The script ended while it stood; the events say how.
                    Err(ClientError::Refused(_)) | Ok(()) => {}
                    Err(error) => return Err(error),
                },
                Err(_) => self.show(&event),
            }
        }
    }

    /// Everything but a stop and the end.
    fn show(&mut self, event: &EventMessage) {
        if let Ok(output) = event.parse::<events::Output>() {
            self.console.log(&output.output);
        } else if let Ok(failure) = event.parse::<Failed>() {
            // Its text has come as output already.
            self.failure = Some(failure);
        } else if let Ok(exited) = event.parse::<events::Exited>() {
            self.exit_code = Some(exited.exit_code);
        } else if let Ok(types::BreakpointEvent { breakpoint, .. }) =
            event.parse::<events::Breakpoint>()
        {
            let place = breakpoint
                .source
                .and_then(|source| source.path)
                .unwrap_or_default();
            let line = breakpoint.line.unwrap_or_default();
            if let Some(message) = breakpoint.message.filter(|_| !breakpoint.verified) {
                self.console.log(&format!(
                    "the breakpoint {place}:{line} cannot stop: {message}\n"
                ));
            }
        }
    }

    /// Looks around at a stop, shows what there is, and goes on.
    async fn stop(&mut self, stopped: &types::StoppedEvent) -> Result<(), ClientError> {
        let thread_id = stopped.thread_id.unwrap_or(1);
        let arguments = types::StackTraceArguments {
            thread_id,
            ..types::StackTraceArguments::default()
        };
        let frames = self
            .client
            .request::<requests::StackTrace>(&arguments)
            .await?
            .stack_frames;
        let stack: Vec<_> = frames.iter().map(render_frame).collect();
        if let Some(frame) = frames.first() {
            let file = frame
                .source
                .as_ref()
                .and_then(|source| source.path.as_ref())
                .map(PathBuf::from);
            let stop = Stop {
                reason: reason_word(&stopped.reason),
                text: stopped.text.clone(),
                source_line: file
                    .as_deref()
                    .and_then(|file| source_line(file, frame.line)),
                file,
                line: frame.line,
                function: frame.name.clone(),
                variables: self.variables(frame.id).await?,
                evaluations: self.evaluate(frame.id).await?,
            };
            // What the evaluations caused to be written belongs before the stop that shows their results.
            for event in self.client.take_waiting(events::Output::EVENT) {
                self.show(&event);
            }
            self.console.stop(&stop, &stack);
            self.stops.push(stop);
        }
        let arguments = types::ContinueArguments {
            thread_id,
            ..types::ContinueArguments::default()
        };
        self.client
            .request::<requests::Continue>(&arguments)
            .await?;
        Ok(())
    }

    /// The variables of the frame's first scope, which is its own.
    async fn variables(&mut self, frame_id: i64) -> Result<Vec<Variable>, ClientError> {
        let scopes = self
            .client
            .request::<requests::Scopes>(&types::ScopesArguments { frame_id })
            .await?
            .scopes;
        let Some(scope) = scopes.first() else {
            return Ok(Vec::new());
        };
        let arguments = types::VariablesArguments {
            variables_reference: scope.variables_reference,
            start: Some(0),
            count: Some(MOST_VARIABLES),
            ..types::VariablesArguments::default()
        };
        let variables = self
            .client
            .request::<requests::Variables>(&arguments)
            .await?
            .variables;
        Ok(variables
            .into_iter()
            .map(|variable| Variable {
                name: variable.name,
                value: variable.value,
                type_name: variable.r#type,
            })
            .collect())
    }

    async fn evaluate(&mut self, frame_id: i64) -> Result<Vec<Evaluation>, ClientError> {
        let mut evaluations = Vec::new();
        for expression in self.evaluations {
            let arguments = types::EvaluateArguments {
                expression: expression.clone(),
                frame_id: Some(frame_id),
                // Nobody is there to go on from a breakpoint inside, so none stops.
                context: Some(types::EvaluateArgumentsContext::Watch),
                ..types::EvaluateArguments::default()
            };
            let (result, succeeded) =
                match self.client.request::<requests::Evaluate>(&arguments).await {
                    Ok(response) => (response.result, true),
                    Err(ClientError::Refused(error)) => (error.text().into_owned(), false),
                    Err(error) => return Err(error),
                };
            evaluations.push(Evaluation {
                expression: expression.clone(),
                result,
                succeeded,
            });
        }
        Ok(evaluations)
    }

    fn verdict(&self, ended: &Result<(), ClientError>) -> Verdict {
        match (
            ended,
            self.failure.as_ref().map(|failure| failure.kind),
            self.exit_code,
        ) {
            (Err(ClientError::Refused(_)), None, _) => Verdict::Usage,
            (Err(_), None, _) => Verdict::ToolFailed,
            (_, Some(FailureKind::Evaluation | FailureKind::Build), _) => Verdict::NotBuilt,
            (_, Some(FailureKind::Launch | FailureKind::Internal), _) => Verdict::ToolFailed,
            (_, Some(FailureKind::Script), _) => Verdict::Failed,
            (Ok(()), None, Some(0)) => Verdict::Passed,
            (Ok(()), None, Some(_)) => Verdict::Failed,
            // The end without an exit code is the end of the adapter, not of the test.
            (Ok(()), None, None) => Verdict::ToolFailed,
        }
    }

    fn report(
        &mut self,
        options: &HeadlessOptions,
        verdict: Verdict,
        started: Instant,
    ) -> RunReport {
        let failure = self.failure.take();
        let outcome = match verdict {
            Verdict::Passed => Outcome::Passed,
            Verdict::Failed => Outcome::Failed,
            Verdict::NotBuilt => Outcome::NotBuilt,
            Verdict::Usage | Verdict::ToolFailed => Outcome::Aborted,
        };
        RunReport {
            schema_version: SCHEMA_VERSION,
            target: options.target.clone(),
            outcome,
            driver_exit_code: self.exit_code.filter(|_| failure.is_none()),
            failure,
            duration_seconds: started.elapsed().as_secs_f64(),
            stops: std::mem::take(&mut self.stops),
        }
    }
}

fn render_frame(frame: &types::StackFrame) -> String {
    let source = frame
        .source
        .as_ref()
        .and_then(|source| source.name.clone())
        .unwrap_or_default();
    format!("{}  {source}:{}", frame.name, frame.line)
}

fn source_line(file: &Path, line: i64) -> Option<String> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().nth(index).map(|line| line.trim().to_owned())
}

fn reason_word(reason: &types::StoppedEventReason) -> String {
    serde_json::to_value(reason)
        .ok()
        .and_then(|word| Some(word.as_str()?.to_owned()))
        .unwrap_or_default()
}

fn summary(report: &RunReport) -> String {
    let verdict = match report.outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::NotBuilt => "not built",
        Outcome::Aborted => "aborted",
    };
    let stops = match report.stops.len() {
        0 => String::new(),
        1 => ", 1 stop".to_owned(),
        count => format!(", {count} stops"),
    };
    format!(
        "{}: {verdict} in {:.1} s{stops}",
        report.target, report.duration_seconds
    )
}
