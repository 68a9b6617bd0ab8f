//! More clients for one session: `attach`, the control socket's `join`, and the ways in which clients leave.
//!
//! A client that attaches speaks to an adapter of its own, which has no session. That adapter finds the session that is meant, joins
//! it by its control socket, and from then on only passes messages on (`relay.rs`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use dap_protocol::{Connection, Request, RequestMessage, events, requests, types};
use debuggee::control::{ControlClient, Join, JoinArguments, JoinResponse, SessionDescription};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::audience::{MemberId, Stage};
use crate::capabilities::capabilities;
use crate::client::Client;
use crate::control::{Aside, refuse, say_goodbye};
use crate::errors::RequestError;
use crate::phase::Phase;
use crate::session::Session;

/// How many clients may follow a session.
const MOST_CLIENTS: usize = 20;

/// For how long a session that was left to itself waits for somebody, unless the launch says otherwise.
const DETACHED_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Arguments of `attach`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AttachArguments {
    /// The identifier of the session, or the beginning of it. Default: the only one, or the only one that was launched in the
    /// same directory.
    session: Option<String>,
    /// The directory by which a session is found that is not named. Default: that of the adapter.
    cwd: Option<PathBuf>,
}

/// Somebody who wants to join.
#[derive(Debug)]
pub(crate) struct Joining {
    pub(crate) connection: Connection,
    pub(crate) request: RequestMessage,
    pub(crate) arguments: JoinArguments,
}

/// The way into a session of another adapter.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) session: Connection,
    /// The client's `attach`, as the client sent it.
    pub(crate) attach: RequestMessage,
}

impl Session {
    /// A client of this session has joined it and is now let in; or this adapter has no session, and finds one.
    pub(crate) fn attach(&mut self, request: RequestMessage, _: types::AttachRequestArguments) {
        let is_new = self.outgoing.stage(&request) == Some(Stage::Initialized);
        match (&self.phase, self.outgoing.asker(&request)) {
            (Phase::Initialized, Some(_)) if is_new => self.look_for_session(request),
            (phase, _) if phase.is_over() => {
                self.refuse(&request, &RequestError::session_over());
            }
            (_, Some(id)) if is_new => {
                self.outgoing.respond_raw(&request, Ok(None));
                self.outgoing.event_for::<events::Initialized>(id, &());
            }
            _ => {
                let reason = "the client has a session already";
                self.refuse(
                    &request,
                    &RequestError::not_now(requests::Attach::COMMAND, reason),
                );
            }
        }
    }

    fn look_for_session(&mut self, request: RequestMessage) {
        let arguments = request.arguments.clone().unwrap_or_else(|| json!({}));
        let parsed =
            serde_json::from_value(arguments).map(|wanted: AttachArguments| AttachArguments {
                session: wanted.session.or_else(|| self.environment.session.clone()),
                ..wanted
            });
        let wanted = match parsed {
            Ok(wanted) => wanted,
            Err(error) => {
                let error = RequestError::arguments(&request.command, &error.to_string());
                return self.refuse(&request, &error);
            }
        };
        let joining = JoinArguments {
            initialize: self.introduction.clone(),
            last_seq: self.outgoing.last_seq(),
        };
        self.is_entering = true;
        let asides = self.asides.clone();
        // Ends by itself: everything in it has a deadline.
        tokio::spawn(async move {
            let entered = enter(&wanted, joining).await;
            let _session_is_over = asides
                .send(Aside::Entered(Box::new((request, entered))))
                .await;
        });
    }

    /// A session was found, or none.
    pub(crate) fn entered(
        &mut self,
        request: RequestMessage,
        entered: Result<Connection, RequestError>,
    ) {
        self.is_entering = false;
        match entered {
            Ok(session) => {
                let attach = self.outgoing.as_sent(&request);
                self.entrance = Some(Entrance { session, attach });
            }
            Err(error) => self.refuse(&request, &error),
        }
    }

    /// Lets one more client in, whose `attach` will follow.
    pub(crate) fn join(&mut self, joining: Joining) {
        let Joining {
            mut connection,
            request,
            arguments,
        } = joining;
        let refusal = match self.outgoing.len() {
            _ if self.phase.is_over() => Some(RequestError::session_over()),
            MOST_CLIENTS.. => Some(RequestError::too_many_clients(MOST_CLIENTS)),
            _ => None,
        };
        if let Some(error) = refusal {
            refuse(&mut connection, &request, &error);
            // Ends soon, whether or not the other side reads.
            tokio::spawn(say_goodbye(connection));
            return;
        }
        let body = JoinResponse {
            capabilities: capabilities(),
        };
        connection.outgoing.respond::<Join>(&request, Ok(body));
        connection.outgoing.count_on_from(arguments.last_seq);
        self.outgoing
            .join(connection, Client::new(&arguments.initialize));
    }

    /// A client that came late has said everything it wanted to say, and hears how the session stands.
    pub(crate) fn brief(&mut self, id: MemberId) {
        let stop = self
            .last_stop
            .clone()
            .filter(|_| matches!(self.phase, Phase::Stopped));
        self.outgoing.catch_up(id, stop.as_ref());
    }

    /// A client leaves and the session goes on, without an owner if it was that one.
    pub(crate) fn part(&mut self, request: &RequestMessage) {
        let Some(id) = self.outgoing.asker(request) else {
            return;
        };
        let is_owner = self.outgoing.is_owners(request);
        let (told, is_told) = oneshot::channel();
        if is_owner {
            self.is_client_gone = true;
            (self.environment.before_detaching)();
            let let_go = self.environment.let_go;
            // Ends when the client has read the answer, or gives up.
            tokio::spawn(async move {
                let _whatever_it_read = is_told.await;
                let_go();
            });
        }
        self.outgoing.respond_raw(request, Ok(None));
        self.outgoing.leave_with(id, told);
    }

    /// Notices that everybody has left, or that somebody has come.
    pub(crate) fn mind_the_audience(&mut self) {
        let is_left = self.is_client_gone && self.outgoing.len() == 0 && !self.phase.is_over();
        self.waiting_since = is_left.then(|| self.waiting_since.unwrap_or_else(Instant::now));
    }

    /// When a session that everybody has left ends by itself.
    pub(crate) fn waits_until(&self) -> Option<Instant> {
        let timeout = self.launch.detached_timeout.map(Duration::from_secs);
        match timeout.unwrap_or(DETACHED_TIMEOUT) {
            Duration::ZERO => None,
            // A time that the clock cannot show does not come.
            timeout => self
                .waiting_since
                .and_then(|since| since.checked_add(timeout)),
        }
    }
}

/// Joins the session that is meant.
async fn enter(
    wanted: &AttachArguments,
    joining: JoinArguments,
) -> Result<Connection, RequestError> {
    let sessions = debuggee::sessions().await;
    let own = std::env::current_dir().unwrap_or_default();
    let directory = wanted.cwd.as_ref().map_or(own.clone(), |cwd| own.join(cwd));
    let meant = choose(wanted.session.as_deref(), &directory, &sessions)?;
    let failed =
        |error: debuggee::control::ControlError| RequestError::cannot_attach(&error.to_string());
    let mut session = ControlClient::connect(&meant.directory)
        .await
        .map_err(failed)?;
    session.request::<Join>(&joining).await.map_err(failed)?;
    Ok(session.into_connection())
}

fn choose<'a>(
    wanted: Option<&str>,
    directory: &Path,
    sessions: &'a [SessionDescription],
) -> Result<&'a SessionDescription, RequestError> {
    let named = wanted.unwrap_or_default();
    let meant: Vec<_> = sessions
        .iter()
        .filter(|session| session.id.starts_with(named))
        .collect();
    let here = meant
        .iter()
        .filter(|session| session.working_directory == directory);
    match (
        meant.as_slice(),
        here.collect::<Vec<_>>().as_slice(),
        wanted,
    ) {
        ([only], ..) => Ok(only),
        (_, [only], None) => Ok(only),
        _ => Err(RequestError::no_such_session(wanted, &list(sessions))),
    }
}

/// The sessions in a few words.
fn list(sessions: &[SessionDescription]) -> String {
    let words: Vec<_> = sessions
        .iter()
        .map(|session| format!("{} ({})", session.id, session.test))
        .collect();
    words.join(", ")
}
