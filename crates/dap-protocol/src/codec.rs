//! Framing: a header block with `Content-Length`, an empty line, and that many bytes of JSON.
//!
//! What goes wrong inside a frame costs that frame: its end is known, so it is reported as
//! [`Incoming::Malformed`] and the stream goes on. What goes wrong in a header ends the stream with
//! a [`FramingError`]: where the next frame begins could only be guessed, and a guess can take a
//! piece of a body for a message. The codec does not look into messages.

use bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::lossy;
use crate::message::Message;

/// The longest header block that is read, in bytes. Real ones have about 25.
const HEADER_LIMIT: usize = 8 * 1024;

/// The longest body that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// How much of an offending text is quoted, in bytes.
const EXCERPT_LIMIT: usize = 120;

/// Reads and writes the frames of one direction each.
#[derive(Debug, Default)]
pub struct Codec {
    progress: Progress,
}

/// How far the decoder is in the current frame.
#[derive(Debug)]
enum Progress {
    /// Inside the header block; this many bytes of it hold no complete end.
    Header { searched: usize },
    /// Inside a body of this many bytes.
    Body { length: usize },
}

impl Default for Progress {
    fn default() -> Self {
        Self::Header { searched: 0 }
    }
}

/// What a peer sent.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Message),
    /// A complete frame whose content is no message. The stream goes on.
    Malformed(MalformedMessage),
    /// The stream broke. This is the last thing it says.
    Broken(FramingError),
}

/// A complete frame whose content is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("received a frame that is not a message ({reason}): {excerpt}")]
pub struct MalformedMessage {
    /// What is wrong with it.
    pub reason: String,
    /// Its beginning.
    pub excerpt: String,
}

/// A stream that cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum FramingError {
    /// Reading failed.
    #[error("could not read from the peer: {0}")]
    Io(#[from] std::io::Error),
    /// The stream ended inside a frame.
    #[error("the peer closed the connection in the middle of a message")]
    Truncated,
    /// The header block does not end.
    #[error("the header of a message is longer than {HEADER_LIMIT} bytes: {excerpt}")]
    HeaderTooLong {
        /// Its beginning.
        excerpt: String,
    },
    /// Something that is no header, such as the output of a program that writes to the same stream.
    #[error("expected the header of a message, but found: {excerpt}")]
    NotAHeader {
        /// The offending line.
        excerpt: String,
    },
    /// There is no `Content-Length`.
    #[error("the header of a message has no Content-Length: {excerpt}")]
    NoLength {
        /// The header block.
        excerpt: String,
    },
    /// `Content-Length` is not a number of bytes, or is given twice with different values.
    #[error("the Content-Length of a message is not a length: {value}")]
    InvalidLength {
        /// What it is.
        value: String,
    },
    /// The message is too long.
    #[error("a message of {length} bytes is longer than the limit of {BODY_LIMIT} bytes")]
    BodyTooLong {
        /// Its length in bytes.
        length: u64,
    },
}

impl Decoder for Codec {
    type Item = Incoming;
    type Error = FramingError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Incoming>, FramingError> {
        loop {
            match self.progress {
                Progress::Header { searched } => {
                    // Empty lines between frames belong to no header.
                    if searched == 0 {
                        skip_line_ends(source);
                    }
                    let Some(end) = header_end(source, searched) else {
                        if source.len() > HEADER_LIMIT {
                            let excerpt = excerpt(source);
                            return Err(FramingError::HeaderTooLong { excerpt });
                        }
                        self.progress = Progress::Header {
                            searched: source.len(),
                        };
                        return Ok(None);
                    };
                    let header = source.split_to(end);
                    if header.len() > HEADER_LIMIT {
                        return Err(FramingError::HeaderTooLong {
                            excerpt: excerpt(&header),
                        });
                    }
                    let length = content_length(&header)?;
                    source.reserve(length.saturating_sub(source.len()));
                    self.progress = Progress::Body { length };
                }
                Progress::Body { length } => {
                    if source.len() < length {
                        return Ok(None);
                    }
                    self.progress = Progress::default();
                    return Ok(Some(read_body(&source.split_to(length))));
                }
            }
        }
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> Result<Option<Incoming>, FramingError> {
        let incoming = self.decode(source)?;
        let is_inside_a_frame =
            !source.is_empty() || matches!(self.progress, Progress::Body { .. });
        if incoming.is_none() && is_inside_a_frame {
            return Err(FramingError::Truncated);
        }
        Ok(incoming)
    }
}

impl Encoder<&Message> for Codec {
    type Error = std::io::Error;

    fn encode(&mut self, message: &Message, target: &mut BytesMut) -> Result<(), std::io::Error> {
        let body = serde_json::to_vec(message)?;
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        target.reserve(header.len() + body.len());
        target.put_slice(header.as_bytes());
        target.put_slice(&body);
        Ok(())
    }
}

fn skip_line_ends(source: &mut BytesMut) {
    let line_ends = source
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    source.advance(line_ends);
}

/// Where the header block ends, its empty line included. Lines may end without a carriage return.
fn header_end(source: &[u8], searched: usize) -> Option<usize> {
    // The end is at most four bytes long, and some of them may have been there before.
    let start = searched.saturating_sub(3);
    for (offset, _) in source[start..]
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
    {
        let after = start + offset + 1;
        match source[after..] {
            [b'\n', ..] => return Some(after + 1),
            [b'\r', b'\n', ..] => return Some(after + 2),
            _ => {}
        }
    }
    None
}

/// The value of `Content-Length`. Other headers may be there and are not looked at.
fn content_length(header: &[u8]) -> Result<usize, FramingError> {
    let mut length = None;
    for line in header.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.is_empty() {
            continue;
        }
        let not_a_header = || FramingError::NotAHeader {
            excerpt: excerpt(line),
        };
        let colon = line
            .iter()
            .position(|byte| *byte == b':')
            .ok_or_else(not_a_header)?;
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if !name.iter().all(|byte| byte.is_ascii_graphic()) {
            return Err(not_a_header());
        }
        if !name.eq_ignore_ascii_case(b"Content-Length") {
            continue;
        }
        let value = parse_length(value)?;
        if length.is_some_and(|length| length != value) {
            return Err(FramingError::InvalidLength {
                value: excerpt(header),
            });
        }
        length = Some(value);
    }
    length.ok_or_else(|| FramingError::NoLength {
        excerpt: excerpt(header),
    })
}

/// Digits only: the standard parser would take a sign as well.
fn parse_length(value: &[u8]) -> Result<usize, FramingError> {
    let invalid = || FramingError::InvalidLength {
        value: excerpt(value),
    };
    let text = str::from_utf8(value).map_err(|_| invalid())?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid());
    }
    let length: u64 = text.parse().map_err(|_| invalid())?;
    match usize::try_from(length) {
        Ok(length) if length <= BODY_LIMIT => Ok(length),
        _ => Err(FramingError::BodyTooLong { length }),
    }
}

fn read_body(body: &[u8]) -> Incoming {
    let error = match serde_json::from_slice(body) {
        Ok(message) => return Incoming::Message(message),
        Err(error) => error,
    };
    // Text that is not Unicode is worth less than the message around it.
    if let Some(message) = lossy::repair(body).and_then(|body| serde_json::from_str(&body).ok()) {
        return Incoming::Message(message);
    }
    Incoming::Malformed(MalformedMessage {
        reason: error.to_string(),
        excerpt: excerpt(body),
    })
}

/// The beginning of a text, on one line.
fn excerpt(text: &[u8]) -> String {
    let beginning = &text[..text.len().min(EXCERPT_LIMIT)];
    let ellipsis = if beginning.len() < text.len() {
        "…"
    } else {
        ""
    };
    format!("{:?}{ellipsis}", String::from_utf8_lossy(beginning))
}
