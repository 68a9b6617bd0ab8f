//! The session: the one owner of everything that is known about a debug session, and its one loop.
//!
//! Whatever happens arrives as an [`Event`]; [`Session::handle`] never waits. Which request is served by whom is told in
//! `dispatch.rs`, when it is admitted in `phase.rs`; here is what the client's requests share with what happens by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use dap_protocol::{Connection, Incoming, Message, RequestMessage, events, types};
use debuggee::{Debuggee, DebuggeeEvent, SessionDirectory};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::Environment;
use crate::agent::AgentLink;
use crate::attaching::Entrance;
use crate::audience::{Audience, Heard, MemberId};
use crate::breakpoints::Ledger;
use crate::client::Client;
use crate::control::{Aside, Control};
use crate::guests::Guests;
use crate::launch_arguments::LaunchArguments;
use crate::phase::Phase;
use crate::preparing::{Prepared, WorkEvent};
use crate::progress::Progress;
use crate::relay::relay;
use crate::reload::Reload;
use crate::script::{ClientPlace, Script};
use crate::subtests::Subtests;
use crate::terminal::Terminals;
use crate::unlined::Unlined;
use crate::waits::Waits;

/// How long a driver may take to be killed; then the reaper is left to finish alone.
pub(crate) const PATIENCE_OF_KILL: Duration = Duration::from_secs(5);

/// How long Nix may take to end after it was told to.
const PATIENCE_WITH_NIX: Duration = Duration::from_secs(6);

/// How long a client may take to read what was said last.
pub(crate) const PATIENCE_WITH_CLIENT: Duration = Duration::from_secs(2);

/// How long `disconnect` may take. VS Code kills an adapter after two seconds.
pub(crate) const PATIENCE_OF_DISCONNECT: Duration = Duration::from_millis(1700);

/// How much of that a driver that was asked to end before may go on cleaning up.
pub(crate) const PATIENCE_OF_CLEAN_UP: Duration = Duration::from_millis(900);

/// How many words of the work behind `launch` wait for the session.
pub(crate) const WORK_AHEAD: usize = 256;

/// How many questions of other programs wait for the session.
const ASIDES_AHEAD: usize = 16;

/// Everything that can happen to a session.
#[derive(Debug)]
enum Event {
    /// A client did something.
    Audience(Heard),
    /// The work behind `launch` went on.
    Work(WorkEvent),
    /// The driver or the agent said something.
    Debuggee(DebuggeeEvent),
    /// Another program wants something.
    Aside(Aside),
    /// The process was told to go.
    Interrupted,
    /// Nobody has come for so long that nobody will.
    Abandoned,
    /// The end takes longer than anybody waits.
    Overdue,
}

/// How an end that was asked for is brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// The driver cleans up after itself.
    Gentle,
    /// The driver is killed.
    Quick,
}

/// One debug session, with the client that launched it and others that follow it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) environment: Environment,
    /// The clients. What is said here reaches each as it understands it.
    pub(crate) outgoing: Audience,
    /// How the session itself counts and writes.
    pub(crate) client: Client,
    pub(crate) phase: Phase,
    pub(crate) ledger: Ledger,
    pub(crate) unlined: Unlined,
    /// Whether the client has said everything that it wants to say before the script runs.
    pub(crate) is_configured: bool,
    pub(crate) launch: LaunchArguments,
    pub(crate) prepared: Prepared,
    pub(crate) script: Option<Script>,
    /// The texts that it replaced, by their numbers.
    pub(crate) past: BTreeMap<i64, Script>,
    pub(crate) reload: Reload,
    pub(crate) link: Option<AgentLink>,
    /// Whether there ever was an agent.
    pub(crate) was_linked: bool,
    /// The agent is there and cannot debug the script.
    pub(crate) is_undebugged: bool,
    /// The place of the session until the driver is started, which has it then.
    pub(crate) directory: Option<SessionDirectory>,
    /// How other programs reach the session, from when something is launched.
    pub(crate) control: Option<Control>,
    pub(crate) guests: Guests,
    pub(crate) terminals: Terminals,
    pub(crate) debuggee: Option<Debuggee>,
    pub(crate) progress: Progress,
    pub(crate) waits: Waits,
    /// Every `disconnect`, which are answered when everything has ended.
    pub(crate) disconnecting: Vec<RequestMessage>,
    /// Where the work behind the latest launch is heard, until the loop has taken it.
    pub(crate) new_work: Option<mpsc::Receiver<WorkEvent>>,
    /// Where work for the latest launch is told.
    pub(crate) work: Option<mpsc::Sender<WorkEvent>>,
    pub(crate) asides: mpsc::Sender<Aside>,
    /// Where the script stands, or stood last.
    pub(crate) last_stop: Option<types::StoppedEvent>,
    /// The work behind each launch, from when it is begun.
    pub(crate) preparing: Vec<JoinHandle<()>>,
    /// What is launched when the old driver has ended.
    pub(crate) restarting: Option<LaunchArguments>,
    /// A restart that keeps the machines, which waits for the script to stand.
    pub(crate) rerun_at_stop: Option<RequestMessage>,
    pub(crate) subtests: Subtests,
    /// When patience ends.
    pub(crate) deadline: Option<Instant>,
    /// How the end was asked for, if it was.
    pub(crate) urgency: Option<Urgency>,
    /// Whether the client that launched has left.
    pub(crate) is_client_gone: bool,
    /// What the client said of itself that launches or attaches.
    pub(crate) introduction: types::InitializeRequestArguments,
    /// Whether the client attaches: nothing is heard of it until that is decided.
    pub(crate) is_entering: bool,
    /// The session that the client follows in place of this one.
    pub(crate) entrance: Option<Entrance>,
    /// Since when nobody is there.
    pub(crate) waiting_since: Option<Instant>,
    /// Programs that want to know when the test has ended.
    pub(crate) awaiting_the_end: Vec<oneshot::Sender<()>>,
}

/// Where events come from.
struct Inboxes {
    work: mpsc::Receiver<WorkEvent>,
    debuggee: Option<mpsc::Receiver<DebuggeeEvent>>,
    asides: mpsc::Receiver<Aside>,
    interrupted: CancellationToken,
    is_interrupted: bool,
}

/// Serves one client until it disconnects, goes, or `interrupted` is cancelled. When it returns, no process of the session
/// is left, or the reaper is about to end the last.
pub(crate) async fn serve_session(
    connection: Connection,
    environment: Environment,
    interrupted: CancellationToken,
) {
    let (_nothing_is_launched, work_inbox) = mpsc::channel(1);
    let (asides, asides_inbox) = mpsc::channel(ASIDES_AHEAD);
    let mut session = Session {
        environment,
        outgoing: Audience::of_owner(connection),
        client: Client::as_the_session(),
        phase: Phase::New,
        ledger: Ledger::default(),
        unlined: Unlined::default(),
        is_configured: false,
        launch: LaunchArguments::default(),
        prepared: Prepared::default(),
        script: None,
        past: BTreeMap::new(),
        reload: Reload::default(),
        link: None,
        was_linked: false,
        is_undebugged: false,
        directory: None,
        control: None,
        guests: Guests::default(),
        terminals: Terminals::default(),
        debuggee: None,
        progress: Progress::default(),
        waits: Waits::default(),
        disconnecting: Vec::new(),
        new_work: None,
        work: None,
        asides,
        last_stop: None,
        preparing: Vec::new(),
        restarting: None,
        rerun_at_stop: None,
        subtests: Subtests::default(),
        deadline: None,
        urgency: None,
        is_client_gone: false,
        introduction: types::InitializeRequestArguments::default(),
        is_entering: false,
        entrance: None,
        waiting_since: None,
        awaiting_the_end: Vec::new(),
    };
    let mut inboxes = Inboxes {
        work: work_inbox,
        debuggee: None,
        asides: asides_inbox,
        interrupted,
        is_interrupted: false,
    };
    while !session.is_over() {
        let event = inboxes.next(&mut session).await;
        session.handle(event, &mut inboxes.debuggee);
        session.mind_the_audience();
        if let Some(entrance) = session.entrance.take() {
            if let Some(client) = session.outgoing.into_connection() {
                relay(client, entrance, inboxes.interrupted).await;
            }
            return;
        }
        if session.phase.is_over() {
            session.reload.stop();
        }
        if let Some(work) = session.new_work.take() {
            inboxes.work = work;
        }
        if let Some(control) = session.control.as_ref().filter(|_| session.phase.is_over()) {
            control.end_shells();
        }
    }
    if let Some(control) = session.control.take() {
        control.close().await;
    }
    // Nix ends its builders when it is told to, which takes it a moment; a process that ends before it would cut it short.
    for preparing in std::mem::take(&mut session.preparing) {
        let _slow_nix_is_left_to_itself = timeout(PATIENCE_WITH_NIX, preparing).await;
    }
    // Bounded: a client that does not read must not keep the adapter alive.
    session.outgoing.close().await;
}

impl Inboxes {
    async fn next(&mut self, session: &mut Session) -> Event {
        let deadline = session.deadline;
        let abandoned = session.waits_until();
        let is_entering = session.is_entering;
        let audience = &mut session.outgoing;
        // Whoever puts out more than is read has to wait.
        let is_held_up = audience.is_held_up();
        tokio::select! {
            // In this order, so that what the agent said before the driver ended is heard before anything new is asked.
            biased;
            () = self.interrupted.cancelled(), if !self.is_interrupted => {
                self.is_interrupted = true;
                Event::Interrupted
            }
            Some(event) = receive(&mut self.debuggee), if !is_held_up => Event::Debuggee(event),
            Some(event) = self.work.recv(), if !is_held_up => Event::Work(event),
            Some(aside) = self.asides.recv() => Event::Aside(aside),
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => Event::Overdue,
            () = sleep_until(abandoned.unwrap_or_else(Instant::now)), if abandoned.is_some() => Event::Abandoned,
            heard = audience.listen(), if !is_entering => Event::Audience(heard),
        }
    }
}

/// What the debuggee says; waits for ever where there is none.
async fn receive(inbox: &mut Option<mpsc::Receiver<DebuggeeEvent>>) -> Option<DebuggeeEvent> {
    match inbox {
        Some(inbox) => inbox.recv().await,
        None => std::future::pending().await,
    }
}

impl Session {
    fn handle(&mut self, event: Event, debuggee_inbox: &mut Option<mpsc::Receiver<DebuggeeEvent>>) {
        match event {
            Event::Audience(Heard::Said(id, incoming)) => self.client_said(id, incoming),
            Event::Audience(Heard::Gone(id)) => self.member_gone(id),
            Event::Audience(Heard::CaughtUp) => {}
            Event::Audience(Heard::Behind(id)) => {
                tracing::warn!("a client reads nothing and is left");
                self.outgoing.leave(id);
                self.tell(
                    types::OutputEventCategory::Important,
                    "another client of this session read nothing any more, and was left\n",
                );
            }
            Event::Interrupted => self.client_gone(),
            // What was on its way when the end began is of no interest any more.
            Event::Work(WorkEvent::Progress(_) | WorkEvent::Output(_) | WorkEvent::Saved)
                if self.phase.is_over() => {}
            Event::Work(WorkEvent::Saved) => self.script_saved(),
            Event::Work(WorkEvent::Reread(result)) => self.reread(result),
            Event::Work(WorkEvent::Progress(step)) => {
                self.progress.update(step, &mut self.outgoing)
            }
            Event::Work(WorkEvent::Output(text)) => {
                self.tell(types::OutputEventCategory::Console, &text)
            }
            Event::Work(WorkEvent::Prepared(prepared)) => {
                *debuggee_inbox = self.prepared(*prepared)
            }
            Event::Work(WorkEvent::Failed(failure)) => self.preparing_failed(&failure),
            Event::Debuggee(event) => self.debuggee_event(event),
            Event::Aside(aside) => self.aside(aside),
            Event::Abandoned => {
                tracing::warn!("nobody has attached to the session, so it ends");
                self.client_gone();
            }
            Event::Overdue if self.urgency == Some(Urgency::Gentle) => {
                tracing::warn!("the driver has not ended in time and is killed");
                self.kill(match self.disconnecting.is_empty() {
                    false => PATIENCE_OF_DISCONNECT.saturating_sub(PATIENCE_OF_CLEAN_UP),
                    true => PATIENCE_OF_KILL,
                });
            }
            Event::Overdue => {
                tracing::warn!("the driver has not ended in time; the reaper goes on with it");
                self.finish();
            }
        }
        if self.relaunch() {
            *debuggee_inbox = None;
        }
    }

    fn client_said(&mut self, id: MemberId, incoming: Incoming) {
        match incoming {
            Incoming::Message(Message::Request(request)) => {
                let request = self.outgoing.received(id, request);
                self.dispatch(request);
            }
            Incoming::Message(Message::Response(response)) => {
                if let Some(response) = self.outgoing.answered(id, response) {
                    self.client_response(&response);
                }
            }
            Incoming::Message(Message::Event(_)) => {}
            Incoming::Malformed(error) => {
                tracing::warn!("a client: {error}");
                self.outgoing.event_for::<events::Output>(
                    id,
                    &types::OutputEvent {
                        category: Some(types::OutputEventCategory::Stderr),
                        output: format!("the debug adapter {error}\n"),
                        ..types::OutputEvent::default()
                    },
                );
            }
            Incoming::Broken(error) => {
                tracing::error!("{error}; the client speaks no DAP and is left");
                self.member_gone(id);
            }
        }
    }

    /// A client has left without a word. With the one that launched the session ends.
    fn member_gone(&mut self, id: MemberId) {
        if self.outgoing.owner() == Some(id) {
            return self.client_gone();
        }
        self.outgoing.leave(id);
    }

    /// The client that launched has left without a word, or the process is told to go: everything ends.
    fn client_gone(&mut self) {
        self.is_client_gone = true;
        if self.debuggee.is_none() {
            self.cancel_preparing();
            self.phase = Phase::Ended;
            return;
        }
        self.phase = Phase::Ending;
        if self.urgency.is_none() {
            self.end_soon(PATIENCE_OF_KILL);
        }
    }

    /// Whether there is nothing left to say and nobody to say it to.
    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended) && self.disconnecting.is_empty() && self.is_client_gone
    }

    /// Stops the work of Nix, if it is at work.
    pub(crate) fn cancel_preparing(&mut self) {
        if let Phase::Preparing { cancellation } = &self.phase {
            cancellation.cancel();
        }
    }

    /// Ends the driver at once; if that takes longer than `patience`, nobody waits for it.
    pub(crate) fn kill(&mut self, patience: Duration) {
        if let Some(debuggee) = &self.debuggee {
            debuggee.kill();
        }
        self.urgency = Some(Urgency::Quick);
        self.deadline = Some(Instant::now() + patience);
    }

    /// Everything has ended, or is out of our hands: says so once, and answers what waits for it.
    pub(crate) fn finish(&mut self) {
        self.deadline = None;
        self.debuggee = None;
        if matches!(self.phase, Phase::Restarting) {
            return;
        }
        self.directory = None;
        self.progress.end(&mut self.outgoing);
        // Before a launch there is nothing that could have ended.
        if !matches!(self.phase, Phase::New | Phase::Initialized | Phase::Ended) {
            self.outgoing
                .event::<events::Terminated>(&types::TerminatedEvent::default());
        }
        self.phase = Phase::Ended;
        self.awaiting_the_end.clear();
        let mut leaving = Vec::new();
        for request in std::mem::take(&mut self.disconnecting) {
            self.is_client_gone |= self.outgoing.is_owners(&request);
            leaving.extend(self.outgoing.asker(&request));
            self.outgoing.respond_raw(&request, Ok(None));
        }
        // They have nothing more to say: this was their last request.
        for id in leaving {
            self.outgoing.leave(id);
        }
    }

    /// Writes to the clients' consoles.
    pub(crate) fn tell(&mut self, category: types::OutputEventCategory, text: &str) {
        self.tell_at(category, text, None);
    }

    /// As [`Self::tell`], about a place, which clients lead to.
    pub(crate) fn tell_at(
        &mut self,
        category: types::OutputEventCategory,
        text: &str,
        place: Option<&ClientPlace>,
    ) {
        self.outgoing.event::<events::Output>(&types::OutputEvent {
            category: Some(category),
            output: self.client.presentable_log(text),
            source: place.map(|place| self.source_to_client(&place.source)),
            line: place.map(|place| self.client.line_to_client(place.line)),
            column: place.map(|place| self.client.column_to_client(place.column)),
            ..types::OutputEvent::default()
        });
    }
}
