//! The client's side of a conversation: questions with answers, and the events between them in their order.

use std::collections::VecDeque;

use dap_protocol::{
    Connection, ErrorResponse, EventMessage, Incoming, Message, ParseError, Request,
    ResponseMessage,
};
use tokio_util::sync::CancellationToken;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The adapter refused.
    #[error("{0}")]
    Refused(ErrorResponse),
    /// The adapter said something that cannot be understood.
    #[error("the debug adapter sent something that cannot be understood: {0}")]
    Protocol(String),
    /// The adapter ended the conversation.
    #[error("the debug adapter went away")]
    Gone,
    /// The process was told to go.
    #[error("interrupted")]
    Interrupted,
}

/// A conversation with an adapter.
#[derive(Debug)]
pub(crate) struct Client {
    connection: Connection,
    events: VecDeque<EventMessage>,
    interrupted: CancellationToken,
}

impl Client {
    pub(crate) fn new(connection: Connection, interrupted: CancellationToken) -> Self {
        Self {
            connection,
            events: VecDeque::new(),
            interrupted,
        }
    }

    /// Asks, and waits for the answer; events that come meanwhile are kept.
    pub(crate) async fn request<R: Request>(
        &mut self,
        arguments: &R::Arguments,
    ) -> Result<R::Response, ClientError> {
        let seq = self.connection.outgoing.request::<R>(arguments);
        let response = self.response_to(seq).await?;
        response.parse::<R>().map_err(|error| match error {
            ParseError::Failed(error) => ClientError::Refused(error),
            error => ClientError::Protocol(error.to_string()),
        })
    }

    async fn response_to(&mut self, seq: i64) -> Result<ResponseMessage, ClientError> {
        loop {
            match self.receive().await? {
                Message::Response(response) if response.request_seq == seq => return Ok(response),
                Message::Event(event) => self.events.push_back(event),
                Message::Response(_) | Message::Request(_) => {}
            }
        }
    }

    /// The next event, in the order in which they were sent.
    pub(crate) async fn event(&mut self) -> Result<EventMessage, ClientError> {
        if let Some(event) = self.events.pop_front() {
            return Ok(event);
        }
        loop {
            if let Message::Event(event) = self.receive().await? {
                return Ok(event);
            }
        }
    }

    /// Takes the events called `name` that have come and were not yet taken; the others keep their order.
    pub(crate) fn take_waiting(&mut self, name: &str) -> Vec<EventMessage> {
        let (taken, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.events)
            .into_iter()
            .partition(|event| event.event == name);
        self.events = kept.into();
        taken
    }

    /// From now on an interruption no longer ends waiting: the end itself must be waited for.
    pub(crate) fn ignore_interruption(&mut self) {
        self.interrupted = CancellationToken::new();
    }

    async fn receive(&mut self) -> Result<Message, ClientError> {
        let received = self
            .interrupted
            .run_until_cancelled(self.connection.incoming.recv())
            .await;
        match received
            .ok_or(ClientError::Interrupted)?
            .ok_or(ClientError::Gone)?
        {
            Incoming::Message(message) => Ok(message),
            Incoming::Malformed(error) => Err(ClientError::Protocol(error.to_string())),
            Incoming::Broken(error) => Err(ClientError::Protocol(error.to_string())),
        }
    }
}
