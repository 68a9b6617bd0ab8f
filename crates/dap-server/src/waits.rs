//! What the script waits for: as progress in the client, as an event of our own, in words in the console; and how the user
//! ends it.
//!
//! The agent finds the waits and ends them. There is one at a time, the outermost of the main thread.

use dap_protocol::{Event, Request, RequestMessage, events, types};
use nix_interop::sanitize;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::session::Session;

/// How much of a wait's words is shown, in characters.
const MOST_SHOWN: usize = 120;

/// Before the number of a wait, in the names of its progress.
const PROGRESS: &str = "wait-";

/// Body of the agent's event `nixtest/wait`, and of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wait {
    id: i64,
    phase: String,
    machine: Option<String>,
    what: String,
    command: Option<String>,
    attempts: i64,
    last_output: Option<String>,
    last_status: Option<i64>,
    elapsed_ms: i64,
    time_left_ms: Option<i64>,
    /// Of the script, from 1; ours is of the source, as the client counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
}

/// The event `nixtest/wait`, as clients get it: a [`Wait`] with its source.
#[derive(Debug)]
enum Waited {}

impl Event for Waited {
    type Body = Value;
    const EVENT: &'static str = "nixtest/wait";
}

/// How a wait is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum How {
    /// It raises.
    Cancel,
    /// The script goes on behind it.
    Skip,
    /// It counts as having come true.
    Succeed,
}

/// The request `nixtest/endWait`.
#[derive(Debug)]
pub(crate) enum EndWait {}

impl Request for EndWait {
    type Arguments = EndWaitArguments;
    type Response = Value;
    const COMMAND: &'static str = "nixtest/endWait";
}

/// Arguments of [`EndWait`].
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct EndWaitArguments {
    how: How,
    /// The wait, by its number; without it the one that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
}

/// The wait that was told last, and whether the client shows it.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    current: Option<Wait>,
    is_shown: bool,
}

impl Session {
    /// The agent tells of a wait.
    pub(crate) fn waited(&mut self, wait: Wait) {
        if self.phase.is_over() {
            return;
        }
        let is_over = wait.phase == "ended";
        self.show_wait(&wait);
        self.tell_wait(&wait);
        self.waits.current = (!is_over).then_some(wait);
    }

    /// Takes away what is shown of a wait, when no word of its end will come.
    pub(crate) fn forget_waits(&mut self) {
        if let Some(wait) = self.waits.current.take() {
            self.end_wait_progress(&wait);
        }
    }

    /// The event of our own, with the place in the file.
    fn tell_wait(&mut self, wait: &Wait) {
        let mut body = json!(wait);
        let place = wait.line.zip(self.script.as_ref());
        let place = place.map(|(line, script)| script.place(line, 1));
        if let (Some(place), Some(fields)) = (place, body.as_object_mut()) {
            let line = self.client.line_to_client(place.line);
            fields.insert("line".to_owned(), json!(line));
            let source = self.source_to_client(&place.source);
            fields.insert("source".to_owned(), json!(source));
        }
        self.outgoing.event::<Waited>(&body);
    }

    fn show_wait(&mut self, wait: &Wait) {
        let progress_id = format!("{PROGRESS}{}", wait.id);
        match (wait.phase.as_str(), self.waits.is_shown) {
            ("ended", _) => self.end_wait_progress(wait),
            (_, false) => {
                self.waits.is_shown = true;
                self.outgoing
                    .event::<events::ProgressStart>(&types::ProgressStartEvent {
                        progress_id,
                        title: format!("waiting in {}", wait.name()),
                        message: Some(wait.details()),
                        cancellable: Some(true),
                        ..types::ProgressStartEvent::default()
                    });
            }
            (_, true) => {
                self.outgoing
                    .event::<events::ProgressUpdate>(&types::ProgressUpdateEvent {
                        progress_id,
                        message: Some(wait.details()),
                        percentage: None,
                    });
            }
        }
    }

    fn end_wait_progress(&mut self, wait: &Wait) {
        if std::mem::take(&mut self.waits.is_shown) {
            self.outgoing
                .event::<events::ProgressEnd>(&types::ProgressEndEvent {
                    progress_id: format!("{PROGRESS}{}", wait.id),
                    message: wait.outcome.clone(),
                });
        }
    }

    /// The client wants no progress of this name any more; nothing happens if it is none of a wait.
    pub(crate) fn cancel_wait(&mut self, progress: &str) {
        let number = progress.strip_prefix(PROGRESS);
        let Some(id) = number.and_then(|number| number.parse().ok()) else {
            return;
        };
        let arguments = EndWaitArguments {
            how: How::Cancel,
            id: Some(id),
        };
        if let Some(link) = &mut self.link {
            link.ask(EndWait::COMMAND, Some(json!(arguments)), Pending::Own);
        }
    }

    /// `:wait`: tells what is awaited, or ends it.
    pub(crate) fn console_wait(&mut self, request: RequestMessage, rest: &str) {
        match how_called(rest) {
            Ok(None) => {
                let result = self.wait_in_words();
                let body = json!({ "result": result, "variablesReference": 0 });
                self.outgoing.respond_raw(&request, Ok(Some(body)));
            }
            Ok(Some(how)) => self.ask_to_end_wait(how, Pending::EndedWait(request)),
            Err(error) => self.refuse(&request, &error),
        }
    }

    /// What another program wants of the wait: its words, or its end.
    pub(crate) fn wait_aside(
        &mut self,
        how: Option<&str>,
        reply: oneshot::Sender<Result<String, RequestError>>,
    ) {
        let answer = match how_called(how.unwrap_or_default()) {
            Ok(None) => Ok(self.wait_in_words()),
            Ok(Some(how)) => return self.ask_to_end_wait(how, Pending::EndedWaitAside(reply)),
            Err(error) => Err(error),
        };
        crate::guests::tell(reply, answer);
    }

    fn ask_to_end_wait(&mut self, how: How, pending: Pending) {
        let arguments = json!(EndWaitArguments { how, id: None });
        match &mut self.link {
            Some(link) => link.ask(EndWait::COMMAND, Some(arguments), pending),
            None => self.fail_pending(pending, RequestError::agent_gone()),
        }
    }

    fn wait_in_words(&self) -> String {
        let Some(wait) = &self.waits.current else {
            return "The script waits for nothing that takes long.".to_owned();
        };
        let place = wait.line.zip(self.script.as_ref());
        let place = place.map(|(line, script)| format!("{}: ", script.place(line, 1)));
        let place = place.unwrap_or_default();
        let mut text = format!("{place}waiting in {}; {}", wait.name(), wait.details());
        if let Some(output) = wait.last_output.as_deref().map(str::trim_end)
            && !output.is_empty()
        {
            text.push_str("\nlast output:\n");
            text.push_str(output);
        }
        text
    }
}

/// The words for a wait that will end: the answer of the agent.
pub(crate) fn ended_in_words(body: Option<&Value>) -> String {
    let field = |name| body.and_then(|body| body.get(name));
    let what = field("what").and_then(Value::as_str).unwrap_or("the wait");
    let what = sanitize::strip(what);
    match field("isStopped").and_then(Value::as_bool) {
        Some(true) => format!("{what} ends when the script goes on"),
        _ => format!("{what} ends"),
    }
}

fn how_called(word: &str) -> Result<Option<How>, RequestError> {
    match word {
        "" => Ok(None),
        "cancel" => Ok(Some(How::Cancel)),
        "skip" => Ok(Some(How::Skip)),
        "succeed" => Ok(Some(How::Succeed)),
        other => Err(RequestError::unknown_end_of_wait(other)),
    }
}

impl Wait {
    /// As it is written in the script, if it is not long.
    fn name(&self) -> String {
        let machine = self.machine.as_ref();
        let machine = machine.map(|machine| format!("{machine}."));
        let text = format!("{}{}", machine.unwrap_or_default(), self.what);
        let brief: String = text.chars().take(MOST_SHOWN).collect();
        match brief.len() < text.len() {
            true => format!("{brief}…"),
            false => brief,
        }
    }

    /// How far it is, in one line.
    fn details(&self) -> String {
        let mut parts = vec![format!("for {} s", self.elapsed_ms / 1000)];
        if let Some(left) = self.time_left_ms {
            parts.push(format!("{} s left", left / 1000));
        }
        if self.attempts > 0 {
            parts.push(match self.attempts {
                1 => "1 attempt".to_owned(),
                several => format!("{several} attempts"),
            });
        }
        if let Some(status) = self.last_status {
            parts.push(format!("last status {status}"));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_a_line() {
        let mut wait = Wait {
            id: 1,
            phase: "update".to_owned(),
            machine: Some("web".to_owned()),
            what: "wait_for_unit(\"nginx.service\")".to_owned(),
            command: None,
            attempts: 3,
            last_output: None,
            last_status: Some(3),
            elapsed_ms: 12_400,
            time_left_ms: Some(887_600),
            line: None,
            outcome: None,
        };
        assert_eq!(wait.name(), "web.wait_for_unit(\"nginx.service\")");
        assert_eq!(
            wait.details(),
            "for 12 s, 887 s left, 3 attempts, last status 3"
        );
        wait.what = "ä".repeat(200);
        assert_eq!(wait.name(), format!("web.{}…", "ä".repeat(116)));
    }

    #[test]
    fn a_wait_can_be_ended_in_three_ways() {
        assert_eq!(how_called(""), Ok(None));
        assert_eq!(how_called("skip"), Ok(Some(How::Skip)));
        let error = how_called("fly").unwrap_err();
        assert_eq!(
            error.sentence(),
            "a wait cannot be ended by 'fly', but by cancel, skip or succeed"
        );
    }
}
