//! Each side counts its messages, and each request is answered exactly once.
//!
//! What the messages mean is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use dap_protocol::requests::Disconnect;
use dap_protocol::{Message, RequestMessage, ResponseMessage};

use super::Side;

/// Who counts how far, and which requests wait for an answer.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    last_seq: BTreeMap<Side, i64>,
    /// By the side that asked.
    pending: BTreeMap<(Side, i64), RequestMessage>,
    answered: BTreeSet<(Side, i64)>,
    /// The adapter has said goodbye, and need not answer what comes after that.
    is_disconnected: bool,
}

impl Numbering {
    /// The request that a response answers, as long as it is not answered.
    pub(super) fn request_of(
        &self,
        sender: Side,
        response: &ResponseMessage,
    ) -> Option<&RequestMessage> {
        self.pending.get(&(sender.peer(), response.request_seq))
    }

    /// Takes note of a message; returns the request when it is a response.
    pub(super) fn observe(
        &mut self,
        sender: Side,
        message: &Message,
        found: &mut Vec<String>,
    ) -> Option<RequestMessage> {
        self.count(sender, message.seq(), found);
        match message {
            Message::Request(_) if self.is_disconnected => None,
            Message::Request(request) => {
                self.pending.insert((sender, request.seq), request.clone());
                None
            }
            Message::Response(response) => self.answer(sender, response, found),
            Message::Event(_) => None,
        }
    }

    /// The requests that nobody answered.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = (Side, &RequestMessage)> {
        self.pending
            .iter()
            .map(|((side, _), request)| (*side, request))
    }

    fn count(&mut self, sender: Side, seq: i64, found: &mut Vec<String>) {
        let expected = match (self.last_seq.insert(sender, seq), sender) {
            (Some(last), _) => last + 1,
            // Helix and Kate begin at 0.
            (None, Side::Client) if seq == 0 => 0,
            (None, _) => 1,
        };
        if seq != expected {
            found.push(format!("the number should be {expected}"));
        }
    }

    fn answer(
        &mut self,
        sender: Side,
        response: &ResponseMessage,
        found: &mut Vec<String>,
    ) -> Option<RequestMessage> {
        let key = (sender.peer(), response.request_seq);
        let Some(request) = self.pending.remove(&key) else {
            found.push(if self.answered.contains(&key) {
                format!("request #{} was answered before", response.request_seq)
            } else {
                format!("there is no request #{}", response.request_seq)
            });
            return None;
        };
        self.answered.insert(key);
        self.is_disconnected |= response.success && request.is::<Disconnect>();
        if response.command != request.command {
            found.push(format!("the request was `{}`", request.command));
        }
        Some(request)
    }
}
