//! `cancel`: requests whose answer nobody waits for any more, and progress that should end.
//!
//! What only shows something is answered here at once, and the agent's late answer is dropped. What may run code of the
//! script is left to the agent, which alone can tell whether it was interrupted. Whatever is unknown has just ended.

use dap_protocol::{Request, RequestMessage, requests, types};
use serde_json::json;

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::phase::Phase;
use crate::progress;
use crate::session::Session;

/// Requests that show something and change nothing.
const LOOKS: &[&str] = &[
    requests::StackTrace::COMMAND,
    requests::Scopes::COMMAND,
    requests::Variables::COMMAND,
    requests::ExceptionInfo::COMMAND,
    requests::Completions::COMMAND,
];

impl Session {
    pub(crate) fn cancel(&mut self, arguments: types::CancelArguments) -> Result<(), RequestError> {
        if let Some(request) = arguments.request_id {
            self.cancel_requests(|waiting| waiting.seq == request);
        }
        if let Some(progress) = &arguments.progress_id {
            self.cancel_progress(progress);
        }
        Ok(())
    }

    /// Ends what the progress of this name stands for. Each kind is ended where it is shown; an unknown one has just ended.
    pub(crate) fn cancel_progress(&mut self, progress: &str) {
        if progress == progress::LAUNCH {
            self.cancel_launch();
        } else if progress == self.progress.id() {
            self.cancel_reload();
        }
        self.cancel_wait(progress);
    }

    /// While Nix is at work, or a driver has not come to its script: everything ends, and the user is told why.
    fn cancel_launch(&mut self) {
        if !matches!(self.phase, Phase::Preparing { .. }) {
            return;
        }
        let text = "The launch was cancelled; launch again to go on where it was.\n";
        self.tell(types::OutputEventCategory::Important, text);
        self.end_gently();
    }

    /// Gives up the requests of the client that wait for the agent.
    fn cancel_requests(&mut self, is_unwanted: impl Fn(&RequestMessage) -> bool) {
        let Some(link) = &mut self.link else { return };
        let mut answered = Vec::new();
        for number in link.of_client(is_unwanted) {
            answered.extend(link.give_up(number, LOOKS));
            // The agent drops what waits there, and interrupts what it runs.
            let arguments = json!({ "requestId": number });
            link.ask(requests::Cancel::COMMAND, Some(arguments), Pending::Own);
        }
        for pending in answered {
            self.fail_pending(pending, RequestError::cancelled());
        }
    }

    /// `:interrupt` ends what the console runs, for clients that cannot cancel.
    pub(crate) fn console_interrupt(&mut self, request: RequestMessage, _: &str) {
        self.cancel_requests(|waiting| waiting.is::<requests::Evaluate>());
        let body = json!({ "result": "", "variablesReference": 0 });
        self.outgoing.respond_raw(&request, Ok(Some(body)));
    }
}
