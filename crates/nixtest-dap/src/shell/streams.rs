//! Standard input and output, each on a thread of its own: neither can be read or written without waiting, and to make them so
//! would change them for the programs that share them.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot};

/// How much is read at a time, in bytes.
const CHUNK: usize = 8 * 1024;

/// How many pieces wait between a thread and the conversation.
const PIECES_AHEAD: usize = 4;

/// What comes in.
#[derive(Debug)]
pub(super) struct Reader {
    pieces: mpsc::Receiver<Vec<u8>>,
    is_open: bool,
}

impl Reader {
    pub(super) fn start() -> Self {
        let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
        // Ends with its stream, or with the process.
        thread::spawn(move || {
            let mut chunk = vec![0; CHUNK];
            loop {
                match io::stdin().read(&mut chunk) {
                    Ok(0) => return,
                    Ok(count) => {
                        if sender.blocking_send(chunk[..count].to_vec()).is_err() {
                            return;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        });
        Self {
            pieces,
            is_open: true,
        }
    }

    /// The next piece, nothing at the end, which comes once.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        if !self.is_open {
            return std::future::pending().await;
        }
        let piece = self.pieces.recv().await;
        self.is_open = piece.is_some();
        piece
    }
}

/// What goes out.
#[derive(Debug)]
pub(super) struct Writer {
    pieces: mpsc::Sender<Vec<u8>>,
    /// What found no place yet.
    waiting: Option<Vec<u8>>,
    finished: oneshot::Receiver<()>,
    /// Dropped with the writer: what was not written by then is not wanted any more.
    _wanted: Arc<()>,
}

impl Writer {
    pub(super) fn start() -> Self {
        let (pieces, mut receiver) = mpsc::channel::<Vec<u8>>(PIECES_AHEAD);
        let (sender, finished) = oneshot::channel();
        let wanted = Arc::new(());
        let is_wanted = Arc::downgrade(&wanted);
        // Ends when everything is written, or nobody reads it, or with the process.
        thread::spawn(move || {
            let mut stdout = io::stdout();
            while let Some(piece) = receiver.blocking_recv() {
                if is_wanted.strong_count() == 0 {
                    break;
                }
                if stdout
                    .write_all(&piece)
                    .and_then(|()| stdout.flush())
                    .is_err()
                {
                    break;
                }
            }
            let _nobody_waits = sender.send(());
        });
        Self {
            pieces,
            waiting: None,
            finished,
            _wanted: wanted,
        }
    }

    /// Whether a piece can be written now.
    pub(super) fn takes_more(&self) -> bool {
        self.waiting.is_none()
    }

    /// Writes a piece, as soon as those before it are written.
    pub(super) fn write(&mut self, piece: Vec<u8>) {
        match self.pieces.try_send(piece) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(piece)) => self.waiting = Some(piece),
            Err(mpsc::error::TrySendError::Closed(_)) => {}
        }
    }

    /// Waits until what found no place has one; false when nobody reads any more.
    pub(super) async fn has_room(&mut self) -> bool {
        if self.waiting.is_none() {
            self.pieces.closed().await;
            return false;
        }
        match self.pieces.reserve().await {
            Ok(place) => {
                if let Some(piece) = self.waiting.take() {
                    place.send(piece);
                }
                true
            }
            Err(_) => false,
        }
    }

    /// Waits until everything is written.
    pub(super) async fn finish(mut self) {
        if self.waiting.is_some() {
            self.has_room().await;
        }
        drop(self.pieces);
        let _nobody_reads_any_more = self.finished.await;
    }
}
