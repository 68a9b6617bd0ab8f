//! The adapter's side of the link: what was asked of the agent, and on whose behalf.
//!
//! It pairs answers with questions. What an answer means for the session is decided in `session.rs`.

use std::collections::HashMap;

use dap_protocol::{Outgoing, RequestMessage, ResponseMessage};
use serde_json::Value;

use crate::breakpoints::{Breakpoint, Plan};
use crate::script::SourceKey;

/// What waits for an answer of the agent.
#[derive(Debug)]
pub(crate) enum Pending {
    /// A request of the client; the body of the answer is passed on as it is.
    Forwarded(RequestMessage),
    /// A request of the client whose answer holds stack frames.
    StackTrace(RequestMessage),
    /// The whole list of breakpoints; when a client's request caused it, that is answered for its source.
    Breakpoints {
        /// What was sent.
        plan: Plan,
        /// Who waits for the answer.
        client: Option<SetBreakpoints>,
    },
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
