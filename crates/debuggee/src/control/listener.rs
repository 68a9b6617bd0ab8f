//! The session's end of control connections.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use dap_protocol::Connection;
use nix::unistd::getuid;
use tokio::net::UnixListener;
use tokio::time::sleep;

use super::{Hello, HelloBody, PROTOCOL};
use crate::session_directory::SessionDirectory;

/// How long the system is left alone when it has no more connections to give.
const AFTER_A_REFUSAL: Duration = Duration::from_millis(100);

/// Listens for control connections. The socket goes when it is dropped.
#[derive(Debug)]
pub struct ControlListener {
    listener: UnixListener,
    path: PathBuf,
    session: String,
}

impl ControlListener {
    /// Listens in the session's directory.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(directory: &SessionDirectory) -> io::Result<Self> {
        let path = directory.control_socket();
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(Self {
            listener,
            path,
            session: directory.id().to_owned(),
        })
    }

    /// The next connection of a process of this user, which has been greeted.
    pub async fn accept(&self) -> Connection {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                sleep(AFTER_A_REFUSAL).await;
                continue;
            };
            let is_own = stream
                .peer_cred()
                .is_ok_and(|peer| peer.uid() == getuid().as_raw());
            if !is_own {
                tracing::warn!("a process of another user is sent away from the control socket");
                continue;
            }
            let mut connection = Connection::over(stream);
            connection.outgoing.event::<Hello>(&HelloBody {
                protocol: PROTOCOL,
                session: self.session.clone(),
            });
            return connection;
        }
    }
}

impl Drop for ControlListener {
    fn drop(&mut self) {
        let _gone_with_the_directory = fs::remove_file(&self.path);
    }
}
