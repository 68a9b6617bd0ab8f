//! What must be announced before it is spoken of: breakpoints and progress.
//!
//! Frames and variables have a life of their own, in `execution`; what a side can do at all is in `abilities`.

use std::collections::{BTreeMap, BTreeSet};

use dap_protocol::EventMessage;
use serde_json::Value;

use super::{Observation, Side};

/// What each side has announced.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    breakpoints: BTreeSet<i64>,
    /// Every progress that was started, and whether it goes on.
    progress: BTreeMap<String, Progress>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    GoesOn,
    Ended,
}

impl Announcements {
    pub(super) fn observe(&mut self, observation: Observation<'_>, found: &mut Vec<String>) {
        match observation {
            // The responses to all the requests that set breakpoints have the same form.
            Observation::Answered(Side::Adapter, request, response) => {
                if let (true, Some(body)) = (request.command.starts_with("set"), &response.body) {
                    for breakpoint in body["breakpoints"].as_array().into_iter().flatten() {
                        self.breakpoints.extend(breakpoint["id"].as_i64());
                    }
                }
            }
            Observation::Happened(Side::Adapter, event) => self.happened(event, found),
            _ => {}
        }
    }

    pub(super) fn finish(&self, found: &mut Vec<String>) {
        for (id, _) in self
            .progress
            .iter()
            .filter(|(_, state)| **state == Progress::GoesOn)
        {
            found.push(format!("the progress `{id}` was never ended"));
        }
    }

    fn happened(&mut self, event: &EventMessage, found: &mut Vec<String>) {
        let body = event.body.as_ref().unwrap_or(&Value::Null);
        match event.event.as_str() {
            "breakpoint" => {
                let id = body["breakpoint"]["id"].as_i64();
                if body["reason"] == "new" {
                    self.breakpoints.extend(id);
                } else {
                    self.expect_announced(id, found);
                }
            }
            "stopped" => {
                for id in body["hitBreakpointIds"].as_array().into_iter().flatten() {
                    self.expect_announced(id.as_i64(), found);
                }
            }
            "progressStart" | "progressUpdate" | "progressEnd" => {
                let id = body["progressId"].as_str().unwrap_or_default();
                self.progressed(&event.event, id, found);
            }
            _ => {}
        }
    }

    fn expect_announced(&self, breakpoint: Option<i64>, found: &mut Vec<String>) {
        match breakpoint {
            None => found.push("a breakpoint without an id cannot be recognised".to_owned()),
            Some(id) if !self.breakpoints.contains(&id) => {
                found.push(format!("breakpoint {id} was never announced"));
            }
            Some(_) => {}
        }
    }

    fn progressed(&mut self, event: &str, id: &str, found: &mut Vec<String>) {
        match (event, self.progress.get(id)) {
            ("progressStart", None) => {
                self.progress.insert(id.to_owned(), Progress::GoesOn);
            }
            ("progressStart", Some(_)) => {
                found.push(format!("the progress `{id}` was started before"))
            }
            (_, None) => found.push(format!("the progress `{id}` was never started")),
            (_, Some(Progress::Ended)) => found.push(format!("the progress `{id}` has ended")),
            ("progressEnd", Some(Progress::GoesOn)) => {
                self.progress.insert(id.to_owned(), Progress::Ended);
            }
            (_, Some(Progress::GoesOn)) => {}
        }
    }
}
