//! The audience of a session: everybody who follows it and may steer it. One client launched it; others attach.
//!
//! The session speaks once, in its own terms: lines and columns from 1, paths as paths, colours as they come. Each client gets
//! that in the form it asked for (`translation.rs`), with numbers of its own, and answers go to who asked. The requests of all
//! clients are numbered anew when they come in, so that a request that is handed around in the session names its asker.
//!
//! What one client does and the others cannot know is told to them here: breakpoints that it set, and that it let the script run.

mod member;
mod translation;

use std::collections::HashMap;
use std::task::{Context, Poll};
use std::time::Duration;

use dap_protocol::{
    Connection, ErrorResponse, Event, EventMessage, Incoming, Message, Request, RequestMessage,
    ResponseMessage, events, requests, types,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use member::Member;
pub(crate) use member::{MemberId, Stage};

use crate::client::Client;

/// How long a client that leaves may take to read the last words.
const PATIENCE_WITH_LEAVERS: Duration = Duration::from_secs(2);

/// What the audience brings.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A client said something.
    Said(MemberId, Incoming),
    /// A client will say nothing more.
    Gone(MemberId),
    /// A client has taken what was put out.
    CaughtUp,
    /// A client reads nothing, and the others should not wait for it any longer.
    Behind(MemberId),
}

/// The clients of a session.
#[derive(Debug, Default)]
pub(crate) struct Audience {
    members: Vec<Member>,
    last_member: u64,
    /// Who launches, or has launched, and has not left.
    owner: Option<MemberId>,
    /// Who waits for which answer, and how it numbered its request, by our number of the request.
    asked: HashMap<i64, (MemberId, i64)>,
    last_number: i64,
    /// Our numbers of what clients were asked, by theirs.
    asking: HashMap<(MemberId, i64), i64>,
    /// What goes on now, for those who come late.
    progress: Vec<types::ProgressStartEvent>,
    /// The breakpoints of each source, as they were last told; the source is that of the session, as text.
    breakpoints: Vec<(String, Vec<types::Breakpoint>)>,
    /// Who is heard first the next time.
    turn: usize,
    /// Ways to clients that have left, which may still take what was said last.
    leaving: JoinSet<()>,
}

impl Audience {
    /// An audience of the one who may launch.
    pub(crate) fn of_owner(connection: Connection) -> Self {
        let mut audience = Self::default();
        let owner = audience.admit(connection, Client::default(), Stage::Unknown);
        audience.owner = Some(owner);
        audience
    }

    fn admit(&mut self, connection: Connection, facts: Client, stage: Stage) -> MemberId {
        self.last_member += 1;
        let id = MemberId(self.last_member);
        self.members.push(Member::new(id, connection, facts, stage));
        id
    }

    /// Waits for what a client does.
    pub(crate) async fn listen(&mut self) -> Heard {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Heard> {
        let count = self.members.len();
        for offset in 0..count {
            let index = (self.turn + offset) % count;
            if let Poll::Ready(heard) = self.members[index].poll(context, count > 1) {
                // Whoever talks all the time is heard in turn.
                self.turn = index + 1;
                return Poll::Ready(heard);
            }
        }
        Poll::Pending
    }

    /// Whether somebody has not taken what was put out, so that whoever puts out more has to wait.
    pub(crate) fn is_held_up(&self) -> bool {
        self.members.iter().any(Member::is_catching_up)
    }

    /// Takes a request in. From now on it has a number that no other request of any client has.
    pub(crate) fn received(&mut self, id: MemberId, mut request: RequestMessage) -> RequestMessage {
        self.last_number += 1;
        self.asked.insert(self.last_number, (id, request.seq));
        request.seq = self.last_number;
        let Some(member) = self.members.iter_mut().find(|member| member.id == id) else {
            return request;
        };
        if let (true, Ok(arguments)) = (
            member.stage == Stage::Unknown,
            request.parse::<requests::Initialize>(),
        ) {
            member.facts = Client::new(&arguments);
        }
        translation::request_from_client(&mut request, &member.facts);
        if request.is::<requests::Cancel>() {
            let arguments = request.arguments.as_mut();
            if let Some(named) = arguments.and_then(|arguments| arguments.get_mut("requestId")) {
                let known = self
                    .asked
                    .iter()
                    .find(|(_, asked)| asked.0 == id && Some(asked.1) == named.as_i64());
                // What is answered already has no number any more, and 0 is none.
                *named = json!(known.map_or(0, |(number, _)| *number));
            }
        }
        request
    }

    /// An answer of a client, with our number of what it was asked.
    pub(crate) fn answered(
        &mut self,
        id: MemberId,
        response: ResponseMessage,
    ) -> Option<ResponseMessage> {
        let request_seq = self.asking.remove(&(id, response.request_seq))?;
        Some(ResponseMessage {
            request_seq,
            ..response
        })
    }

    /// Who waits for the answer to a request.
    pub(crate) fn asker(&self, request: &RequestMessage) -> Option<MemberId> {
        self.asked.get(&request.seq).map(|(id, _)| *id)
    }

    /// What is known of the client that waits for the answer to a request.
    pub(crate) fn facts(&self, request: &RequestMessage) -> Client {
        let asker = self.asker(request);
        let member = self.members.iter().find(|member| Some(member.id) == asker);
        member
            .map(|member| member.facts.clone())
            .unwrap_or_default()
    }

    /// The client that launched or will launch, while it is there.
    pub(crate) fn owner(&self) -> Option<MemberId> {
        self.owner
    }

    /// Asks the client of a request something, and returns our number of the question.
    pub(crate) fn ask<R: Request>(
        &mut self,
        on_behalf_of: &RequestMessage,
        arguments: &R::Arguments,
    ) -> Option<i64> {
        let id = self.asker(on_behalf_of)?;
        let member = self.members.iter_mut().find(|member| member.id == id)?;
        let seq = member.outgoing.request::<R>(arguments);
        self.last_number += 1;
        self.asking.insert((id, seq), self.last_number);
        Some(self.last_number)
    }

    /// Somebody else joins, who has said what it can show.
    pub(crate) fn join(&mut self, connection: Connection, facts: Client) {
        self.admit(connection, facts, Stage::Initialized);
    }

    /// How far the client is that waits for the answer to a request.
    pub(crate) fn stage(&self, request: &RequestMessage) -> Option<Stage> {
        let asker = self.asker(request);
        let member = self.members.iter().find(|member| Some(member.id) == asker);
        member.map(|member| member.stage)
    }

    /// Whether a request is of the client that launched.
    pub(crate) fn is_owners(&self, request: &RequestMessage) -> bool {
        self.owner.is_some() && self.asker(request) == self.owner
    }

    /// How many clients follow the session.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Tells somebody who has come late, and has said everything it wanted to say, what there is: breakpoints, what goes on, and
    /// the present stop.
    pub(crate) fn catch_up(&mut self, id: MemberId, stopped: Option<&types::StoppedEvent>) {
        for start in self.progress.clone() {
            self.event_for_late::<events::ProgressStart>(id, &start);
        }
        let known: Vec<_> = self
            .breakpoints
            .iter()
            .flat_map(|(_, known)| known.clone())
            .collect();
        for breakpoint in known {
            let reason = types::BreakpointEventReason::New;
            let event = types::BreakpointEvent { reason, breakpoint };
            self.event_for_late::<events::Breakpoint>(id, &event);
        }
        if let Some(stopped) = stopped {
            self.event_for_late::<events::Stopped>(id, stopped);
        }
    }

    /// As [`Self::event_for`], of something that is remembered already.
    fn event_for_late<E: Event>(&mut self, id: MemberId, body: &E::Body) {
        let member = self.members.iter_mut().find(|member| member.id == id);
        if let (Some(member), Ok(event)) = (member, EventMessage::new::<E>(body)) {
            member.tell(&event);
        }
    }

    /// The number of the last message to the client that launches or attaches.
    pub(crate) fn last_seq(&self) -> i64 {
        self.members
            .first()
            .map_or(0, |member| member.outgoing.last_seq())
    }

    /// A request as its client sent it, which is not answered here.
    pub(crate) fn as_sent(&mut self, request: &RequestMessage) -> RequestMessage {
        let asked = self.asked.remove(&request.seq);
        RequestMessage {
            seq: asked.map_or(request.seq, |(_, seq)| seq),
            ..request.clone()
        }
    }

    /// The connection of the only client.
    pub(crate) fn into_connection(mut self) -> Option<Connection> {
        self.members.pop().map(Member::into_connection)
    }

    /// Answers a request.
    pub(crate) fn respond<R: Request>(
        &mut self,
        request: &RequestMessage,
        result: Result<R::Response, ErrorResponse>,
    ) {
        let result = result.and_then(|response| match serde_json::to_value(&response) {
            Ok(body) => Ok(Some(body).filter(|body| !body.is_null())),
            Err(error) => {
                tracing::error!("the answer to '{}' has no JSON form: {error}", R::COMMAND);
                Err(ErrorResponse::new("the answer has no JSON form"))
            }
        });
        self.respond_raw(request, result);
    }

    /// Answers a request with a body that has no type.
    pub(crate) fn respond_raw(
        &mut self,
        request: &RequestMessage,
        result: Result<Option<Value>, ErrorResponse>,
    ) {
        let Some((id, seq)) = self.asked.remove(&request.seq) else {
            tracing::error!("'{}' was answered twice", request.command);
            return;
        };
        let mut response = match result {
            Ok(body) => request.success(body),
            Err(error) => request.failure(&error),
        };
        let told = response.clone();
        response.request_seq = seq;
        if let Some(member) = self.members.iter_mut().find(|member| member.id == id) {
            if response.success {
                member.advance(&response.command);
            }
            translation::response_to_client(&mut response, &member.facts);
            member.note_breakpoints(&response);
            member.send(Message::Response(response));
        }
        if told.success {
            self.tell_others(id, request, &told);
        }
    }

    /// What the others have to know of a request that was served.
    fn tell_others(
        &mut self,
        asker: MemberId,
        request: &RequestMessage,
        response: &ResponseMessage,
    ) {
        let argument = |name: &str| request.arguments.as_ref().and_then(|it| it.get(name));
        match request.command.as_str() {
            "continue" | "next" | "stepIn" | "stepOut" | "stepBack" | "reverseContinue" => {
                let event = types::ContinuedEvent {
                    thread_id: argument("threadId").and_then(Value::as_i64).unwrap_or(1),
                    all_threads_continued: Some(true),
                };
                let others = |member: &Member| member.id != asker;
                self.event_to::<events::Continued>(&event, others);
            }
            "setBreakpoints" => {
                let source = argument("source").cloned().unwrap_or_default();
                let named = [&source["path"], &source["sourceReference"]];
                let source = named.map(ToString::to_string).concat();
                let set = response.parse::<requests::SetBreakpoints>();
                let now = set.map(|body| body.breakpoints).unwrap_or_default();
                self.breakpoints_replaced(asker, source, now);
            }
            _ => {}
        }
    }

    /// Breakpoints of a source were replaced: for the others those before are gone.
    fn breakpoints_replaced(
        &mut self,
        asker: MemberId,
        source: String,
        now: Vec<types::Breakpoint>,
    ) {
        let index = self
            .breakpoints
            .iter()
            .position(|(known, _)| *known == source);
        let before = index.map(|index| self.breakpoints.swap_remove(index).1);
        let before = before.unwrap_or_default();
        let is_gone = |breakpoint: &types::Breakpoint| now.iter().all(|it| it.id != breakpoint.id);
        let removed = before.iter().filter(|breakpoint| is_gone(breakpoint));
        let changed = now.iter().filter(|breakpoint| !before.contains(breakpoint));
        let removed = removed.map(|it| (types::BreakpointEventReason::Removed, it.clone()));
        let changed = changed.map(|it| (types::BreakpointEventReason::Changed, it.clone()));
        let news: Vec<_> = removed.chain(changed).collect();
        for (reason, breakpoint) in news {
            let event = types::BreakpointEvent { reason, breakpoint };
            self.event_to::<events::Breakpoint>(&event, |member| member.id != asker);
        }
        self.breakpoints.push((source, now));
    }

    /// Tells everybody what has happened.
    pub(crate) fn event<E: Event>(&mut self, body: &E::Body) {
        self.event_to::<E>(body, |_| true);
    }

    fn event_to<E: Event>(&mut self, body: &E::Body, is_meant: impl Fn(&Member) -> bool) {
        let event = match EventMessage::new::<E>(body) {
            Ok(event) => event,
            Err(error) => {
                return tracing::error!("the event '{}' has no JSON form: {error}", E::EVENT);
            }
        };
        self.remember(&event);
        for member in self.members.iter_mut().filter(|member| is_meant(member)) {
            member.tell(&event);
        }
    }

    /// Tells one client what has happened.
    pub(crate) fn event_for<E: Event>(&mut self, id: MemberId, body: &E::Body) {
        self.event_to::<E>(body, |member| member.id == id);
    }

    /// Takes down what somebody who comes late has to hear.
    fn remember(&mut self, event: &EventMessage) {
        if let Ok(start) = event.parse::<events::ProgressStart>() {
            self.progress.push(start);
        } else if let Ok(update) = event.parse::<events::ProgressUpdate>() {
            for start in &mut self.progress {
                if start.progress_id == update.progress_id {
                    start.message = update.message.clone().or(start.message.take());
                    start.percentage = update.percentage.or(start.percentage);
                }
            }
        } else if let Ok(end) = event.parse::<events::ProgressEnd>() {
            self.progress
                .retain(|start| start.progress_id != end.progress_id);
        } else if let Ok(event) = event.parse::<events::Breakpoint>() {
            let known = self.breakpoints.iter_mut().flat_map(|(_, known)| known);
            for breakpoint in known.filter(|known| known.id == event.breakpoint.id) {
                *breakpoint = event.breakpoint.clone();
            }
        }
    }

    /// A client has left, or is sent away. What was said to it last, it may still read.
    pub(crate) fn leave(&mut self, id: MemberId) {
        self.leave_with(id, oneshot::channel().0);
    }

    /// As [`Self::leave`]; `told` is dropped when the client has read it.
    pub(crate) fn leave_with(&mut self, id: MemberId, told: oneshot::Sender<()>) {
        let Some(index) = self.members.iter().position(|member| member.id == id) else {
            return;
        };
        let member = self.members.remove(index);
        self.owner = self.owner.filter(|owner| *owner != id);
        self.asked.retain(|_, (asker, _)| *asker != id);
        self.asking.retain(|(asked, _), _| *asked != id);
        // Ends when the client has read what was said to it, or soon.
        self.leaving.spawn(async move {
            let _it_is_gone = member.outgoing.close_within(PATIENCE_WITH_LEAVERS).await;
            drop(told);
        });
    }

    /// Everybody leaves; waits until they have read what was said last.
    pub(crate) async fn close(mut self) {
        for member in std::mem::take(&mut self.members) {
            self.leaving.spawn(async move {
                let _it_is_gone = member.outgoing.close_within(PATIENCE_WITH_LEAVERS).await;
            });
        }
        while self.leaving.join_next().await.is_some() {}
    }
}
