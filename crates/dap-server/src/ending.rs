//! `terminate` and `disconnect`: the two ways in which a client asks for the end.

use std::time::Duration;

use dap_protocol::{Request, RequestMessage, requests, types};
use tokio::time::Instant;

use crate::agent::Pending;
use crate::phase::Phase;
use crate::session::{
    PATIENCE_AFTER_TERMINATE, PATIENCE_OF_DISCONNECT, PATIENCE_OF_KILL, Session, Urgency,
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
        self.urgency = Some(Urgency::Gentle);
        match (&mut self.link, &self.debuggee) {
            (Some(link), _) => link.ask(requests::Terminate::COMMAND, None, Pending::Own),
            (None, Some(debuggee)) => debuggee.terminate(),
            (None, None) => {}
        }
        self.phase = Phase::Ending;
        self.deadline = Some(Instant::now() + PATIENCE_OF_TERMINATE);
    }

    /// The quick way: everything ends now. The answer comes when it has, or when the client would wait no longer.
    pub(crate) fn disconnect(&mut self, request: RequestMessage, _: types::DisconnectArguments) {
        self.disconnecting.push(request);
        if self.debuggee.is_none() {
            self.cancel_preparing();
            return self.finish();
        }
        self.phase = Phase::Ending;
        match self.urgency {
            // The driver is cleaning up already: an interruption now would only make it complain.
            Some(Urgency::Gentle) => {
                self.deadline = Some(Instant::now() + PATIENCE_AFTER_TERMINATE)
            }
            Some(Urgency::Quick) => {
                let patience = Instant::now() + PATIENCE_OF_DISCONNECT;
                self.deadline = self.deadline.map(|deadline| deadline.min(patience));
            }
            None => self.kill(PATIENCE_OF_DISCONNECT),
        }
    }
}
