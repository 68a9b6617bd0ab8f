//! Framing, fed in every way a stream can be cut, and with what peers should not send.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use bytes::BytesMut;
use dap_protocol::{Codec, FramingError, Incoming, Message};
use serde_json::json;
use tokio_util::codec::{Decoder, Encoder};

fn event(seq: i64, text: &str) -> Message {
    serde_json::from_value(
        json!({"type": "event", "seq": seq, "event": "output", "body": {"output": text}}),
    )
    .unwrap()
}

fn frame(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn frames(messages: &[Message]) -> BytesMut {
    let mut bytes = BytesMut::new();
    for message in messages {
        Codec::default().encode(message, &mut bytes).unwrap();
    }
    bytes
}

/// Everything that a stream of these chunks says, one line each.
fn decode(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<String> {
    let mut codec = Codec::default();
    let mut buffer = BytesMut::new();
    let mut said = Vec::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk.as_ref());
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(item)) => said.push(describe(&item)),
                Ok(None) => break,
                Err(error) => {
                    said.push(format!("broken: {error}"));
                    return said;
                }
            }
        }
    }
    match codec.decode_eof(&mut buffer) {
        Ok(Some(item)) => said.push(describe(&item)),
        Ok(None) => {}
        Err(error) => said.push(format!("broken: {error}")),
    }
    said
}

fn describe(item: &Incoming) -> String {
    match item {
        Incoming::Message(message) => serde_json::to_string(message).unwrap(),
        Incoming::Malformed(error) => format!("malformed: {}", error.excerpt),
        Incoming::Broken(error) => format!("broken: {error}"),
    }
}

fn texts(messages: &[Message]) -> Vec<String> {
    messages
        .iter()
        .map(|message| serde_json::to_string(message).unwrap())
        .collect()
}

#[test]
fn messages_fed_byte_by_byte_are_whole() {
    let messages = [event(1, "hello"), event(2, "")];
    let bytes = frames(&messages);
    assert_eq!(decode(bytes.chunks(1)), texts(&messages));
}

#[test]
fn messages_are_whole_wherever_the_stream_is_cut() {
    let messages = [event(1, "a\r\n\r\nb"), event(2, "ö")];
    let bytes = frames(&messages);
    for cut in 0..=bytes.len() {
        let (before, after) = bytes.split_at(cut);
        assert_eq!(decode([before, after]), texts(&messages), "cut at {cut}");
    }
}

#[test]
fn several_messages_in_one_chunk_are_all_read() {
    let messages = [event(1, "a"), event(2, "b"), event(3, "c")];
    assert_eq!(decode([frames(&messages)]), texts(&messages));
}

#[test]
fn the_length_counts_bytes_not_characters() {
    let messages = [event(1, "größer 😀 \u{2028}"), event(2, "next")];
    let bytes = frames(&messages);
    assert_eq!(decode(bytes.chunks(1)), texts(&messages));
}

#[test]
fn lines_may_end_without_a_carriage_return() {
    let body = r#"{"type":"event","seq":1,"event":"e"}"#;
    for (one, other) in [("\n", "\n"), ("\r\n", "\n"), ("\n", "\r\n")] {
        let text = format!("Content-Length: {}{one}{other}{body}", body.len());
        assert_eq!(
            decode(text.as_bytes().chunks(1)),
            [body],
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn other_headers_and_any_spelling_of_names_are_accepted() {
    let body = r#"{"type":"event","seq":1,"event":"e"}"#;
    let text = format!(
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-LENGTH:{}\r\nX: \r\n\r\n{body}",
        body.len()
    );
    assert_eq!(decode([text]), [body]);
}

#[test]
fn empty_lines_between_frames_are_skipped() {
    let body = r#"{"type":"event","seq":1,"event":"e"}"#;
    let bytes = [
        b"\n".to_vec(),
        frame(body),
        b"\r\n\r\n".to_vec(),
        frame(body),
    ]
    .concat();
    assert_eq!(decode(bytes.chunks(1)), [body, body]);
}

#[test]
fn a_body_that_is_no_message_costs_only_itself() {
    let good = r#"{"type":"event","seq":1,"event":"e"}"#;
    for bad in [
        "",
        "{",
        "not json",
        "[]",
        "{}",
        r#"{"type":"request","seq":1}"#,
        r#"{"type":"x"}"#,
    ] {
        let bytes = [frame(bad), frame(good)].concat();
        assert_eq!(
            decode([bytes]),
            [format!("malformed: {bad:?}"), good.to_owned()]
        );
    }
}

#[test]
fn a_malformed_message_says_why() {
    let mut bytes = BytesMut::from(frame("{\"type\":\"request\",\"seq\":1}").as_slice());
    let Ok(Some(Incoming::Malformed(error))) = Codec::default().decode(&mut bytes) else {
        panic!("expected a malformed message");
    };
    assert_eq!(
        error.to_string(),
        "received a frame that is not a message (missing field `command`): \
         \"{\\\"type\\\":\\\"request\\\",\\\"seq\\\":1}\""
    );
}

#[test]
fn text_that_is_not_unicode_does_not_cost_the_message() {
    let lone = br#"{"type":"event","seq":1,"event":"e","body":"\udcff"}"#;
    let invalid = b"{\"type\":\"event\",\"seq\":1,\"event\":\"e\",\"body\":\"\xff\"}";
    for body in [lone.as_slice(), invalid.as_slice()] {
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        let expected = "{\"type\":\"event\",\"seq\":1,\"event\":\"e\",\"body\":\"\u{fffd}\"}";
        assert_eq!(decode([header.as_bytes(), body]), [expected]);
    }
}

#[test]
fn what_is_no_header_breaks_the_stream_and_is_quoted() {
    assert_eq!(
        decode(["Traceback (most recent call last)\n\n"]),
        [
            "broken: expected the header of a message, but found: \"Traceback (most recent call last)\""
        ]
    );
    assert_eq!(
        decode(["warning: something\nContent-Length: 2\r\n\r\n{}"]),
        ["malformed: \"{}\""],
        "a line that looks like a header is taken for one"
    );
    assert_eq!(
        decode(["a b: c\r\n\r\n"]),
        ["broken: expected the header of a message, but found: \"a b: c\""]
    );
}

#[test]
fn a_length_that_is_missing_or_not_a_length_breaks_the_stream() {
    assert_eq!(
        decode(["X: 1\r\n\r\n{}"]),
        ["broken: the header of a message has no Content-Length: \"X: 1\\r\\n\\r\\n\""]
    );
    for value in ["-2", "+2", "", "2.0", "two", "2 2", "99999999999999999999"] {
        assert_eq!(
            decode([format!("Content-Length: {value}\r\n\r\n{{}}")]),
            [format!(
                "broken: the Content-Length of a message is not a length: {value:?}"
            )]
        );
    }
}

#[test]
fn a_length_given_twice_must_be_the_same() {
    assert_eq!(
        decode(["Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"]),
        ["malformed: \"{}\""]
    );
    let said = decode(["Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"]);
    assert!(said[0].starts_with("broken: the Content-Length of a message is not a length"));
}

#[test]
fn a_huge_length_breaks_the_stream_before_anything_is_reserved() {
    assert_eq!(
        decode(["Content-Length: 67108865\r\n\r\n"]),
        ["broken: a message of 67108865 bytes is longer than the limit of 67108864 bytes"]
    );
}

#[test]
fn a_header_block_that_does_not_end_breaks_the_stream() {
    let line = "X: 0123456789\r\n".repeat(600);
    for chunk_size in [1, 100, line.len()] {
        let said = decode(line.as_bytes().chunks(chunk_size));
        assert!(said[0].starts_with("broken: the header of a message is longer than 8192 bytes"));
    }
}

#[test]
fn a_long_header_block_that_arrives_at_once_is_refused_too() {
    let text = format!(
        "{}Content-Length: 2\r\n\r\n{{}}",
        "X: 0123456789\r\n".repeat(600)
    );
    assert!(decode([text])[0].starts_with("broken: the header of a message is longer"));
}

#[test]
fn an_end_inside_a_frame_is_told_from_one_between_frames() {
    let bytes = frame(r#"{"type":"event","seq":1,"event":"e"}"#);
    for length in 1..bytes.len() {
        let mut codec = Codec::default();
        let mut buffer = BytesMut::from(&bytes[..length]);
        let end = codec.decode_eof(&mut buffer);
        assert!(
            matches!(end, Err(FramingError::Truncated)),
            "after {length} bytes"
        );
    }
    let mut codec = Codec::default();
    let mut buffer = BytesMut::from(bytes.as_slice());
    assert!(matches!(codec.decode_eof(&mut buffer), Ok(Some(_))));
    assert!(matches!(codec.decode_eof(&mut buffer), Ok(None)));
}
