//! Captures: the bytes of both directions in one file, each message with its header.

use super::{Recorded, Unreadable, What, is_frame_header, is_message, sender_of};

/// Reads the frames. Between two there may be empty lines.
pub(super) fn read(text: &str) -> Result<Vec<Recorded>, Unreadable> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    loop {
        let skipped = rest.len() - rest.trim_start().len();
        line += rest[..skipped].matches('\n').count();
        rest = &rest[skipped..];
        if rest.is_empty() {
            return Ok(found);
        }
        let length = rest
            .lines()
            .take_while(|header| !header.trim().is_empty())
            .find(|header| is_frame_header(header))
            .and_then(|header| header.split_once(':'))
            .and_then(|(_, length)| length.trim().parse::<usize>().ok())
            .ok_or_else(|| {
                Unreadable::at(line, "here a header `Content-Length: NUMBER` should stand")
            })?;
        let header_end = ["\r\n\r\n", "\n\n"]
            .iter()
            .filter_map(|end| rest.find(end).map(|start| start + end.len()))
            .min()
            .ok_or_else(|| Unreadable::at(line, "the header has no end"))?;
        line += rest[..header_end].matches('\n').count();
        let body = rest[header_end..].get(..length).ok_or_else(|| {
            Unreadable::at(
                line,
                format!("there are no {length} bytes of a message here"),
            )
        })?;
        let message =
            serde_json::from_str(body).map_err(|error| Unreadable::at(line, error.to_string()))?;
        if !is_message(&message) {
            return Err(Unreadable::at(line, "this is no message of the protocol"));
        }
        found.push(Recorded {
            line,
            sender: sender_of(&message),
            what: What::Message(message),
        });
        line += body.matches('\n').count();
        rest = &rest[header_end + length..];
    }
}
