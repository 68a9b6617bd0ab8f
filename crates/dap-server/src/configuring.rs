//! Requests by which client and adapter get to know each other and agree on what to do: `initialize`, `launch`, the
//! breakpoints, `configurationDone`.

use dap_protocol::{Request, RequestMessage, events, requests, types};
use serde_json::{Value, json};

use crate::agent::{Pending, SetBreakpoints};
use crate::audience::MemberId;
use crate::breakpoints::{Answered, Plan, Planned, Terms, Wanted, placement};
use crate::capabilities::capabilities;
use crate::errors::RequestError;
use crate::phase::Phase;
use crate::script::{GENERATED_SCRIPT, SourceKey, past_version};
use crate::session::Session;

impl Session {
    pub(crate) fn initialize(
        &mut self,
        arguments: types::InitializeRequestArguments,
    ) -> Result<types::Capabilities, RequestError> {
        self.introduction = arguments;
        self.phase = Phase::Initialized;
        Ok(capabilities())
    }

    /// What has to be said after a response and not before it.
    pub(crate) fn after_response(&mut self, command: &str, asker: Option<MemberId>) {
        if command != requests::ConfigurationDone::COMMAND {
            return;
        }
        match asker {
            Some(late) if self.outgoing.owner() != Some(late) => {
                self.brief(late);
                // In place of one that left before it had said it.
                self.is_configured |= self.outgoing.owner().is_none();
            }
            _ => self.is_configured = true,
        }
        self.run_when_ready();
    }

    pub(crate) fn set_breakpoints(
        &mut self,
        request: RequestMessage,
        arguments: types::SetBreakpointsArguments,
    ) {
        let Some(source) = self.source_key(&arguments.source) else {
            let problem = "the source has neither a path nor a reference";
            return self.refuse(
                &request,
                &RequestError::arguments(&request.command, problem),
            );
        };
        let wanted = match (&arguments.breakpoints, &arguments.lines) {
            (Some(breakpoints), _) => breakpoints
                .iter()
                .map(|breakpoint| Wanted {
                    line: self.client.line_from_client(breakpoint.line),
                    terms: Terms::of(breakpoint),
                })
                .collect(),
            // The form of the protocol's first days, which some clients still speak.
            (None, Some(lines)) => lines
                .iter()
                .map(|&line| Wanted {
                    line: self.client.line_from_client(line),
                    terms: Terms::default(),
                })
                .collect(),
            (None, None) => Vec::new(),
        };
        self.ledger.replace(source.clone(), wanted);
        // The file may be the one that nobody had named yet.
        let unmapped = self
            .script
            .as_ref()
            .filter(|script| script.files().next().is_none());
        if let Some(text) = unmapped.map(|script| script.text().to_owned()) {
            self.read_script(text);
        }
        self.place_breakpoints(Some((request, source)));
    }

    /// Sends the agent the whole list, or, while there is no script, answers that the breakpoints wait.
    pub(crate) fn place_breakpoints(&mut self, client: Option<(RequestMessage, SourceKey)>) {
        let (Some(script), Some(link)) = (&self.script, &mut self.link) else {
            if let Some((request, source)) = client {
                let breakpoints = self.ledger.of(&source).to_vec();
                self.answer_breakpoints(&SetBreakpoints {
                    request,
                    source,
                    breakpoints,
                });
            }
            return;
        };
        let plan = match self.launch.no_debug {
            true => Plan::default(),
            false => self.ledger.plan(script),
        };
        let client = client.map(|(request, source)| {
            let breakpoints = self.ledger.of(&source).to_vec();
            SetBreakpoints {
                request,
                source,
                breakpoints,
            }
        });
        let arguments = json!({
            "source": { "name": "<string>" },
            "breakpoints": plan.breakpoints.iter().map(to_agent).collect::<Vec<_>>(),
        });
        let command = requests::SetBreakpoints::COMMAND;
        link.ask(
            command,
            Some(arguments),
            Pending::Breakpoints { plan, client },
        );
    }

    /// Takes down what the agent made of the list, and tells the client what is new.
    pub(crate) fn breakpoints_placed(
        &mut self,
        plan: &Plan,
        answers: &[Answered],
        client: Option<SetBreakpoints>,
    ) {
        let Some(script) = &self.script else { return };
        let changed = self.ledger.record(plan, answers, script);
        let client = client.map(|mut client| {
            for breakpoint in &mut client.breakpoints {
                breakpoint.placement = placement(&client.source, breakpoint, plan, answers, script);
            }
            client
        });
        let answered = client.as_ref().map(|client| &client.source);
        let news: Vec<_> = self
            .ledger
            .all()
            .filter(|(source, breakpoint)| {
                changed.contains(&breakpoint.id) && Some(*source) != answered
            })
            .map(|(source, breakpoint)| self.breakpoint_to_client(source, breakpoint))
            .collect();
        for breakpoint in news {
            let reason = types::BreakpointEventReason::Changed;
            self.outgoing
                .event::<events::Breakpoint>(&types::BreakpointEvent { reason, breakpoint });
        }
        if let Some(client) = client {
            self.answer_breakpoints(&client);
        }
    }

    pub(crate) fn answer_breakpoints(&mut self, client: &SetBreakpoints) {
        let breakpoints = client.breakpoints.iter();
        let breakpoints = breakpoints
            .map(|breakpoint| self.breakpoint_to_client(&client.source, breakpoint))
            .collect();
        let body = types::SetBreakpointsResponse { breakpoints };
        self.outgoing
            .respond::<requests::SetBreakpoints>(&client.request, Ok(body));
    }

    pub(crate) fn source_key(&self, source: &types::Source) -> Option<SourceKey> {
        if source
            .source_reference
            .is_some_and(|reference| reference == GENERATED_SCRIPT)
        {
            return Some(SourceKey::Generated);
        }
        let past = source.source_reference.and_then(past_version);
        if let Some(version) = past.filter(|version| self.past.contains_key(version)) {
            return Some(SourceKey::Past(version));
        }
        let path = self.client.path_from_client(source.path.as_deref()?);
        Some(SourceKey::file(&self.launch.working_directory().join(path)))
    }

    pub(crate) fn configuration_done(
        &mut self,
        _: types::ConfigurationDoneArguments,
    ) -> Result<(), RequestError> {
        Ok(())
    }

    /// Lets the script run as soon as it is known and the client has said everything.
    pub(crate) fn run_when_ready(&mut self) {
        let Some(link) = &mut self.link else { return };
        if !self.is_configured || !matches!(self.phase, Phase::Configuring) {
            return;
        }
        let arguments = self.launch.to_agent();
        link.ask(
            requests::ConfigurationDone::COMMAND,
            Some(arguments),
            Pending::Own,
        );
        self.phase = Phase::Running;
        self.progress.end(&mut self.outgoing);
    }
}

fn to_agent(planned: &Planned) -> Value {
    let mut breakpoint = json!(planned.terms);
    breakpoint["line"] = json!(planned.script_line);
    breakpoint["id"] = json!(planned.owner);
    breakpoint
}
