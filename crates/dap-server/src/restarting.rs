//! `restart`: the driver ends and is launched anew in the same session; or the script runs again with the machines as they are.
//!
//! The clients, their breakpoints and filters stay. What belongs to a launch is forgotten here, and only here.

use std::time::Duration;

use dap_protocol::{Request, RequestMessage, events, requests, types};
use serde_json::{Value, json};

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::guests::Guests;
use crate::launch_arguments::LaunchArguments;
use crate::phase::Phase;
use crate::preparing::Prepared;
use crate::reload::Reload;
use crate::session::Session;

/// How long the old driver may clean up before it is killed. Whoever restarts waits for the new one.
const PATIENCE_OF_RESTART: Duration = Duration::from_secs(5);

/// The request `nixtest/rerun`: the script again from its first statement, in the same driver, with fresh variables.
#[derive(Debug)]
pub(crate) enum Rerun {}

impl Request for Rerun {
    type Arguments = Option<Value>;
    type Response = Option<Value>;
    const COMMAND: &'static str = "nixtest/rerun";
}

impl Session {
    /// Answers at once, as `launch` does.
    pub(crate) fn restart(&mut self, request: RequestMessage, arguments: types::RestartArguments) {
        let wanted = match arguments.arguments {
            // Clients send what they sent to `launch`, with its own words among it.
            Some(Value::Object(fields)) if !fields.is_empty() => {
                LaunchArguments::parse(&Value::Object(fields))
            }
            None | Some(Value::Null | Value::Object(_)) => Ok(self.launch.clone()),
            Some(_) => Err(RequestError::launch_arguments("they are no object")),
        };
        let wanted = wanted.and_then(|launch| launch.target().map(|_| launch));
        let launch = match wanted {
            Ok(launch) => launch,
            Err(error) => return self.refuse(&request, &error),
        };
        if launch.restart_keeps_machines && self.can_rerun(&launch) {
            self.launch = launch;
            return self.rerun(request);
        }
        self.outgoing.respond_raw(&request, Ok(None));
        self.restart_with(launch);
    }

    /// `:restart`
    pub(crate) fn console_restart(&mut self, request: RequestMessage, _: &str) {
        let body = json!({ "result": "the test starts anew", "variablesReference": 0 });
        self.outgoing.respond_raw(&request, Ok(Some(body)));
        self.restart_with(self.launch.clone());
    }

    /// `:rerun`
    pub(crate) fn console_rerun(&mut self, request: RequestMessage, _: &str) {
        let arguments = self.launch.to_agent();
        self.ask_for_console(Rerun::COMMAND, arguments, request);
    }

    /// The same driver stands or runs, and can run the script that is asked for.
    fn can_rerun(&self, launch: &LaunchArguments) -> bool {
        matches!(self.phase, Phase::Running | Phase::Stopped)
            && self.link.is_some()
            && !self.is_undebugged
            && self.launch.names_the_driver_of(launch)
    }

    /// The script again in the same driver: at once where it stands, else as soon as it does.
    fn rerun(&mut self, request: RequestMessage) {
        let arguments = self.launch.to_agent();
        match (&mut self.link, &self.phase) {
            (Some(link), Phase::Stopped) => {
                link.ask(Rerun::COMMAND, Some(arguments), Pending::Worded(request));
            }
            (Some(link), _) => {
                link.ask(
                    requests::Pause::COMMAND,
                    Some(json!({ "threadId": 1 })),
                    Pending::Own,
                );
                if let Some(earlier) = self.rerun_at_stop.replace(request) {
                    self.outgoing.respond_raw(&earlier, Ok(None));
                }
            }
            (None, _) => self.refuse(&request, &RequestError::agent_gone()),
        }
    }

    /// The script stands now: if a rerun waited for it, the clients need not hear of the stop.
    pub(crate) fn rerun_now(&mut self) -> bool {
        let Some(request) = self.rerun_at_stop.take() else {
            return false;
        };
        self.phase = Phase::Stopped;
        self.rerun(request);
        true
    }

    /// The script will not stand any more.
    pub(crate) fn refuse_rerun(&mut self) {
        if let Some(request) = self.rerun_at_stop.take() {
            self.refuse(&request, &RequestError::agent_gone());
        }
    }

    /// Ends what there is; when that has happened, [`Session::relaunch`] begins anew.
    fn restart_with(&mut self, launch: LaunchArguments) {
        // Whoever still shows a stop should not go on looking into it.
        if matches!(self.phase, Phase::Stopped) {
            self.outgoing
                .event::<events::Continued>(&types::ContinuedEvent {
                    thread_id: 1,
                    all_threads_continued: Some(true),
                });
        }
        self.restarting = Some(launch);
        self.cancel_preparing();
        let is_ending = matches!(self.phase, Phase::Restarting);
        self.phase = Phase::Restarting;
        // Asked again while the old driver ends: only what comes after it changes.
        if self.debuggee.is_some() && !is_ending {
            self.unwind(PATIENCE_OF_RESTART);
        }
    }

    /// Begins anew when the old driver is gone, or out of our hands. Whether it did.
    pub(crate) fn relaunch(&mut self) -> bool {
        if self.debuggee.is_some() || !matches!(self.phase, Phase::Restarting) {
            return false;
        }
        let Some(launch) = self.restarting.take() else {
            return false;
        };
        self.tell(types::OutputEventCategory::Console, "Restarting\n");
        self.progress.end(&mut self.outgoing);
        self.deadline = None;
        self.urgency = None;
        self.link = None;
        self.was_linked = false;
        self.is_undebugged = false;
        self.script = None;
        self.past.clear();
        self.reload = Reload::default();
        self.ledger.forget_script();
        self.prepared = Prepared::default();
        self.guests = Guests::default();
        self.subtests.clear();
        // Whoever is in a shell hears that its machine is gone.
        self.control = None;
        self.directory = None;
        match launch.target() {
            Ok(target) => self.begin(target, launch),
            Err(error) => self.launch_failed(error.sentence()),
        }
        true
    }
}
