//! The other programs' end of control connections.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dap_protocol::{Connection, Incoming, Message, ParseError, Request};
use nix::unistd::getuid;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{Hello, HelloBody, PROTOCOL};
use crate::session_directory::control_socket;

/// How long a session may take to answer what it can answer at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a session could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody listens.
    #[error(
        "there is no live session at {path}: {source}; 'nixtest-dap sessions' lists those that live"
    )]
    Dead {
        /// The directory of the session.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else listens.
    #[error("the session at {path} belongs to another user, who alone can reach it")]
    AnotherUser {
        /// The directory of the session.
        path: PathBuf,
    },
    /// Somebody listens and does not answer.
    #[error("the session at {path} does not answer; its adapter may be stopped, or very busy")]
    Silent {
        /// The directory of the session.
        path: PathBuf,
    },
    /// The session is of another version of this program.
    #[error(
        "the session at {path} speaks version {found} of the control protocol and this program version {PROTOCOL}: use the program \
         that started the session"
    )]
    AnotherProtocol {
        /// The directory of the session.
        path: PathBuf,
        /// The version of the session.
        found: u32,
    },
    /// The session has ended, or closed the connection.
    #[error("the session at {path} has ended")]
    Gone {
        /// The directory of the session.
        path: PathBuf,
    },
    /// The session refuses.
    #[error(transparent)]
    Refused(#[from] ParseError),
}

/// A connection to a session.
#[derive(Debug)]
pub struct ControlClient {
    path: PathBuf,
    connection: Connection,
}

impl ControlClient {
    /// Connects to the session that lives in `directory`.
    ///
    /// # Errors
    /// [`ControlError`] when there is none, or none that is understood.
    pub async fn connect(directory: &Path) -> Result<Self, ControlError> {
        let path = directory.to_owned();
        let connecting = async {
            let stream = UnixStream::connect(control_socket(directory)).await;
            let stream = stream.map_err(|source| ControlError::Dead {
                path: path.clone(),
                source,
            })?;
            // What comes from there is shown in a terminal.
            let is_own = stream
                .peer_cred()
                .is_ok_and(|peer| peer.uid() == getuid().as_raw());
            if !is_own {
                return Err(ControlError::AnotherUser { path: path.clone() });
            }
            let mut client = Self {
                path: path.clone(),
                connection: Connection::over(stream),
            };
            let HelloBody { protocol, .. } = client.hello().await?;
            match protocol {
                PROTOCOL => Ok(client),
                found => Err(ControlError::AnotherProtocol {
                    path: path.clone(),
                    found,
                }),
            }
        };
        match timeout(PATIENCE, connecting).await {
            Ok(result) => result,
            Err(_) => Err(ControlError::Silent { path }),
        }
    }

    async fn hello(&mut self) -> Result<HelloBody, ControlError> {
        loop {
            match self.receive().await? {
                Message::Event(event) => return Ok(event.parse::<Hello>()?),
                Message::Request(_) | Message::Response(_) => {}
            }
        }
    }

    /// Asks something that the session can answer at once.
    ///
    /// # Errors
    /// [`ControlError`] when it does not.
    pub async fn request<R: Request>(
        &mut self,
        arguments: &R::Arguments,
    ) -> Result<R::Response, ControlError> {
        self.request_within::<R>(arguments, PATIENCE).await
    }

    /// Asks something that may take the session a while.
    ///
    /// # Errors
    /// [`ControlError`] when it does not answer in time.
    pub async fn request_within<R: Request>(
        &mut self,
        arguments: &R::Arguments,
        patience: Duration,
    ) -> Result<R::Response, ControlError> {
        let seq = self.connection.outgoing.request::<R>(arguments);
        let path = self.path.clone();
        let answer = async {
            loop {
                match self.receive().await? {
                    Message::Response(response) if response.request_seq == seq => {
                        return Ok(response.parse::<R>()?);
                    }
                    _ => {}
                }
            }
        };
        match timeout(patience, answer).await {
            Ok(result) => result,
            Err(_) => Err(ControlError::Silent { path }),
        }
    }

    /// The conversation from here on.
    #[must_use]
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    async fn receive(&mut self) -> Result<Message, ControlError> {
        match self.connection.incoming.recv().await {
            Some(Incoming::Message(message)) => Ok(message),
            Some(Incoming::Malformed(_) | Incoming::Broken(_)) | None => Err(ControlError::Gone {
                path: self.path.clone(),
            }),
        }
    }
}
