//! The console's words for what editors have buttons for: `:continue`, `:next` and their like.

use dap_protocol::{Request, RequestMessage, events, requests, types};
use serde_json::json;

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::phase::Phase;
use crate::running::is_resuming;
use crate::session::Session;

/// The thread of the script, which is there from the beginning.
const SCRIPT: i64 = 1;

impl Session {
    pub(crate) fn console_continue(&mut self, request: RequestMessage, _: &str) {
        self.ask_by_word(request, requests::Continue::COMMAND);
    }

    pub(crate) fn console_next(&mut self, request: RequestMessage, _: &str) {
        self.ask_by_word(request, requests::Next::COMMAND);
    }

    pub(crate) fn console_step(&mut self, request: RequestMessage, _: &str) {
        self.ask_by_word(request, requests::StepIn::COMMAND);
    }

    pub(crate) fn console_out(&mut self, request: RequestMessage, _: &str) {
        self.ask_by_word(request, requests::StepOut::COMMAND);
    }

    pub(crate) fn console_pause(&mut self, request: RequestMessage, _: &str) {
        self.ask_by_word(request, requests::Pause::COMMAND);
    }

    /// Asks the agent for what the word stands for. It is about the thread that stopped last.
    fn ask_by_word(&mut self, request: RequestMessage, command: &'static str) {
        let stopped = self.last_stop.as_ref().and_then(|stop| stop.thread_id);
        let thread = stopped.filter(|_| is_resuming(command)).unwrap_or(SCRIPT);
        match &mut self.link {
            Some(link) => link.ask(
                command,
                Some(json!({ "threadId": thread })),
                Pending::Word { request, command },
            ),
            None => self.refuse(&request, &RequestError::agent_gone()),
        }
    }

    /// The agent has done so. Nobody has asked in a way that says so to clients, hence the event.
    pub(crate) fn word_served(&mut self, request: &RequestMessage, command: &str) {
        if is_resuming(command) && matches!(self.phase, Phase::Stopped) {
            self.phase = Phase::Running;
            let stopped = self.last_stop.as_ref().and_then(|stop| stop.thread_id);
            self.outgoing
                .event::<events::Continued>(&types::ContinuedEvent {
                    thread_id: stopped.unwrap_or(SCRIPT),
                    all_threads_continued: Some(true),
                });
        }
        let body = json!({ "result": "", "variablesReference": 0 });
        self.outgoing.respond_raw(request, Ok(Some(body)));
    }
}
