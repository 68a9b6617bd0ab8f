//! The adapter's side of the link: what was asked of the agent, and on whose behalf.
//!
//! It pairs answers with questions. What an answer means for the session is decided in `session.rs`.

use std::collections::HashMap;

use dap_protocol::{Outgoing, RequestMessage, ResponseMessage};
use debuggee::control::SessionDescription;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::breakpoints::{Breakpoint, Plan};
use crate::control::Guest;
use crate::errors::RequestError;
use crate::script::SourceKey;
use crate::terminal::AskedBy;

/// What waits for an answer of the agent.
#[derive(Debug)]
pub(crate) enum Pending {
    /// A request of the client; the body of the answer is passed on as it is.
    Forwarded(RequestMessage),
    /// A request of the client whose answer holds stack frames.
    StackTrace(RequestMessage),
    /// A request of the client whose answer holds the stacks of exceptions, as text.
    ExceptionInfo(RequestMessage),
    /// The whole list of breakpoints; when a client's request caused it, that is answered for its source.
    Breakpoints {
        /// What was sent.
        plan: Plan,
        /// Who waits for the answer.
        client: Option<SetBreakpoints>,
    },
    /// The machines, for another program that asked how the session stands.
    Describe(oneshot::Sender<SessionDescription>),
    /// The machines, for another program that wants to enter one.
    Enter {
        /// Its name.
        machine: String,
        /// Who waits for the answer.
        reply: oneshot::Sender<Result<Guest, RequestError>>,
    },
    /// The machines, for a client that wants a terminal in one.
    Terminal {
        /// The client's request.
        request: RequestMessage,
        /// The name of the machine.
        machine: String,
        /// What kind of request it is.
        asked_by: AskedBy,
    },
    /// A word of the console for a request that has no answer to speak of.
    Word {
        /// The `evaluate` by which it came.
        request: RequestMessage,
        /// What it stands for.
        command: &'static str,
    },
    /// A command in a machine, by its number.
    GuestCommand(i64),
    /// Something the adapter wanted for itself.
    Own,
}

/// A `setBreakpoints` of the client that waits for the agent.
#[derive(Debug)]
pub(crate) struct SetBreakpoints {
    pub(crate) request: RequestMessage,
    pub(crate) source: SourceKey,
    /// The breakpoints it asked for. By the time of the answer the ledger may hold others.
    pub(crate) breakpoints: Vec<Breakpoint>,
}

/// The link to an agent.
#[derive(Debug)]
pub(crate) struct AgentLink {
    outgoing: Outgoing,
    pending: HashMap<i64, Pending>,
}

impl AgentLink {
    pub(crate) fn new(outgoing: Outgoing) -> Self {
        Self {
            outgoing,
            pending: HashMap::new(),
        }
    }

    /// Asks the agent something.
    pub(crate) fn ask(&mut self, command: &str, arguments: Option<Value>, pending: Pending) {
        let seq = self.outgoing.request_raw(command, arguments);
        self.pending.insert(seq, pending);
    }

    /// What `response` answers; `None` for an answer to nothing.
    pub(crate) fn answered(&mut self, response: &ResponseMessage) -> Option<Pending> {
        self.pending.remove(&response.request_seq)
    }

    /// What will never be answered, because the agent is gone, in the order in which it was asked.
    pub(crate) fn abandoned(&mut self) -> Vec<Pending> {
        let mut pending: Vec<_> = self.pending.drain().collect();
        pending.sort_unstable_by_key(|(seq, _)| *seq);
        pending.into_iter().map(|(_, pending)| pending).collect()
    }
}
