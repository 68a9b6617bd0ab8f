//! One control connection for many users.
//!
//! QEMU serves one client per control socket, so a task owns the connection; what others want of QEMU they ask of the task,
//! through a [`SharedQmp`]. Events go to everybody who asked for them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::qmp::{Event, Qmp, QmpError};

/// How many questions wait for QEMU before whoever asks has to wait.
const ORDERS_AHEAD: usize = 16;

/// How many events wait for the slowest listener before it loses the oldest.
const EVENTS_AHEAD: usize = 256;

/// A way to one QEMU. Clones lead to the same connection, which is closed when the last of them is dropped.
#[derive(Debug, Clone)]
pub struct SharedQmp {
    orders: mpsc::Sender<Order>,
    path: PathBuf,
}

/// What is asked of the task.
#[derive(Debug)]
enum Order {
    Execute {
        command: &'static str,
        arguments: Option<Value>,
        reply: oneshot::Sender<Result<Value, QmpError>>,
    },
    Listen(oneshot::Sender<Result<broadcast::Receiver<Event>, QmpError>>),
}

impl Order {
    fn refuse(self, error: QmpError) {
        match self {
            Self::Execute { reply, .. } => {
                let _asker_is_gone = reply.send(Err(error));
            }
            Self::Listen(reply) => {
                let _asker_is_gone = reply.send(Err(error));
            }
        }
    }
}

impl SharedQmp {
    /// Connects to the control socket at `path`, behind the caller's back: what is asked meanwhile waits, and the first to ask
    /// hears why there is no connection. `deadline` holds for this and for every question.
    #[must_use]
    pub fn connect(path: &Path, deadline: Duration) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS_AHEAD);
        // Ends when QEMU does, or when nobody is left to ask anything.
        tokio::spawn(attend(path.to_owned(), deadline, inbox));
        Self {
            orders,
            path: path.to_owned(),
        }
    }

    /// Whether QEMU, or the connection to it, is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.orders.is_closed()
    }

    /// Runs a command and waits for its reply.
    ///
    /// # Errors
    /// As [`Qmp::execute`].
    pub async fn execute(
        &self,
        command: &'static str,
        arguments: Option<Value>,
    ) -> Result<Value, QmpError> {
        let (reply, answer) = oneshot::channel();
        let order = Order::Execute {
            command,
            arguments,
            reply,
        };
        self.orders.send(order).await.map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    /// The events from now on. The channel closes when QEMU is gone.
    ///
    /// # Errors
    /// If QEMU is gone already.
    pub async fn events(&self) -> Result<broadcast::Receiver<Event>, QmpError> {
        let (reply, answer) = oneshot::channel();
        let order = Order::Listen(reply);
        self.orders.send(order).await.map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    fn gone(&self) -> QmpError {
        QmpError::Connection {
            path: self.path.clone(),
            error: std::io::ErrorKind::NotConnected.into(),
        }
    }
}

async fn attend(path: PathBuf, deadline: Duration, mut inbox: mpsc::Receiver<Order>) {
    let mut qmp = match Qmp::connect(&path, deadline).await {
        Ok(qmp) => qmp,
        Err(error) => {
            inbox.close();
            if let Some(order) = inbox.recv().await {
                order.refuse(error);
            }
            return;
        }
    };
    let (events, _) = broadcast::channel(EVENTS_AHEAD);
    loop {
        tokio::select! {
            order = inbox.recv() => match order {
                Some(Order::Execute { command, arguments, reply }) => {
                    let result = qmp.execute(command, arguments).await;
                    let is_broken = matches!(
                        result,
                        Err(QmpError::Connection { .. } | QmpError::Protocol { .. })
                    );
                    let _asker_is_gone = reply.send(result);
                    if is_broken {
                        return;
                    }
                }
                Some(Order::Listen(reply)) => {
                    let _asker_is_gone = reply.send(Ok(events.subscribe()));
                }
                None => return,
            },
            event = qmp.next_event() => match event {
                Ok(event) => {
                    let _nobody_listens = events.send(event);
                }
                Err(_) => return,
            },
        }
    }
}
