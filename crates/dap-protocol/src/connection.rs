//! Connections: two tasks that turn a byte stream into messages and messages into bytes.
//!
//! The reader task brings what the peer sends; the writer task takes what the session sends, so
//! that sending never waits for the peer. What is queued is not bounded: a session that floods a
//! client which does not read should wait with [`Outgoing::flush`] now and then. Nothing here
//! knows which request a response belongs to.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::codec::{Decoder, Encoder};

use crate::codec::{Codec, FramingError, Incoming};
use crate::message::{ErrorResponse, EventMessage, Message, RequestMessage};
use crate::payload::{self, Event, Request};

/// How many messages are read ahead of the session before the peer has to wait.
const READ_AHEAD: usize = 64;

/// How much is asked of the stream at once, in bytes.
const READ_SIZE: usize = 16 * 1024;

/// How many queued messages are written at once.
const WRITE_BATCH: usize = 64;

/// The capacity of each direction of a connection in memory, in bytes.
const MEMORY_CAPACITY: usize = 64 * 1024;

/// A conversation with one peer. Its two halves are used apart from each other.
#[derive(Debug)]
pub struct Connection {
    /// What the peer sends. The channel closes when the peer has closed its end, after
    /// [`Incoming::Broken`] when the stream broke. Dropping it ends the reader task.
    pub incoming: mpsc::Receiver<Incoming>,
    /// The way to the peer.
    pub outgoing: Outgoing,
}

/// Hears everything that passes a connection, in the order in which it passes. It is called by the tasks of the connection
/// and keeps them waiting.
pub trait Listener: Send + Sync {
    /// Something came from the peer.
    fn received(&self, incoming: &Incoming);
    /// A message is about to go to the peer, with its number.
    fn sent(&self, message: &Message);
}

/// Whoever hears nothing.
struct Nobody;

impl Listener for Nobody {
    fn received(&self, _: &Incoming) {}
    fn sent(&self, _: &Message) {}
}

impl Connection {
    /// Starts a conversation over two byte streams.
    ///
    /// Spawns the two tasks of the connection, so it must be called inside a tokio runtime.
    pub fn new<R, W>(reader: R, writer: W) -> Self
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        Self::heard_by(Arc::new(Nobody), reader, writer)
    }

    /// The same as [`Self::new`], with somebody who listens.
    pub fn heard_by<R, W>(listener: Arc<dyn Listener>, reader: R, writer: W) -> Self
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let (incoming_sender, incoming) = mpsc::channel(READ_AHEAD);
        // Started here; ends when the peer closes its end, when the stream breaks, or when the
        // session drops `incoming`.
        tokio::spawn(read_messages(reader, incoming_sender, listener.clone()));

        let (queue, queue_receiver) = mpsc::unbounded_channel();
        // Started here; ends when `outgoing` is closed or dropped, after it has written what was
        // queued, or at the first message that cannot be written.
        let writer_task = tokio::spawn(write_messages(writer, queue_receiver, listener));

        let outgoing = Outgoing {
            last_seq: 0,
            queue,
            writer_task,
        };
        Self { incoming, outgoing }
    }

    /// Starts a conversation over a stream that goes both ways: TCP, a unix socket.
    pub fn over<S>(stream: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (reader, writer) = tokio::io::split(stream);
        Self::new(reader, writer)
    }

    /// Starts a conversation over the process's standard input and output.
    ///
    /// tokio reads standard input on a thread that cannot be interrupted: a process that wants to
    /// end before its peer closes the stream leaves the runtime by `shutdown_background` or exits.
    #[must_use]
    pub fn stdio() -> Self {
        Self::new(tokio::io::stdin(), tokio::io::stdout())
    }

    /// The same as [`Self::stdio`], with somebody who listens.
    #[must_use]
    pub fn stdio_heard_by(listener: Arc<dyn Listener>) -> Self {
        Self::heard_by(listener, tokio::io::stdin(), tokio::io::stdout())
    }

    /// Two ends of a conversation inside the process. Its messages pass through the same bytes as
    /// everywhere else.
    #[must_use]
    pub fn memory() -> (Self, Self) {
        let (one, other) = tokio::io::duplex(MEMORY_CAPACITY);
        (Self::over(one), Self::over(other))
    }
}

/// The sending half of a connection, owned by one task.
///
/// It numbers messages 1, 2, 3, … in the order in which they go out. Sending neither waits nor
/// fails: that a peer is gone is seen at [`Connection::incoming`].
#[derive(Debug)]
pub struct Outgoing {
    last_seq: i64,
    queue: mpsc::UnboundedSender<Queued>,
    writer_task: JoinHandle<()>,
}

/// The peer no longer takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the peer closed the connection before everything was sent to it")]
pub struct ConnectionClosed;

/// What the writer task is asked to do.
#[derive(Debug)]
enum Queued {
    Write(Message),
    /// Report that everything before this was flushed.
    Report(oneshot::Sender<()>),
}

impl Outgoing {
    /// Sends a request and returns its number, by which the response is recognised.
    pub fn request<R: Request>(&mut self, arguments: &R::Arguments) -> i64 {
        let arguments = payload::to_wire(arguments).unwrap_or_else(|error| {
            log_without_json_form(R::COMMAND, &error);
            None
        });
        self.request_raw(R::COMMAND, arguments)
    }

    /// Sends a request that has no type.
    pub fn request_raw(&mut self, command: impl Into<String>, arguments: Option<Value>) -> i64 {
        self.send(Message::Request(RequestMessage {
            seq: 0,
            command: command.into(),
            arguments,
        }))
    }

    /// Answers a request.
    pub fn respond<R: Request>(
        &mut self,
        request: &RequestMessage,
        result: Result<R::Response, ErrorResponse>,
    ) {
        let result = result.and_then(|response| {
            payload::to_wire(&response).map_err(|error| {
                log_without_json_form(R::COMMAND, &error);
                ErrorResponse::new("the answer has no JSON form")
            })
        });
        self.respond_raw(request, result);
    }

    /// Answers a request with a body that has no type.
    pub fn respond_raw(
        &mut self,
        request: &RequestMessage,
        result: Result<Option<Value>, ErrorResponse>,
    ) {
        let response = match result {
            Ok(body) => request.success(body),
            Err(error) => request.failure(&error),
        };
        self.send(Message::Response(response));
    }

    /// Sends an event.
    pub fn event<E: Event>(&mut self, body: &E::Body) {
        match EventMessage::new::<E>(body) {
            Ok(event) => {
                self.send(Message::Event(event));
            }
            Err(error) => log_without_json_form(E::EVENT, &error),
        }
    }

    /// Sends an event that has no type.
    pub fn event_raw(&mut self, event: impl Into<String>, body: Option<Value>) {
        self.send(Message::Event(EventMessage {
            seq: 0,
            event: event.into(),
            body,
        }));
    }

    /// The number of the message that was sent last; 0 before the first.
    #[must_use]
    pub fn last_seq(&self) -> i64 {
        self.last_seq
    }

    /// Counts on from `last_seq`, for a conversation that somebody else has begun.
    pub fn count_on_from(&mut self, last_seq: i64) {
        self.last_seq = last_seq;
    }

    /// Sends a message that has its number already, and counts on from there.
    pub fn pass_on(&mut self, message: Message) {
        self.last_seq = message.seq();
        // As in `send`.
        let _ = self.queue.send(Queued::Write(message));
    }

    /// Numbers a message, sends it, and returns the number.
    pub fn send(&mut self, mut message: Message) -> i64 {
        self.last_seq += 1;
        message.set_seq(self.last_seq);
        // Fails only when the writer task has ended because the peer is gone.
        let _ = self.queue.send(Queued::Write(message));
        self.last_seq
    }

    /// Waits until everything that was sent has reached the stream.
    ///
    /// # Errors
    ///
    /// When the peer took less than that.
    pub async fn flush(&mut self) -> Result<(), ConnectionClosed> {
        self.when_flushed().await
    }

    /// Completes when everything that was sent until now has reached the stream; more may be sent
    /// meanwhile. It is how a session that floods its peer finds out that the peer keeps up.
    ///
    /// # Errors
    ///
    /// When the peer took less than that.
    pub fn when_flushed(
        &self,
    ) -> impl Future<Output = Result<(), ConnectionClosed>> + Send + use<> {
        let (report, flushed) = oneshot::channel();
        // When the writer task is gone the report is dropped, and waiting for it fails.
        let _ = self.queue.send(Queued::Report(report));
        async { flushed.await.map_err(|_| ConnectionClosed) }
    }

    /// As [`Self::close`], but a peer that has not taken everything within `patience` is cut off.
    ///
    /// # Errors
    ///
    /// When the peer took less than that.
    pub async fn close_within(self, patience: Duration) -> Result<(), ConnectionClosed> {
        let writer = self.writer_task.abort_handle();
        timeout(patience, self.close()).await.unwrap_or_else(|_| {
            writer.abort();
            Err(ConnectionClosed)
        })
    }

    /// Writes everything that was sent, closes the stream towards the peer, and waits for both.
    ///
    /// # Errors
    ///
    /// When the peer took less than that.
    pub async fn close(mut self) -> Result<(), ConnectionClosed> {
        let flushed = self.flush().await;
        let Self {
            queue, writer_task, ..
        } = self;
        drop(queue);
        // The task neither panics nor is it aborted, so its end says nothing new.
        let _ = writer_task.await;
        flushed
    }
}

/// The structures of this crate always have a JSON form; foreign ones with odd map keys may not.
fn log_without_json_form(name: &str, error: &serde_json::Error) {
    tracing::error!("the payload of `{name}` has no JSON form: {error}");
}

async fn read_messages(
    mut reader: impl AsyncRead + Unpin,
    incoming: mpsc::Sender<Incoming>,
    listener: Arc<dyn Listener>,
) {
    let mut codec = Codec::default();
    let mut buffer = BytesMut::new();
    loop {
        let read = tokio::select! {
            read = read_message(&mut reader, &mut codec, &mut buffer) => read,
            () = incoming.closed() => return,
        };
        let (item, is_last) = match read {
            Ok(Some(item)) => (item, false),
            Ok(None) => return,
            Err(error) => (Incoming::Broken(error), true),
        };
        listener.received(&item);
        if incoming.send(item).await.is_err() || is_last {
            return;
        }
    }
}

/// The next frame; `None` when the stream ends between two frames.
async fn read_message(
    reader: &mut (impl AsyncRead + Unpin),
    codec: &mut Codec,
    buffer: &mut BytesMut,
) -> Result<Option<Incoming>, FramingError> {
    loop {
        if let Some(item) = codec.decode(buffer)? {
            return Ok(Some(item));
        }
        buffer.reserve(READ_SIZE);
        if reader.read_buf(buffer).await? == 0 {
            return codec.decode_eof(buffer);
        }
    }
}

async fn write_messages(
    mut writer: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Queued>,
    listener: Arc<dyn Listener>,
) {
    let mut batch = Vec::with_capacity(WRITE_BATCH);
    while queue.recv_many(&mut batch, WRITE_BATCH).await > 0 {
        if let Err(error) = write_batch(&mut writer, &mut batch, &*listener).await {
            tracing::debug!("stopped writing to the peer: {error}");
            return;
        }
    }
    // The peer sees the end of the stream even while our reading half is still open.
    if let Err(error) = writer.shutdown().await {
        tracing::debug!("could not close the stream to the peer: {error}");
    }
}

async fn write_batch(
    writer: &mut (impl AsyncWrite + Unpin),
    batch: &mut Vec<Queued>,
    listener: &dyn Listener,
) -> io::Result<()> {
    let mut bytes = BytesMut::new();
    let mut reports = Vec::new();
    for queued in batch.drain(..) {
        match queued {
            Queued::Write(message) => {
                listener.sent(&message);
                Codec::default().encode(&message, &mut bytes)?;
            }
            Queued::Report(report) => reports.push(report),
        }
    }
    writer.write_all_buf(&mut bytes).await?;
    writer.flush().await?;
    for report in reports {
        // Whoever asked may have stopped waiting.
        let _ = report.send(());
    }
    Ok(())
}
