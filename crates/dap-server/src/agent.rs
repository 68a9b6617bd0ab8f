//! The adapter's side of the link: what was asked of the agent, and on whose behalf.
//!
//! It pairs answers with questions. What an answer means for the session is decided in `session.rs`.

use std::collections::HashMap;

use dap_protocol::{Outgoing, RequestMessage, ResponseMessage};
use debuggee::control::SessionDescription;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::breakpoints::{Breakpoint, Plan};
use crate::completing::Cursor;
use crate::control::Guest;
use crate::errors::RequestError;
use crate::flow::GotoTargets;
use crate::reload::Reloading;
use crate::script::SourceKey;
use crate::terminal::AskedBy;
use crate::unlined::Placing;

/// What waits for an answer of the agent.
#[derive(Debug)]
pub(crate) enum Pending {
    /// A request of the client; the body of the answer is passed on as it is.
    Forwarded(RequestMessage),
    /// A request of the client whose answer holds stack frames.
    StackTrace(RequestMessage),
    /// A request of the client whose answer holds the stacks of exceptions, as text.
    ExceptionInfo(RequestMessage),
    /// A request of the client whose answer holds variables.
    Variables(RequestMessage),
    /// A request of the client whose answer holds the calls of a statement.
    StepInTargets(RequestMessage),
    /// A request of the client whose answer is a place.
    Location(RequestMessage),
    /// A request of the client for completions where it types.
    Completions {
        /// The request.
        request: RequestMessage,
        /// Where that is.
        cursor: Cursor,
    },
    /// The whole list of breakpoints; when a client's request caused it, that is answered for its source.
    Breakpoints {
        /// What was sent.
        plan: Plan,
        /// Who waits for the answer.
        client: Option<SetBreakpoints>,
    },
    /// The whole list of breakpoints of a kind that stand on no line.
    Unlined(Placing),
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
    /// A request of the client for the lines that can be gone to.
    GotoTargets(GotoTargets),
    /// A command of the console that sends the script elsewhere.
    Went(RequestMessage),
    /// Another text for the script.
    Reload(Box<Reloading>),
    /// A command in a machine, by its number.
    GuestCommand(i64),
    /// A command of the console that ends what the script waits for.
    EndedWait(RequestMessage),
    /// The same, for another program.
    EndedWaitAside(oneshot::Sender<Result<String, RequestError>>),
    /// A request of the client, or a command of its console, which is answered in words there.
    Worded(RequestMessage),
    /// Something the adapter wanted for itself.
    Own,
}

impl Pending {
    /// The request of the client that is answered by what the agent says, where there is one.
    pub(crate) fn request(&self) -> Option<&RequestMessage> {
        match self {
            Self::Forwarded(request)
            | Self::StackTrace(request)
            | Self::ExceptionInfo(request)
            | Self::Variables(request)
            | Self::StepInTargets(request)
            | Self::Location(request)
            | Self::Completions { request, .. } => Some(request),
            _ => None,
        }
    }
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

    /// Requests of the client that wait for the agent, by the numbers under which the agent knows them.
    pub(crate) fn of_client(&mut self, is_wanted: impl Fn(&RequestMessage) -> bool) -> Vec<i64> {
        let pending = self.pending.iter();
        let wanted = pending.filter(|(_, pending)| pending.request().is_some_and(&is_wanted));
        let mut numbers: Vec<_> = wanted.map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Takes back what only shows something: whoever waits for it hears no more of the agent. None for other requests.
    pub(crate) fn give_up(&mut self, number: i64, looks: &[&str]) -> Option<Pending> {
        let pending = self.pending.get_mut(&number)?;
        let is_look = pending
            .request()
            .is_some_and(|request| looks.contains(&request.command.as_str()));
        is_look.then(|| std::mem::replace(pending, Pending::Own))
    }

    /// What will never be answered, because the agent is gone, in the order in which it was asked.
    pub(crate) fn abandoned(&mut self) -> Vec<Pending> {
        let mut pending: Vec<_> = self.pending.drain().collect();
        pending.sort_unstable_by_key(|(seq, _)| *seq);
        pending.into_iter().map(|(_, pending)| pending).collect()
    }
}
