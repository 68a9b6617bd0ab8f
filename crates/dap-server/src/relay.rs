//! An adapter whose client has attached to the session of another: it passes on what both say, as they say it.
//!
//! Both sides count on from where they were, so that no number is changed. Only when the session goes away without a word does
//! this adapter speak itself.

use std::collections::BTreeMap;
use std::pin::Pin;

use dap_protocol::{
    Connection, ConnectionClosed, Incoming, Message, Outgoing, Request, RequestMessage, events,
    requests, types,
};
use tokio_util::sync::CancellationToken;

use crate::attaching::Entrance;
use crate::errors::RequestError;

type Flushed = Pin<Box<dyn Future<Output = Result<(), ConnectionClosed>> + Send>>;

/// Serves the client until it leaves or `interrupted` is cancelled.
pub(crate) async fn relay(client: Connection, entrance: Entrance, interrupted: CancellationToken) {
    let mut relay = Relay {
        client,
        session: entrance.session,
        asked: BTreeMap::new(),
        is_terminated: false,
    };
    relay.pass_to_session(Message::Request(entrance.attach));
    interrupted.run_until_cancelled(relay.run()).await;
    let Relay {
        client, session, ..
    } = relay;
    drop(session);
    // A client that does not read is left.
    let closing = client.outgoing.close();
    let _slow_readers_are_left = tokio::time::timeout(PATIENCE_WITH_CLIENT, closing).await;
}

use crate::session::PATIENCE_WITH_CLIENT;

struct Relay {
    client: Connection,
    session: Connection,
    /// What the client waits for.
    asked: BTreeMap<i64, RequestMessage>,
    /// Whether the client has heard that the session has ended.
    is_terminated: bool,
}

impl Relay {
    /// Passes on in both directions; what is not taken on one side is not read on the other.
    async fn run(&mut self) {
        let mut to_session: Option<Flushed> = None;
        let mut to_client: Option<Flushed> = None;
        let mut has_left = false;
        loop {
            tokio::select! {
                Ok(()) | Err(_) = flushed(&mut to_session), if to_session.is_some() => to_session = None,
                Ok(()) | Err(_) = flushed(&mut to_client), if to_client.is_some() => {
                    to_client = None;
                    if has_left {
                        return;
                    }
                }
                heard = self.client.incoming.recv(), if to_session.is_none() => match heard {
                    Some(Incoming::Message(message)) => {
                        self.pass_to_session(message);
                        to_session = Some(when_flushed(&self.session.outgoing));
                    }
                    Some(Incoming::Malformed(error)) => tracing::warn!("the client: {error}"),
                    Some(Incoming::Broken(_)) | None => return,
                },
                heard = self.session.incoming.recv(), if to_client.is_none() => match heard {
                    Some(Incoming::Message(message)) => {
                        has_left = self.pass_to_client(message);
                        to_client = Some(when_flushed(&self.client.outgoing));
                    }
                    Some(Incoming::Malformed(error)) => tracing::warn!("the session: {error}"),
                    Some(Incoming::Broken(_)) | None => return self.bereaved().await,
                },
            }
        }
    }

    fn pass_to_session(&mut self, message: Message) {
        if let Message::Request(request) = &message {
            self.asked.insert(request.seq, request.clone());
        }
        self.session.outgoing.pass_on(message);
    }

    /// Returns whether this was the last word.
    fn pass_to_client(&mut self, message: Message) -> bool {
        let mut is_last = false;
        match &message {
            Message::Response(response) => {
                let request = self.asked.remove(&response.request_seq);
                is_last = response.success
                    && request.is_some_and(|request| request.is::<requests::Disconnect>());
            }
            Message::Event(event) => self.is_terminated |= event.is::<events::Terminated>(),
            Message::Request(_) => {}
        }
        self.client.outgoing.pass_on(message);
        is_last
    }

    /// The session is gone. Whoever waits for an answer gets one, and the client stays until it says goodbye.
    async fn bereaved(&mut self) {
        for request in std::mem::take(&mut self.asked).into_values() {
            if self.answer_alone(&request) {
                return;
            }
        }
        if !self.is_terminated {
            self.client
                .outgoing
                .event::<events::Output>(&types::OutputEvent {
                    category: Some(types::OutputEventCategory::Important),
                    output: "the session has gone without a word; its adapter was killed\n"
                        .to_owned(),
                    ..types::OutputEvent::default()
                });
            let terminated = types::TerminatedEvent::default();
            self.client
                .outgoing
                .event::<events::Terminated>(&terminated);
        }
        while let Some(Incoming::Message(message)) = self.client.incoming.recv().await {
            if let Message::Request(request) = message
                && self.answer_alone(&request)
            {
                return;
            }
        }
    }

    /// Answers in place of the session; returns whether this was the last word.
    fn answer_alone(&mut self, request: &RequestMessage) -> bool {
        let is_goodbye = request.command == requests::Disconnect::COMMAND;
        let answer = match is_goodbye {
            true => Ok(None),
            false => Err(RequestError::session_over().to_response()),
        };
        self.client.outgoing.respond_raw(request, answer);
        is_goodbye
    }
}

fn when_flushed(outgoing: &Outgoing) -> Flushed {
    Box::pin(outgoing.when_flushed())
}

async fn flushed(future: &mut Option<Flushed>) -> Result<(), ConnectionClosed> {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
