//! Ports between host and guest: plugged into the virtio-serial bus that the driver's own console is on.
//!
//! A port is no console. A console drops what the host does not read in time, has no end that the guest could see, and does
//! not say under which name the guest knows it; a port waits for its reader, ends, and carries its name.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::net::{UnixListener, UnixStream};

use super::ShellError;
use crate::qmp::QmpError;
use crate::shared_qmp::SharedQmp;

/// How often QEMU is asked to free what a port used. It is busy until the guest's driver has let go of it.
const MOST_ATTEMPTS: u32 = 250;

/// How long it is left alone between two of them.
const BETWEEN_ATTEMPTS: std::time::Duration = std::time::Duration::from_millis(20);

/// A port that is plugged in. The guest sees it under its name.
#[derive(Debug)]
pub(super) struct Port {
    name: String,
}

impl Port {
    /// Plugs a port in. What the guest writes to it comes out of the stream, and the other way round.
    pub(super) async fn plug(
        qmp: &SharedQmp,
        directory: &Path,
        name: String,
    ) -> Result<(Self, UnixStream), ShellError> {
        let path = directory.join(format!("{name}.sock"));
        let listener = Listener::bind(path)?;
        let socket = json!({ "type": "unix", "data": { "path": listener.path } });
        let backend = json!({ "type": "socket", "data": { "addr": socket, "server": false } });
        qmp.execute(
            "chardev-add",
            Some(json!({ "id": name, "backend": backend })),
        )
        .await?;
        let port = Self { name };
        let device = json!({
            "driver": "virtserialport",
            "id": port.name,
            "chardev": port.name,
            "name": port.name,
        });
        // QEMU has connected when it answers, so that this does not wait.
        let plugged = match qmp.execute("device_add", Some(device)).await {
            Ok(_) => listener.accept().await.map_err(ShellError::Socket),
            Err(error) => Err(error.into()),
        };
        match plugged {
            Ok(stream) => Ok((port, stream)),
            Err(error) => {
                port.unplug(qmp).await;
                Err(error)
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Takes the port away: in the guest, readers see the end and writers fail. A QEMU that is gone needs no asking.
    pub(super) async fn unplug(self, qmp: &SharedQmp) {
        let id = || Some(json!({ "id": self.name }));
        // Fails when the device was never made.
        let _only_the_rest_is_left = qmp.execute("device_del", id()).await;
        for _ in 0..MOST_ATTEMPTS {
            match qmp.execute("chardev-remove", id()).await {
                Err(QmpError::Refused { .. }) => tokio::time::sleep(BETWEEN_ATTEMPTS).await,
                Ok(_) | Err(_) => return,
            }
        }
        tracing::warn!("QEMU does not free the port {}", self.name);
    }
}

/// A socket that waits for QEMU. Its file goes when it is dropped.
struct Listener {
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    fn bind(path: PathBuf) -> Result<Self, ShellError> {
        let listener = UnixListener::bind(&path).map_err(ShellError::Socket)?;
        Ok(Self { listener, path })
    }

    async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _gone_is_fine = std::fs::remove_file(&self.path);
    }
}
