//! The telnet protocol (RFC 854), as far as busybox speaks it around a terminal: its words are taken out of the output, and
//! bytes that look like words are marked in the input.
//!
//! Nothing is negotiated. Both ends live on one machine and the terminal is the guest's own.

/// Interpret as command; twice, it is the byte itself.
const IAC: u8 = 255;
/// From here on a command has one byte more, the option.
const WILL: u8 = 251;
/// The beginning of a longer negotiation, which ends with `IAC SE`.
const SB: u8 = 250;
const SE: u8 = 240;

/// Takes the protocol's words out of pieces of output.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Text,
    Command,
    Option,
    Negotiation,
    NegotiationCommand,
}

impl Decoder {
    pub(super) fn decode(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(piece.len());
        for &byte in piece {
            self.state = match (self.state, byte) {
                (State::Text, IAC) => State::Command,
                (State::Text, _) => {
                    text.push(byte);
                    State::Text
                }
                (State::Command, IAC) => {
                    text.push(IAC);
                    State::Text
                }
                (State::Command, SB) => State::Negotiation,
                (State::Command, WILL..) => State::Option,
                (State::Command | State::Option, _) => State::Text,
                (State::Negotiation, IAC) => State::NegotiationCommand,
                (State::NegotiationCommand, SE) => State::Text,
                (State::Negotiation | State::NegotiationCommand, _) => State::Negotiation,
            };
        }
        text
    }
}

/// Input that reaches the terminal as it is. A carriage return alone would swallow a line feed or a zero that follows it.
pub(super) fn encode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for &byte in text {
        bytes.push(byte);
        match byte {
            IAC => bytes.push(IAC),
            b'\r' => bytes.push(0),
            _ => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_protocol_are_taken_out_however_they_are_cut() {
        let wire =
            b"\xff\xfd\x01\xff\xfb\x03a\xff\xff\xff\xfa\x1f\x00\xff\xff\xf0\x00\xff\xf0b\xff\xf1c";
        for cut in 0..wire.len() {
            let mut decoder = Decoder::default();
            let (left, right) = wire.split_at(cut);
            let mut text = decoder.decode(left);
            text.extend(decoder.decode(right));
            assert_eq!(text, b"a\xffbc", "cut at {cut}");
        }
    }

    #[test]
    fn input_is_marked() {
        assert_eq!(encode(b"ls\r\n\xff"), b"ls\r\0\n\xff\xff");
    }
}
