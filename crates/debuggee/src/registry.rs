//! The sessions of this user that live now.
//!
//! There is no list of them: the session directories are the list, and a session lives when somebody answers at its control
//! socket.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::task::JoinSet;

use crate::control::{ControlClient, ControlError, Describe, SessionDescription, SessionState};
use crate::session_directory::{control_socket, is_private, parents};

/// Every live session, the oldest first. One that does not answer is listed as such.
pub async fn sessions() -> Vec<SessionDescription> {
    let mut asked = JoinSet::new();
    for directory in directories() {
        asked.spawn(describe(directory));
    }
    let mut sessions: Vec<_> = asked.join_all().await.into_iter().flatten().collect();
    sessions.sort_by(|one, other| (other.age_seconds, &one.id).cmp(&(one.age_seconds, &other.id)));
    sessions
}

/// What directories look like those of live sessions.
fn directories() -> impl Iterator<Item = PathBuf> {
    let parents = parents().into_iter().filter(|parent| is_private(parent));
    parents
        .filter_map(|parent| fs::read_dir(parent).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|directory| is_private(directory) && control_socket(directory).exists())
}

async fn describe(directory: PathBuf) -> Option<SessionDescription> {
    let answer = async {
        ControlClient::connect(&directory)
            .await?
            .request::<Describe>(&())
            .await
    };
    match answer.await {
        Ok(description) => Some(description),
        Err(ControlError::Dead { .. } | ControlError::Gone { .. }) => None,
        Err(error) => {
            tracing::info!("{error}");
            Some(SessionDescription {
                id: directory
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
                test: String::new(),
                state: SessionState::Unknown,
                age_seconds: age(&directory),
                directory,
                machines: Vec::new(),
                working_directory: PathBuf::new(),
                waiting_seconds: None,
            })
        }
    }
}

/// In seconds, by the directory itself.
fn age(directory: &Path) -> u64 {
    let made = fs::metadata(directory).and_then(|metadata| metadata.modified());
    made.ok()
        .and_then(|made| made.elapsed().ok())
        .map_or(0, |age| age.as_secs())
}
