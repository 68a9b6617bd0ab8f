//! `terminate` and `disconnect`: the two ways in which a client asks for the end.

use std::time::Duration;

use dap_protocol::{Request, RequestMessage, requests, types};
use tokio::sync::oneshot;
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
        self.end_gently();
    }

    /// Asks everything to end; asked twice, it is killed.
    pub(crate) fn end_gently(&mut self) {
        if self.debuggee.is_none() {
            self.cancel_preparing();
            return self.finish();
        }
        if matches!(self.phase, Phase::Restarting) {
            self.phase = Phase::Ending;
        }
        if self.urgency.is_some() {
            return self.kill(PATIENCE_OF_KILL);
        }
        self.unwind(PATIENCE_OF_TERMINATE);
        self.phase = Phase::Ending;
    }

    /// Another program wants the end.
    pub(crate) fn end_for(&mut self, reply: oneshot::Sender<()>) {
        if matches!(self.phase, Phase::Ended) {
            // Dropping it is an answer too.
            return;
        }
        self.awaiting_the_end.push(reply);
        self.end_gently();
    }

    /// Ends the script where it stands, or interrupts a driver without an agent; then the driver cleans up. One that takes longer
    /// than `patience` is killed.
    pub(crate) fn unwind(&mut self, patience: Duration) {
        match (&mut self.link, &self.debuggee) {
            (Some(link), _) => link.ask(requests::Terminate::COMMAND, None, Pending::Own),
            (None, Some(debuggee)) => debuggee.terminate(),
            (None, None) => {}
        }
        self.urgency = Some(Urgency::Gentle);
        self.deadline = Some(Instant::now() + patience);
    }

    /// The quick way: everything ends now. The answer comes when it has, or when the client would wait no longer. A client that
    /// attached, or says so, leaves without that.
    pub(crate) fn disconnect(
        &mut self,
        request: RequestMessage,
        arguments: types::DisconnectArguments,
    ) {
        let is_owner = self.outgoing.is_owners(&request);
        // Whoever restarts by disconnecting will launch again.
        let is_end =
            arguments.terminate_debuggee.unwrap_or(is_owner) || arguments.restart == Some(true);
        let can_go_on = matches!(
            self.phase,
            Phase::Preparing { .. } | Phase::Configuring | Phase::Running | Phase::Stopped
        );
        if !is_end && (can_go_on || !is_owner) {
            return self.part(&request);
        }
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
