//! What the driver writes, as text: whole characters, whole escape sequences, and an end even where a stream has none.
//!
//! It neither cleans the text nor knows who reads it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc::Sender;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::launch::DebuggeeEvent;

/// The longest escape sequence that is kept together, in bytes.
const LONGEST_ESCAPE: usize = 256;

/// The most that is read from a stream of the driver at a time.
const CHUNK: usize = 16 * 1024;

/// How long a stream of the driver may be silent before it is given up, when every process of the session has ended. A process
/// that nobody can find any more may hold it for ever.
const PATIENCE_WITH_STREAMS: Duration = Duration::from_millis(500);

/// What `reading` brings; nothing when the session has ended and it brings nothing for a while.
pub(crate) async fn unless_silent<T>(
    reading: impl Future<Output = T>,
    ended: &CancellationToken,
) -> Option<T> {
    let silence = async {
        ended.cancelled().await;
        sleep(PATIENCE_WITH_STREAMS).await;
    };
    tokio::select! {
        read = reading => Some(read),
        () = silence => None,
    }
}

/// Passes on what the driver writes. Ends at the end of the stream, when the last process that holds it is gone.
pub(crate) async fn pump(
    mut stream: impl AsyncRead + Unpin,
    ended: CancellationToken,
    events: Sender<DebuggeeEvent>,
) {
    let mut chunk = vec![0_u8; CHUNK];
    let mut undecoded: Vec<u8> = Vec::new();
    while let Some(Ok(count)) = unless_silent(stream.read(&mut chunk), &ended).await {
        if count == 0 {
            break;
        }
        undecoded.extend_from_slice(&chunk[..count]);
        let text = take_text(&mut undecoded);
        if !text.is_empty() && events.send(DebuggeeEvent::Output(text)).await.is_err() {
            return;
        }
    }
    if !undecoded.is_empty() {
        let rest = String::from_utf8_lossy(&undecoded).into_owned();
        let _nobody_listens_at_the_end = events.send(DebuggeeEvent::Output(rest)).await;
    }
}

/// Takes what can be shown now, which is everything, so that a prompt without a line end shows too; but bytes of a character
/// or of an escape sequence that is still incomplete stay, because nobody could tell what they mean.
fn take_text(bytes: &mut Vec<u8>) -> String {
    let rest =
        bytes.split_off(bytes.len() - incomplete_character(bytes).max(incomplete_escape(bytes)));
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

/// How many bytes at the end begin a UTF-8 character without finishing it (0 to 3).
fn incomplete_character(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    let start = tail.iter().rposition(|&byte| byte >= 0xc0);
    match start.map(|start| &tail[start..]) {
        Some(character)
            if std::str::from_utf8(character).is_err_and(|error| error.error_len().is_none()) =>
        {
            character.len()
        }
        _ => 0,
    }
}

/// How many bytes at the end begin an escape sequence without finishing it. One that is longer than any sensible one counts
/// as finished.
fn incomplete_escape(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(LONGEST_ESCAPE)..];
    let Some(start) = tail.iter().rposition(|&byte| byte == 0x1b) else {
        return 0;
    };
    let is_finished = match &tail[start + 1..] {
        [] => false,
        [b'[', parameters @ ..] => parameters.iter().any(|byte| (0x40..=0x7e).contains(byte)),
        // Titles and their like end with BEL, or with another escape, which then was the last.
        [b']' | b'P' | b'X' | b'^' | b'_', text @ ..] => text.contains(&0x07),
        _ => true,
    };
    if is_finished { 0 } else { tail.len() - start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_behind_whole_lines_is_shown() {
        let mut bytes = b"one\nprompt> ".to_vec();
        assert_eq!(take_text(&mut bytes), "one\nprompt> ");
        assert!(bytes.is_empty());
    }

    #[test]
    fn an_escape_sequence_is_not_torn_apart() {
        for (begun, end) in [
            ("\u{1b}", "[31m"),
            ("\u{1b}[3", "1m"),
            ("\u{1b}]0;tit", "le\u{7}"),
        ] {
            let mut bytes = format!("text{begun}").into_bytes();
            assert_eq!(take_text(&mut bytes), "text");
            bytes.extend_from_slice(end.as_bytes());
            assert_eq!(take_text(&mut bytes), format!("{begun}{end}"));
        }
        let mut endless = format!("\u{1b}]{}", "x".repeat(2 * LONGEST_ESCAPE)).into_bytes();
        assert!(!take_text(&mut endless).is_empty());
    }

    #[test]
    fn text_without_a_line_end_is_shown_up_to_the_last_whole_character() {
        let mut bytes = "prompt> é".as_bytes().to_vec();
        bytes.pop();
        assert_eq!(take_text(&mut bytes), "prompt> ");
        assert_eq!(bytes, [0xc3]);
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let mut bytes = vec![0xff, b'\n'];
        assert_eq!(take_text(&mut bytes), "\u{fffd}\n");
    }
}
