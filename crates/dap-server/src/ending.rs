//! `terminate` and `disconnect`: the two ways in which a client asks for the end.

use std::time::Duration;

use dap_protocol::{Request, RequestMessage, requests, types};
use tokio::time::Instant;

use crate::agent::Pending;
use crate::phase::Phase;
use crate::session::{
    PATIENCE_OF_CLEAN_UP, PATIENCE_OF_DISCONNECT, PATIENCE_OF_KILL, Session, Urgency,
};

/// How long a driver that was asked to end may clean up before it is killed.
const PATIENCE_OF_TERMINATE: Duration = Duration::from_secs(15);

impl Session {
    /// The gentle way: the script is unwound where it stands, and the driver cleans up after itself. Asked twice, it is killed.
    pub(crate) fn terminate(&mut self, request: RequestMessage, _: types::TerminateArguments) {
        self.outgoing.respond_raw(&request, Ok(None));
        if matches!(self.phase, Phase::New | Phase::Initialized | Phase::Ended) {
            return;
        }
        if self.debuggee.is_none() {
            self.cancel_preparing();
            return self.finish();
        }
        if self.urgency.is_some() {
            return self.kill(PATIENCE_OF_KILL);
        }
        match (&self.link, &self.debuggee) {
            (Some(_), _) => self.unwind(PATIENCE_OF_TERMINATE),
            (None, Some(debuggee)) => {
                debuggee.terminate();
                self.urgency = Some(Urgency::Gentle);
                self.deadline = Some(Instant::now() + PATIENCE_OF_TERMINATE);
            }
            (None, None) => {}
        }
        self.phase = Phase::Ending;
    }

    /// Asks the agent to end the script where it stands, after which the driver cleans up. A driver that takes longer than
    /// `patience` is killed.
    pub(crate) fn unwind(&mut self, patience: Duration) {
        if let Some(link) = &mut self.link {
            link.ask(requests::Terminate::COMMAND, None, Pending::Own);
        }
        self.urgency = Some(Urgency::Gentle);
        self.deadline = Some(Instant::now() + patience);
    }

    /// The quick way: everything ends now. The answer comes when it has, or when the client would wait no longer.
    pub(crate) fn disconnect(&mut self, request: RequestMessage, _: types::DisconnectArguments) {
        self.disconnecting.push(request);
        if self.debuggee.is_none() {
            self.cancel_preparing();
            return self.finish();
        }
        self.phase = Phase::Ending;
        let patience = Instant::now() + PATIENCE_OF_DISCONNECT;
        match self.urgency {
            None => self.end_soon(PATIENCE_OF_DISCONNECT),
            // The driver is cleaning up already: an interruption now would only make it complain.
            Some(Urgency::Gentle) => self.deadline = Some(Instant::now() + PATIENCE_OF_CLEAN_UP),
            Some(Urgency::Quick) => {
                self.deadline = self.deadline.map(|deadline| deadline.min(patience))
            }
        }
    }

    /// Ends everything now. A driver with an agent still gets a moment for its clean-up, which is all that most need; one without
    /// has `patience` until nobody waits for it any more.
    pub(crate) fn end_soon(&mut self, patience: Duration) {
        match self.link {
            Some(_) => self.unwind(PATIENCE_OF_CLEAN_UP),
            None => self.kill(patience),
        }
    }
}
