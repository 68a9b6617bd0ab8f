//! The session as other programs of the user reach it: who asks at the control socket, and how the answers get there.
//!
//! Each connection is attended by a task, which asks the session by an [`Aside`] and is answered through the sender in it. What
//! is said on a connection is told in [`debuggee::control`]; shells are in `shells.rs`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use dap_protocol::{Connection, Incoming, Message, RequestMessage};
use debuggee::SessionDirectory;
use debuggee::control::{
    ControlListener, Describe, End, Join, Malformed, OpenShell, Remark, SessionDescription, Wait,
    WaitResponse,
};
use machines::shared_qmp::SharedQmp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::attaching::Joining;
use crate::errors::RequestError;
use crate::shells;

/// How long a program may take to read what was said to it last.
const PATIENCE_WITH_PROGRAMS: Duration = Duration::from_secs(1);

/// How many connections there may be at once: no program may use up the files that a process can have open.
const MOST_CONNECTIONS: usize = 100;

/// What tasks beside the session bring.
#[derive(Debug)]
pub(crate) enum Aside {
    /// Somebody wants to know how the session stands.
    Describe(oneshot::Sender<SessionDescription>),
    /// Somebody wants to follow the session.
    Join(Box<Joining>),
    /// Somebody wants the test to end, and to know when it has.
    End(oneshot::Sender<()>),
    /// The client of this adapter wants to attach, and a session was found, or none.
    Entered(Box<(RequestMessage, Result<Connection, RequestError>)>),
    /// Somebody wants to enter a machine.
    Enter {
        machine: String,
        reply: oneshot::Sender<Result<Guest, RequestError>>,
    },
    /// A command is to be run in a machine by the driver, as soon as that is possible.
    GuestCommand {
        /// Unique among those of the session.
        number: i64,
        machine: String,
        command: String,
        news: mpsc::Sender<GuestNews>,
    },
    /// Nobody waits for a command any more.
    ForgetGuestCommand(i64),
    /// Somebody wants to know what the script waits for, or to end that.
    Wait {
        /// In a word: how it is to end.
        how: Option<String>,
        reply: oneshot::Sender<Result<String, RequestError>>,
    },
    /// The client has had time enough to open a terminal.
    TerminalOverdue(i64),
}

/// A machine that can be entered.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) name: String,
    /// QEMU's control socket, which is ours alone.
    pub(crate) qmp: SharedQmp,
    /// Whether its shell is not there yet.
    pub(crate) is_booting: bool,
}

/// What becomes of a command in a machine.
#[derive(Debug)]
pub(crate) enum GuestNews {
    /// It waits for another one, which is described for people.
    Behind(String),
    /// It has run.
    Ended { status: i64, output: String },
    /// It will not run. Nothing follows.
    Refused(RequestError),
}

/// The control socket of a session. It is closed by [`Control::close`], or when this is dropped.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) directory: PathBuf,
    pub(crate) started: Instant,
    ends: Ends,
    task: JoinHandle<()>,
}

/// What ends the tasks of the control socket.
#[derive(Debug, Clone)]
struct Ends {
    /// The session is ending, and its machines with it.
    shells: CancellationToken,
    /// Nothing will be answered any more.
    all: CancellationToken,
}

/// What a connection's task knows.
#[derive(Debug, Clone)]
pub(crate) struct Attendant {
    pub(crate) session: mpsc::Sender<Aside>,
    pub(crate) directory: PathBuf,
    /// Cancelled when the session ends.
    pub(crate) ending: CancellationToken,
    last_number: Arc<AtomicI64>,
}

impl Attendant {
    /// A number that was never given before in this session.
    pub(crate) fn number(&self) -> i64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Control {
    /// Listens in the session's directory from now on. What is asked arrives at `session`.
    pub(crate) fn open(
        directory: &SessionDirectory,
        session: mpsc::Sender<Aside>,
    ) -> io::Result<Self> {
        let listener = ControlListener::bind(directory)?;
        let ends = Ends {
            shells: CancellationToken::new(),
            all: CancellationToken::new(),
        };
        let attendant = Attendant {
            session,
            directory: directory.path().to_owned(),
            ending: ends.shells.clone(),
            last_number: Arc::default(),
        };
        Ok(Self {
            id: directory.id().to_owned(),
            directory: directory.path().to_owned(),
            started: Instant::now(),
            // Ends when `all` is cancelled, after the connections have.
            task: tokio::spawn(listen(listener, attendant, ends.all.clone())),
            ends,
        })
    }

    /// Tells whoever is in a shell that the session ends, and lets nobody in any more.
    pub(crate) fn end_shells(&self) {
        self.ends.shells.cancel();
    }

    /// Ends all conversations.
    pub(crate) async fn close(mut self) {
        self.end_shells();
        self.ends.all.cancel();
        let _slow_readers_are_left = timeout(PATIENCE_WITH_PROGRAMS, &mut self.task).await;
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.ends.shells.cancel();
        self.ends.all.cancel();
    }
}

async fn listen(listener: ControlListener, attendant: Attendant, over: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MOST_CONNECTIONS {
            // Those who come now wait until somebody leaves.
            over.run_until_cancelled(connections.join_next()).await;
        }
        let Some(connection) = over.run_until_cancelled(listener.accept()).await else {
            break;
        };
        // Ends with its connection, or soon after `over`.
        connections.spawn(attend(connection, attendant.clone(), over.clone()));
    }
    drop(listener);
    connections.join_all().await;
}

async fn attend(mut connection: Connection, attendant: Attendant, over: CancellationToken) {
    while let Some(Some(incoming)) = over.run_until_cancelled(connection.incoming.recv()).await {
        match incoming {
            Incoming::Message(Message::Request(request)) if request.is::<OpenShell>() => {
                return shells::serve(connection, &request, attendant).await;
            }
            Incoming::Message(Message::Request(request)) if request.is::<Join>() => {
                return join(connection, request, &attendant).await;
            }
            Incoming::Message(Message::Request(request)) => {
                answer(&mut connection, &request, &attendant).await;
                // Whoever asks and asks and does not read has to wait.
                let _whoever_is_gone_shows =
                    over.run_until_cancelled(connection.outgoing.flush()).await;
            }
            Incoming::Message(Message::Response(_) | Message::Event(_)) => {}
            Incoming::Malformed(error) => {
                connection.outgoing.event::<Malformed>(&Remark {
                    message: error.to_string(),
                });
                let _whoever_is_gone_shows =
                    over.run_until_cancelled(connection.outgoing.flush()).await;
            }
            Incoming::Broken(_) => break,
        }
    }
    say_goodbye(connection).await;
}

/// Hands a connection over to the session, as that of a client.
async fn join(mut connection: Connection, request: RequestMessage, attendant: &Attendant) {
    let arguments = match request.parse::<Join>() {
        Ok(arguments) => arguments,
        Err(error) => {
            let error = RequestError::arguments(&request.command, &error.to_string());
            refuse(&mut connection, &request, &error);
            return say_goodbye(connection).await;
        }
    };
    let joining = Joining {
        connection,
        request,
        arguments,
    };
    let _session_is_over = attendant.session.send(Aside::Join(Box::new(joining))).await;
}

async fn answer(connection: &mut Connection, request: &RequestMessage, attendant: &Attendant) {
    if request.is::<End>() {
        let (reply, ended) = oneshot::channel();
        let asked = attendant.session.send(Aside::End(reply)).await;
        let _answered_or_over = (asked, ended.await);
        return connection.outgoing.respond::<End>(request, Ok(()));
    }
    if request.is::<Wait>() {
        return answer_wait(connection, request, attendant).await;
    }
    if !request.is::<Describe>() {
        return refuse(
            connection,
            request,
            &RequestError::unsupported(&request.command),
        );
    }
    let (reply, answer) = oneshot::channel();
    let asked = attendant.session.send(Aside::Describe(reply)).await;
    match (asked, answer.await) {
        (Ok(()), Ok(description)) => connection
            .outgoing
            .respond::<Describe>(request, Ok(description)),
        _ => refuse(connection, request, &RequestError::session_ending()),
    }
}

async fn answer_wait(connection: &mut Connection, request: &RequestMessage, attendant: &Attendant) {
    let how = match request.parse::<Wait>() {
        Ok(arguments) => arguments.how,
        Err(error) => {
            let error = RequestError::arguments(&request.command, &error.to_string());
            return refuse(connection, request, &error);
        }
    };
    let (reply, answer) = oneshot::channel();
    let asked = attendant.session.send(Aside::Wait { how, reply }).await;
    match (asked, answer.await) {
        (Ok(()), Ok(Ok(text))) => connection
            .outgoing
            .respond::<Wait>(request, Ok(WaitResponse { text })),
        (Ok(()), Ok(Err(error))) => refuse(connection, request, &error),
        _ => refuse(connection, request, &RequestError::session_ending()),
    }
}

/// Answers a request that cannot be served.
pub(crate) fn refuse(connection: &mut Connection, request: &RequestMessage, error: &RequestError) {
    connection
        .outgoing
        .respond_raw(request, Err(error.to_response()));
}

/// Lets the other side read what was said last.
pub(crate) async fn say_goodbye(connection: Connection) {
    let _whoever_does_not_read_is_left =
        timeout(PATIENCE_WITH_PROGRAMS, connection.outgoing.close()).await;
}
