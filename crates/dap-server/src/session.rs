//! The session: the one owner of everything that is known about a debug session, and its one loop.
//!
//! Whatever happens arrives as an [`Event`]; [`Session::handle`] never waits. Which request is served by whom is told in
//! `dispatch.rs`, when it is admitted in `phase.rs`; here is what the client's requests share with what happens by itself.

use std::pin::Pin;
use std::time::Duration;

use dap_protocol::{Connection, Incoming, Message, Outgoing, RequestMessage, events, types};
use debuggee::{Debuggee, DebuggeeEvent, SessionDirectory};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::Environment;
use crate::agent::AgentLink;
use crate::breakpoints::Ledger;
use crate::client::Client;
use crate::control::{Aside, Control};
use crate::guests::Guests;
use crate::launch_arguments::LaunchArguments;
use crate::phase::Phase;
use crate::preparing::{Prepared, WorkEvent};
use crate::progress::Progress;
use crate::script::{ClientPlace, Script};
use crate::terminal::Terminals;

/// How long a driver may take to be killed; then the reaper is left to finish alone.
pub(crate) const PATIENCE_OF_KILL: Duration = Duration::from_secs(5);

/// How long Nix may take to end after it was told to.
const PATIENCE_WITH_NIX: Duration = Duration::from_secs(6);

/// How long a client may take to read what was said last.
const PATIENCE_WITH_CLIENT: Duration = Duration::from_secs(2);

/// How long `disconnect` may take. VS Code kills an adapter after two seconds.
pub(crate) const PATIENCE_OF_DISCONNECT: Duration = Duration::from_millis(1700);

/// How much of that a driver that was asked to end before may go on cleaning up.
pub(crate) const PATIENCE_OF_CLEAN_UP: Duration = Duration::from_millis(900);

/// How much output, in bytes, is sent to a client before it has to show that it takes it.
const MOST_UNTAKEN_OUTPUT: usize = 256 * 1024;

/// What an event that names a place has beside its text, in bytes.
const SIZE_OF_EVENT: usize = 256;

/// How many words of the work behind `launch` wait for the session.
const WORK_AHEAD: usize = 256;

/// How many questions of other programs wait for the session.
const ASIDES_AHEAD: usize = 16;

/// Everything that can happen to a session.
#[derive(Debug)]
enum Event {
    /// The client said something.
    Client(Incoming),
    /// The client will say nothing more.
    ClientGone,
    /// The work behind `launch` went on.
    Work(WorkEvent),
    /// The driver or the agent said something.
    Debuggee(DebuggeeEvent),
    /// Another program wants something.
    Aside(Aside),
    /// The client has taken what the debuggee wrote.
    CaughtUp,
    /// The process was told to go.
    Interrupted,
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

/// One debug session with one client.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) environment: Environment,
    pub(crate) outgoing: Outgoing,
    pub(crate) client: Client,
    pub(crate) phase: Phase,
    pub(crate) ledger: Ledger,
    /// The filters of `setExceptionBreakpoints`; none until the client has said which.
    pub(crate) exception_filters: Option<Vec<String>>,
    /// Whether the client has said everything that it wants to say before the script runs.
    pub(crate) is_configured: bool,
    pub(crate) launch: LaunchArguments,
    pub(crate) prepared: Prepared,
    pub(crate) script: Option<Script>,
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
    /// Every `disconnect`, which are answered when everything has ended.
    pub(crate) disconnecting: Vec<RequestMessage>,
    pub(crate) work: mpsc::Sender<WorkEvent>,
    pub(crate) asides: mpsc::Sender<Aside>,
    /// Bytes that were put out since the client was last known to keep up.
    untaken_output: usize,
    /// The work behind `launch`, from when it is begun.
    pub(crate) preparing: Option<JoinHandle<()>>,
    /// When patience ends.
    pub(crate) deadline: Option<Instant>,
    /// How the end was asked for, if it was.
    pub(crate) urgency: Option<Urgency>,
    is_client_gone: bool,
}

/// Where events come from.
struct Inboxes {
    client: mpsc::Receiver<Incoming>,
    is_client_open: bool,
    work: mpsc::Receiver<WorkEvent>,
    debuggee: Option<mpsc::Receiver<DebuggeeEvent>>,
    asides: mpsc::Receiver<Aside>,
    interrupted: CancellationToken,
    is_interrupted: bool,
    /// Completes when the client has taken what was put out; until then whoever puts out has to wait.
    catching_up: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Serves one client until it disconnects, goes, or `interrupted` is cancelled. When it returns, no process of the session
/// is left, or the reaper is about to end the last.
pub(crate) async fn serve_session(
    connection: Connection,
    environment: Environment,
    interrupted: CancellationToken,
) {
    let (work, work_inbox) = mpsc::channel(WORK_AHEAD);
    let (asides, asides_inbox) = mpsc::channel(ASIDES_AHEAD);
    let mut session = Session {
        environment,
        outgoing: connection.outgoing,
        client: Client::default(),
        phase: Phase::New,
        ledger: Ledger::default(),
        exception_filters: None,
        is_configured: false,
        launch: LaunchArguments::default(),
        prepared: Prepared::default(),
        script: None,
        link: None,
        was_linked: false,
        is_undebugged: false,
        directory: None,
        control: None,
        guests: Guests::default(),
        terminals: Terminals::default(),
        debuggee: None,
        progress: Progress::default(),
        disconnecting: Vec::new(),
        work,
        asides,
        untaken_output: 0,
        preparing: None,
        deadline: None,
        urgency: None,
        is_client_gone: false,
    };
    let mut inboxes = Inboxes {
        client: connection.incoming,
        is_client_open: true,
        work: work_inbox,
        debuggee: None,
        asides: asides_inbox,
        interrupted,
        is_interrupted: false,
        catching_up: None,
    };
    while !session.is_over() {
        let event = inboxes.next(session.deadline).await;
        session.handle(event, &mut inboxes.debuggee);
        if let Some(control) = session.control.as_ref().filter(|_| session.phase.is_over()) {
            control.end_shells();
        }
        if session.untaken_output > MOST_UNTAKEN_OUTPUT && inboxes.catching_up.is_none() {
            session.untaken_output = 0;
            let flushed = session.outgoing.when_flushed();
            // A client that is gone is noticed elsewhere.
            inboxes.catching_up = Some(Box::pin(async { flushed.await.unwrap_or_default() }));
        }
    }
    if let Some(control) = session.control.take() {
        control.close().await;
    }
    // Nix ends its builders when it is told to, which takes it a moment; a process that ends before it would cut it short.
    if let Some(preparing) = session.preparing.take() {
        let _slow_nix_is_left_to_itself = timeout(PATIENCE_WITH_NIX, preparing).await;
    }
    // A client that does not read must not keep the adapter alive.
    if !matches!(
        timeout(PATIENCE_WITH_CLIENT, session.outgoing.close()).await,
        Ok(Ok(()))
    ) {
        tracing::debug!("the client left before everything was said");
    }
}

impl Inboxes {
    async fn next(&mut self, deadline: Option<Instant>) -> Event {
        tokio::select! {
            // In this order, so that what the agent said before the driver ended is heard before anything new is asked.
            biased;
            () = self.interrupted.cancelled(), if !self.is_interrupted => {
                self.is_interrupted = true;
                Event::Interrupted
            }
            () = wait_for(&mut self.catching_up), if self.catching_up.is_some() => {
                self.catching_up = None;
                Event::CaughtUp
            }
            Some(event) = receive(&mut self.debuggee), if self.catching_up.is_none() => Event::Debuggee(event),
            Some(event) = self.work.recv(), if self.catching_up.is_none() => Event::Work(event),
            Some(aside) = self.asides.recv() => Event::Aside(aside),
            incoming = self.client.recv(), if self.is_client_open => match incoming {
                Some(incoming) => Event::Client(incoming),
                None => {
                    self.is_client_open = false;
                    Event::ClientGone
                }
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => Event::Overdue,
        }
    }
}

async fn wait_for(future: &mut Option<Pin<Box<dyn Future<Output = ()> + Send>>>) {
    if let Some(future) = future {
        future.await;
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
            Event::Client(Incoming::Message(Message::Request(request))) => self.dispatch(request),
            Event::Client(Incoming::Message(Message::Response(response))) => {
                self.client_response(&response);
            }
            Event::Client(Incoming::Message(Message::Event(_))) => {}
            Event::Client(Incoming::Malformed(error)) => {
                tracing::warn!("the client: {error}");
                // Nothing may be said before `initialize` is answered.
                if matches!(self.phase, Phase::New) {
                    return;
                }
                self.tell(
                    types::OutputEventCategory::Stderr,
                    &format!("the debug adapter {error}\n"),
                );
            }
            Event::Client(Incoming::Broken(error)) => {
                tracing::error!("{error}; the client speaks no DAP, so the session ends");
                self.client_gone();
            }
            Event::ClientGone | Event::Interrupted => self.client_gone(),
            Event::CaughtUp => {}
            // What was on its way when the end began is of no interest any more.
            Event::Work(WorkEvent::Progress(_) | WorkEvent::Output(_)) if self.phase.is_over() => {}
            Event::Work(WorkEvent::Progress(step)) => {
                self.progress.update(step, &self.client, &mut self.outgoing)
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
    }

    /// The client has left without a word, or the process is told to go: everything ends.
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
        self.directory = None;
        self.progress.end(&mut self.outgoing);
        // Before a launch there is nothing that could have ended.
        if !matches!(self.phase, Phase::New | Phase::Initialized | Phase::Ended) {
            self.outgoing
                .event::<events::Terminated>(&types::TerminatedEvent::default());
        }
        self.phase = Phase::Ended;
        for request in std::mem::take(&mut self.disconnecting) {
            self.outgoing.respond_raw(&request, Ok(None));
            // The client has nothing more to say: this was its last request.
            self.is_client_gone = true;
        }
    }

    /// Writes to the client's console.
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
        let output = types::OutputEvent {
            category: Some(category),
            output: self.client.presentable_log(text),
            source: place.map(|place| self.source_to_client(&place.source)),
            line: place.map(|place| self.client.line_to_client(place.line)),
            column: place.map(|place| self.client.column_to_client(place.column)),
            ..types::OutputEvent::default()
        };
        let rest = if place.is_some() { SIZE_OF_EVENT } else { 0 };
        self.untaken_output += text.len() + rest;
        self.outgoing.event::<events::Output>(&output);
    }
}
