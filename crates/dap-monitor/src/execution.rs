//! What is stopped, and which frames and variables may therefore be looked at.
//!
//! The order of the adapter's own messages counts: a request that was sent while the debuggee was
//! stopped and is answered after it went on must fail. Only references that the adapter handed out
//! are known; what they refer to is not.

use std::collections::{BTreeMap, BTreeSet};

use dap_protocol::requests::{
    Continue, Evaluate, Goto, Next, RestartFrame, ReverseContinue, Scopes, SetExpression,
    SetVariable, StackTrace, StepBack, StepIn, StepOut, Variables,
};
use dap_protocol::{EventMessage, Request, RequestMessage, ResponseMessage};
use serde_json::Value;

use super::{Observation, Side};

/// Which threads are stopped, and what was handed out since.
#[derive(Debug, Default)]
pub(super) struct Execution {
    /// All threads are stopped, except for those that went on alone.
    all_stopped: bool,
    went_on_alone: BTreeSet<i64>,
    stopped_alone: BTreeSet<i64>,
    /// Frames, by the thread they are of.
    frames: BTreeMap<i64, Owner>,
    /// `variablesReference`s, by the thread they came from.
    variables: BTreeMap<i64, Owner>,
    /// Everything that was valid once.
    stale_frames: BTreeSet<i64>,
    stale_variables: BTreeSet<i64>,
    /// Requests to go on that are not answered, with their threads.
    pending_steps: BTreeMap<i64, i64>,
}

/// The thread that something belongs to, where that can be told.
type Owner = Option<i64>;

impl Execution {
    pub(super) fn observe(&mut self, observation: Observation<'_>, found: &mut Vec<String>) {
        match observation {
            Observation::Asked(Side::Client, request) => self.asked(request),
            Observation::Answered(Side::Adapter, request, response) => {
                self.pending_steps.remove(&request.seq);
                if response.success {
                    self.answered(request, response, found);
                }
            }
            Observation::Happened(Side::Adapter, event) => self.happened(event, found),
            _ => {}
        }
    }

    fn asked(&mut self, request: &RequestMessage) {
        let is_step = [
            Next::COMMAND,
            StepIn::COMMAND,
            StepOut::COMMAND,
            StepBack::COMMAND,
        ]
        .contains(&request.command.as_str());
        if let (true, Some(thread)) = (is_step, argument(request, "threadId")) {
            self.pending_steps.insert(request.seq, thread);
        }
    }

    fn answered(
        &mut self,
        request: &RequestMessage,
        response: &ResponseMessage,
        found: &mut Vec<String>,
    ) {
        let body = response.body.as_ref().unwrap_or(&Value::Null);
        match request.command.as_str() {
            Continue::COMMAND
            | Next::COMMAND
            | StepIn::COMMAND
            | StepOut::COMMAND
            | StepBack::COMMAND
            | ReverseContinue::COMMAND => {
                let is_single = argument_value(request, "singleThread") == &Value::Bool(true)
                    || body["allThreadsContinued"] == false;
                match argument(request, "threadId") {
                    Some(thread) if is_single => self.go_on_alone(thread),
                    _ => self.go_on(),
                }
            }
            // The thread stays stopped, but elsewhere.
            Goto::COMMAND | RestartFrame::COMMAND => self.forget(|_| true),
            StackTrace::COMMAND => {
                let thread = argument(request, "threadId");
                if !thread.is_some_and(|thread| self.is_stopped(thread)) {
                    found.push("has a stack for a thread that is not stopped".to_owned());
                }
                for frame in body["stackFrames"].as_array().into_iter().flatten() {
                    hand_out(&mut self.frames, &frame["id"], thread);
                }
            }
            Scopes::COMMAND => {
                let owner = self.check_frame(request, found);
                self.hand_out_variables(&body["scopes"], owner);
            }
            Variables::COMMAND => {
                let owner = self.check_variables(request, found);
                self.hand_out_variables(&body["variables"], owner);
            }
            SetVariable::COMMAND => {
                let owner = self.check_variables(request, found);
                hand_out(&mut self.variables, &body["variablesReference"], owner);
            }
            Evaluate::COMMAND | SetExpression::COMMAND => {
                let owner = self.check_frame(request, found);
                hand_out(&mut self.variables, &body["variablesReference"], owner);
            }
            _ => {}
        }
    }

    fn happened(&mut self, event: &EventMessage, found: &mut Vec<String>) {
        let body = event.body.as_ref().unwrap_or(&Value::Null);
        let thread = body["threadId"].as_i64();
        match event.event.as_str() {
            "stopped" => {
                if thread.is_some_and(|thread| self.is_stepping(thread)) {
                    found.push("was sent before the response to the request to step".to_owned());
                }
                if body["allThreadsStopped"] == true {
                    self.all_stopped = true;
                    self.went_on_alone.clear();
                } else if let Some(thread) = thread {
                    self.stopped_alone.insert(thread);
                    self.went_on_alone.remove(&thread);
                } else {
                    // Whoever names no thread can only mean all.
                    self.all_stopped = true;
                }
            }
            "continued" => match thread {
                Some(thread) if body["allThreadsContinued"] == false => self.go_on_alone(thread),
                _ => self.go_on(),
            },
            "terminated" => self.go_on(),
            "output" => hand_out(&mut self.variables, &body["variablesReference"], None),
            _ => {}
        }
    }

    fn is_stopped(&self, thread: i64) -> bool {
        let with_all = self.all_stopped && !self.went_on_alone.contains(&thread);
        with_all || self.stopped_alone.contains(&thread)
    }

    /// Whether a stopped thread was asked to step and the adapter has not answered.
    fn is_stepping(&self, thread: i64) -> bool {
        self.is_stopped(thread)
            && self
                .pending_steps
                .values()
                .any(|stepping| *stepping == thread)
    }

    fn go_on(&mut self) {
        self.all_stopped = false;
        self.went_on_alone.clear();
        self.stopped_alone.clear();
        self.forget(|_| true);
    }

    fn go_on_alone(&mut self, thread: i64) {
        self.went_on_alone.insert(thread);
        self.stopped_alone.remove(&thread);
        self.forget(|owner| owner == Some(thread));
    }

    /// What was handed out for these owners is no longer valid.
    fn forget(&mut self, is_concerned: impl Fn(Owner) -> bool) {
        for (valid, stale) in [
            (&mut self.frames, &mut self.stale_frames),
            (&mut self.variables, &mut self.stale_variables),
        ] {
            valid.retain(|reference, owner| {
                let is_forgotten = is_concerned(*owner);
                if is_forgotten {
                    stale.insert(*reference);
                }
                !is_forgotten
            });
        }
    }

    /// The thread of the frame that a request names, if it names one.
    fn check_frame(&self, request: &RequestMessage, found: &mut Vec<String>) -> Owner {
        let frame = argument(request, "frameId")?;
        if let Some(owner) = self.frames.get(&frame) {
            return *owner;
        }
        found.push(if self.stale_frames.contains(&frame) {
            format!("succeeded for frame {frame}, which was of an earlier stop")
        } else {
            format!("succeeded for frame {frame}, which was never announced")
        });
        None
    }

    /// The thread of the variables that a request names.
    fn check_variables(&self, request: &RequestMessage, found: &mut Vec<String>) -> Owner {
        let reference = argument(request, "variablesReference")?;
        if let Some(owner) = self.variables.get(&reference) {
            return *owner;
        }
        found.push(if self.stale_variables.contains(&reference) {
            format!("succeeded for variables {reference}, which were of an earlier stop")
        } else {
            format!("succeeded for variables {reference}, which were never announced")
        });
        None
    }

    fn hand_out_variables(&mut self, list: &Value, owner: Owner) {
        for item in list.as_array().into_iter().flatten() {
            hand_out(&mut self.variables, &item["variablesReference"], owner);
        }
    }
}

/// Notes a reference; 0 stands for none.
fn hand_out(references: &mut BTreeMap<i64, Owner>, reference: &Value, owner: Owner) {
    if let Some(reference) = reference.as_i64().filter(|reference| *reference != 0) {
        references.insert(reference, owner);
    }
}

fn argument_value<'a>(request: &'a RequestMessage, name: &str) -> &'a Value {
    request
        .arguments
        .as_ref()
        .map_or(&Value::Null, |arguments| &arguments[name])
}

fn argument(request: &RequestMessage, name: &str) -> Option<i64> {
    argument_value(request, name).as_i64()
}
