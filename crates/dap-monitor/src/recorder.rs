//! Writes a conversation down while it takes place, in the form that [`crate::recording`] reads: a line of JSON per message.
//!
//! Everything that is said is written, secrets in it included, so the file belongs to its user alone.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use dap_protocol::{Incoming, Listener, Message};
use serde_json::{Value, json};

use crate::Side;

/// A file that becomes a recording. It is the adapter's: what it receives is the client's.
#[derive(Debug)]
pub struct Recorder {
    /// None after it could not be written to, which ends the recording and nothing else. Both directions write; a line is
    /// written at once.
    file: Mutex<Option<File>>,
}

impl Recorder {
    /// Begins a recording in place of what the file held.
    ///
    /// # Errors
    /// When the file cannot be had.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        // It may have been there, and readable by others.
        if file.metadata()?.is_file() {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        Ok(Self {
            file: Mutex::new(Some(file)),
        })
    }

    fn write(&self, sender: Side, what: &str, value: Value) {
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64());
        let mut line = json!({"direction": sender.to_string(), "time": (time * 1e6).round() / 1e6});
        line[what] = value;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file
            .as_mut()
            .map(|file| file.write_all(format!("{line}\n").as_bytes()));
        if let Some(Err(_)) = written {
            *file = None;
        }
    }
}

impl Listener for Recorder {
    fn received(&self, incoming: &Incoming) {
        match incoming {
            Incoming::Message(message) => self.write(Side::Client, "message", json!(message)),
            Incoming::Malformed(error) => {
                self.write(Side::Client, "malformed", error.to_string().into());
            }
            Incoming::Broken(error) => {
                self.write(Side::Client, "malformed", error.to_string().into());
            }
        }
    }

    fn sent(&self, message: &Message) {
        self.write(Side::Adapter, "message", json!(message));
    }
}
