//! What the driver and the agent bring: output, the script, stops, answers, the end.

use std::path::PathBuf;
use std::sync::Arc;

use dap_protocol::{EventMessage, Message, ResponseMessage, events, types};
use debuggee::{DebuggeeEvent, ExitCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agent::{AgentLink, Pending};
use crate::breakpoints::Answered;
use crate::client::presentable;
use crate::errors::RequestError;
use crate::failure::{Failure, FailureKind};
use crate::flow::GotoTargets;
use crate::guests::{MachinesBody, tell};
use crate::phase::Phase;
use crate::script::{Candidates, Script, Texts};
use crate::session::{Session, Urgency};
use crate::terminal::machines_body;
use crate::traceback::ScriptEnded;
use crate::unlined::Kind;
use crate::waits::ended_in_words;

/// Body of the agent's event `nixtest/hello`.
#[derive(Debug, Deserialize)]
struct Hello {
    /// The process of the driver.
    #[serde(default)]
    pid: Option<i64>,
    /// The version of the interpreter.
    python: String,
    /// Whose driver it seems to be.
    #[serde(default)]
    driver: Option<String>,
}

/// Body of the agent's event `nixtest/undebugged`.
#[derive(Debug, Deserialize)]
struct Undebugged {
    reason: String,
}

/// Body of the agent's event `nixtest/script`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScriptAnnounced {
    text: String,
    #[serde(default)]
    machines: Vec<String>,
    /// Where a breakpoint can hit.
    #[serde(default)]
    statement_lines: Vec<u32>,
    /// For each of these lines where its statement begins.
    #[serde(default)]
    statement_columns: Vec<u32>,
    /// The number of the text, by which positions say which one they are in.
    #[serde(default)]
    version: i64,
}

/// Body of the agent's event `nixtest/scriptInvalid`. Lines and columns from 1.
#[derive(Debug, Deserialize)]
pub(crate) struct ScriptInvalid {
    text: String,
    pub(crate) message: String,
    pub(crate) line: i64,
    #[serde(default)]
    pub(crate) column: Option<i64>,
}

impl Session {
    pub(crate) fn debuggee_event(&mut self, event: DebuggeeEvent) {
        // The session is over for the client, because nobody waited for this any more.
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        match event {
            DebuggeeEvent::Linked(outgoing) => {
                self.was_linked = true;
                self.link = Some(AgentLink::new(outgoing));
            }
            DebuggeeEvent::Agent(Message::Event(event)) => self.agent_event(event),
            DebuggeeEvent::Agent(Message::Response(response)) => self.agent_response(&response),
            DebuggeeEvent::Agent(Message::Request(request)) => {
                tracing::warn!(
                    "the agent asked '{}', which nobody answers",
                    request.command
                );
            }
            DebuggeeEvent::AgentMalformed(problem) => tracing::warn!("the agent: {problem}"),
            DebuggeeEvent::Unlinked => self.unlinked(),
            // Both streams, because the driver writes its ordinary log to standard error, and clients paint that as errors.
            DebuggeeEvent::Output(text) => self.tell(types::OutputEventCategory::Stdout, &text),
            DebuggeeEvent::Exited(ExitCode(code)) => self.driver_exited(i64::from(code)),
        }
    }

    fn agent_event(&mut self, event: EventMessage) {
        let body = event.body.unwrap_or(Value::Null);
        // The script itself must stay what it is, byte by byte, or nothing could be mapped.
        let body = if event.event.starts_with("nixtest/script") {
            body
        } else {
            presentable(body)
        };
        let understood = match event.event.as_str() {
            "nixtest/script" => {
                serde_json::from_value(body).map(|announced| self.script_announced(announced))
            }
            "nixtest/scriptInvalid" => {
                serde_json::from_value(body).map(|invalid| self.script_invalid(&invalid))
            }
            "nixtest/scriptEnded" => {
                serde_json::from_value(body).map(|ended: ScriptEnded| self.script_ended(&ended))
            }
            "stopped" => serde_json::from_value(body).map(|stopped| self.stopped(stopped)),
            "continued" => serde_json::from_value(body).map(|continued| self.continued(&continued)),
            "thread" => serde_json::from_value(body)
                .map(|thread| self.outgoing.event::<events::Thread>(&thread)),
            "invalidated" => serde_json::from_value(body).map(|invalidated| {
                self.outgoing.event::<events::Invalidated>(&invalidated);
            }),
            "output" => serde_json::from_value(body).map(|output| self.tell_of_agent(output)),
            "breakpoint" => {
                self.breakpoint_changed(&body);
                Ok(())
            }
            "nixtest/subtest" => serde_json::from_value(body).map(|news| self.subtest(news)),
            "nixtest/rerun" => {
                self.subtests.clear();
                Ok(())
            }
            "nixtest/hello" => serde_json::from_value(body).map(|hello| self.greeted(&hello)),
            "nixtest/undebugged" => {
                serde_json::from_value(body).map(|undebugged| self.undebugged(&undebugged))
            }
            "nixtest/guestCommand" => {
                serde_json::from_value(body).map(|ended| self.guest_command_ended(ended))
            }
            "nixtest/wait" => serde_json::from_value(body).map(|wait| self.waited(wait)),
            // `nixtest/command` waits for the machines' view.
            _ => Ok(()),
        };
        if let Err(error) = understood {
            tracing::warn!(
                "the agent's event '{}' cannot be read: {error}",
                event.event
            );
        }
    }

    /// Text of the agent, which belongs to a line of the script if it names one.
    fn tell_of_agent(&mut self, output: types::OutputEvent) {
        let category = output.category;
        let category = category.unwrap_or(types::OutputEventCategory::Console);
        let place = output
            .line
            .and_then(|line| self.place_as_named(None, line, output.column.unwrap_or(1)));
        self.tell_at(category, &output.output, place.as_ref());
    }

    /// The agent is there. Which driver it is in matters to whoever wonders about an answer.
    fn greeted(&mut self, hello: &Hello) {
        let name = self.prepared.test_name.clone();
        self.outgoing
            .event::<events::Process>(&types::ProcessEvent {
                name: name.unwrap_or_else(|| "NixOS test driver".to_owned()),
                system_process_id: hello.pid,
                is_local_process: Some(true),
                start_method: Some(types::ProcessEventStartMethod::Launch),
                ..types::ProcessEvent::default()
            });
        let driver = hello.driver.as_deref().unwrap_or("of an unknown kind");
        let text = format!("Test driver: {driver}, Python {}\n", hello.python);
        self.tell(types::OutputEventCategory::Console, &text);
    }

    /// The driver runs its script in a way that the agent does not know.
    fn undebugged(&mut self, undebugged: &Undebugged) {
        self.is_undebugged = true;
        self.progress.end(&mut self.outgoing);
        let text = format!("{}; the test runs undebugged\n", undebugged.reason);
        self.tell(types::OutputEventCategory::Important, &text);
    }

    /// The script is known: finds where it comes from, places what was asked for, and lets it run when all is said.
    fn script_announced(&mut self, announced: ScriptAnnounced) {
        if self.phase.is_over() {
            return;
        }
        self.guests.names = announced.machines;
        self.read_script(announced.text);
        if let Some(script) = &mut self.script {
            let columns = announced.statement_columns.into_iter();
            let statements = announced.statement_lines.into_iter().zip(columns);
            script.statements = Arc::new(statements.collect());
            script.version = announced.version;
        }
        self.past.clear();
        if let Some(problem) = self.script.as_ref().and_then(Script::problem) {
            self.tell(types::OutputEventCategory::Console, &format!("{problem}\n"));
        }
        self.tell_sources();
        self.tell_changes();
        self.place_breakpoints(None);
        for kind in [Kind::Exceptions, Kind::Functions, Kind::Data] {
            self.place_unlined(kind, None);
        }
        self.watch_for_saves();
        self.phase = Phase::Configuring;
        self.run_when_ready();
    }

    /// Finds out where the script comes from, by the files that are known now.
    pub(crate) fn read_script(&mut self, text: String) {
        let mut script = self.map_script(&text, &self.prepared.files, &self.prepared.texts);
        if let Some(before) = &self.script {
            script.statements = Arc::clone(&before.statements);
            script.version = before.version;
        }
        self.script = Some(script);
    }

    /// Lines a script up with the files that an evaluation read.
    pub(crate) fn map_script(&self, text: &str, files: &[PathBuf], texts: &Texts) -> Script {
        let named = self.ledger.files().map(ToOwned::to_owned);
        let candidates = Candidates {
            named: named.chain(self.launch.script_file()).collect(),
            evaluated: files,
        };
        let file = self.launch.test_script_file();
        let script = file.and_then(|file| Script::of_file(text, &file));
        let exact = self.prepared.exact_map.as_ref();
        let script = script.or_else(|| {
            let map = exact.filter(|map| **map.script().text() == *text)?;
            Some(Script::of_map(map.clone()))
        });
        let test_name = self.prepared.test_name.clone();
        script.unwrap_or_else(|| Script::new(text, &candidates, texts, test_name))
    }

    /// The driver is about to fail on a script that is no Python; says where that is in the `.nix` file.
    fn script_invalid(&mut self, invalid: &ScriptInvalid) {
        self.read_script(invalid.text.clone());
        let Some(script) = &self.script else { return };
        let place = script.place(invalid.line, invalid.column.unwrap_or(1));
        let message = format!("{place}: the test script is no Python: {}", invalid.message);
        self.tell_failure(&Failure {
            kind: FailureKind::Script,
            message,
            details: None,
        });
    }

    fn stopped(&mut self, mut stopped: types::StoppedEvent) {
        if self.phase.is_over() || self.rerun_now() {
            return;
        }
        if let Some(hit) = stopped.hit_breakpoint_ids.take() {
            // By the time the client hears of it a breakpoint may be gone.
            let mut known: Vec<_> = hit
                .into_iter()
                .filter(|&id| self.ledger.holds(id) || self.unlined.holds(id))
                .collect();
            known.sort_unstable();
            stopped.hit_breakpoint_ids = (!known.is_empty()).then_some(known);
        }
        self.phase = Phase::Stopped;
        self.tell_changes();
        self.outgoing.event::<events::Stopped>(&stopped);
        self.last_stop = Some(stopped);
    }

    /// Says which files were edited, so that nobody wonders about lines.
    fn tell_changes(&mut self) {
        let changes = self.script.as_ref().map(Script::changes);
        for change in changes.unwrap_or_default() {
            self.tell(types::OutputEventCategory::Console, &format!("{change}\n"));
        }
    }

    fn continued(&mut self, continued: &types::ContinuedEvent) {
        if matches!(self.phase, Phase::Stopped) {
            self.phase = Phase::Running;
            self.outgoing.event::<events::Continued>(continued);
        }
    }

    fn agent_response(&mut self, response: &ResponseMessage) {
        let Some(pending) = self.link.as_mut().and_then(|link| link.answered(response)) else {
            tracing::warn!(
                "the agent answered '{}', which nobody asked",
                response.command
            );
            return;
        };
        let error = response
            .error()
            .map(|error| RequestError::from_agent(&error));
        if let Some(error) = error {
            if matches!(
                pending,
                Pending::Own | Pending::Breakpoints { .. } | Pending::Unlined(_)
            ) {
                let problem = error.sentence();
                tracing::warn!("the agent refused '{}': {problem}", response.command);
            }
            return self.fail_pending(pending, error);
        }
        match pending {
            Pending::Own => {}
            Pending::Forwarded(request) => {
                if is_resuming(&request.command) && matches!(self.phase, Phase::Stopped) {
                    self.phase = Phase::Running;
                }
                let body = response.body.clone().map(presentable);
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::StackTrace(request) => {
                let body = response.body.clone().map(presentable);
                let body = body.map(|body| self.stack_trace_to_client(body));
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::Variables(request) => {
                let body = response.body.clone().map(presentable);
                let body = body.map(|body| self.variables_to_client(body));
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::StepInTargets(request) => {
                let body = response.body.clone().map(presentable);
                let body = body.map(|body| self.step_in_targets_to_client(body));
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::Location(request) => {
                let body = response.body.clone().map(presentable);
                let body = body.map(|body| self.agent_location_to_client(body));
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::ExceptionInfo(request) => {
                let body = response.body.clone().map(presentable);
                let body = body.map(|body| self.exception_info_to_client(body));
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::Completions { request, cursor } => {
                let body = response.body.clone().map(presentable);
                let body = body.map(|body| self.completions_to_client(body, &cursor));
                self.outgoing.respond_raw(&request, Ok(body));
            }
            Pending::Breakpoints { plan, client } => {
                let body = response.body.clone().map(presentable);
                let answers = body.as_ref().map_or_else(Vec::new, answers);
                self.breakpoints_placed(&plan, &answers, client);
            }
            Pending::Unlined(placing) => {
                let body = response.body.clone().map(presentable);
                self.unlined_placed(placing, body.as_ref());
            }
            Pending::Describe(reply) => self.describe(reply, machines_body(response.body.clone())),
            Pending::Enter { machine, reply } => {
                let guest = self.guest(&machine, machines_body(response.body.clone()));
                tell(reply, guest);
            }
            Pending::Terminal {
                request,
                machine,
                asked_by,
            } => {
                let body = machines_body(response.body.clone());
                self.open_terminal(&request, &machine, asked_by, body);
            }
            Pending::Word { request, command } => self.word_served(&request, command),
            Pending::GotoTargets(asked) => self.goto_targets_found(&asked, response.body.clone()),
            Pending::Went(request) => {
                self.phase = Phase::Running;
                let body = serde_json::json!({ "result": "", "variablesReference": 0 });
                self.outgoing.respond_raw(&request, Ok(Some(body)));
            }
            Pending::Reload(reloading) => self.reloaded(*reloading, response.body.clone()),
            Pending::Worded(request) => {
                self.worded(&response.command, &request, response.body.clone());
            }
            Pending::GuestCommand(number) => self.submitted(number, response.body.clone()),
            Pending::EndedWait(request) => {
                let result = ended_in_words(response.body.as_ref());
                let body = json!({ "result": result, "variablesReference": 0 });
                self.outgoing.respond_raw(&request, Ok(Some(body)));
            }
            Pending::EndedWaitAside(reply) => {
                tell(reply, Ok(ended_in_words(response.body.as_ref())));
            }
        }
    }

    /// What was asked of the agent will not be answered, or was refused; whoever waits for it hears why.
    pub(crate) fn fail_pending(&mut self, pending: Pending, error: RequestError) {
        match pending {
            Pending::Forwarded(request)
            | Pending::Worded(request)
            | Pending::StackTrace(request)
            | Pending::ExceptionInfo(request)
            | Pending::Word { request, .. }
            | Pending::Variables(request)
            | Pending::StepInTargets(request)
            | Pending::Location(request)
            | Pending::Completions { request, .. }
            | Pending::EndedWait(request)
            | Pending::GotoTargets(GotoTargets { request, .. })
            | Pending::Went(request)
            | Pending::Terminal { request, .. } => self.refuse(&request, &error),
            Pending::Reload(reloading) => self.reload_failed(*reloading, &error),
            Pending::Breakpoints {
                client: Some(client),
                ..
            } => self.answer_breakpoints(&client),
            Pending::Unlined(placing) => self.answer_unlined(placing),
            Pending::Describe(reply) => self.describe(reply, MachinesBody::default()),
            Pending::Enter { reply, .. } => tell(reply, Err(error)),
            Pending::EndedWaitAside(reply) => tell(reply, Err(error)),
            Pending::GuestCommand(number) => self.guest_command_refused(number, error),
            Pending::Breakpoints { client: None, .. } | Pending::Own => {}
        }
    }

    /// The agent is gone; so is the script, and soon the driver. Whoever waits for an answer gets one.
    fn unlinked(&mut self) {
        let abandoned = self
            .link
            .take()
            .map(|mut link| link.abandoned())
            .unwrap_or_default();
        for pending in abandoned {
            self.fail_pending(pending, RequestError::agent_gone());
        }
        self.abandon_guest_commands();
        self.forget_waits();
        self.refuse_rerun();
        // What was asked of the agent last, it may never have heard.
        if let (Some(Urgency::Gentle), Some(debuggee)) = (self.urgency, &self.debuggee) {
            debuggee.terminate();
        }
        // The driver may live on without its agent. Nothing can be asked of it any more, but it can be ended.
        if matches!(self.phase, Phase::Stopped) {
            self.phase = Phase::Running;
        }
    }

    fn driver_exited(&mut self, code: i64) {
        self.unlinked();
        if matches!(self.phase, Phase::Restarting) {
            self.debuggee = None;
            return;
        }
        if self.script.is_none() && self.urgency.is_none() && !self.is_undebugged {
            let message = match self.was_linked {
                true => format!(
                    "the test driver ended with exit code {code} before it ran the test script; its output above says why"
                ),
                false => format!(
                    "the test driver ended with exit code {code} and never loaded the agent, so nothing could be debugged; its output \
                     above may say why, else look whether its wrapper drops PYTHONPATH"
                ),
            };
            let trouble = self
                .debuggee
                .as_ref()
                .map(|debuggee| debuggee.directory().trouble());
            let details = trouble.and_then(|trouble| std::fs::read_to_string(trouble).ok());
            self.tell_failure(&Failure {
                kind: FailureKind::Launch,
                message,
                details,
            });
        }
        self.exited(code);
    }

    /// Says the exit code, and then that everything has ended.
    pub(crate) fn exited(&mut self, exit_code: i64) {
        self.outgoing
            .event::<events::Exited>(&types::ExitedEvent { exit_code });
        self.finish();
    }
}

/// Whether a successful answer to `command` means that the script runs again.
pub(crate) fn is_resuming(command: &str) -> bool {
    matches!(
        command,
        "continue" | "next" | "stepIn" | "stepOut" | "goto" | "restartFrame"
    )
}

fn answers(body: &Value) -> Vec<Answered> {
    let breakpoints = body.get("breakpoints").and_then(Value::as_array);
    breakpoints
        .into_iter()
        .flatten()
        .map(|breakpoint| Answered {
            verified: breakpoint
                .get("verified")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            line: breakpoint.get("line").and_then(Value::as_i64),
            column: breakpoint.get("column").and_then(Value::as_i64),
            message: breakpoint
                .get("message")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
        })
        .collect()
}
