//! Finds the end of a shell in what it puts out: its status, between two marks that no other program knows.
//!
//! The status travels with the output, because only so is it certain that all output came before it.

/// What closes the mark: the end of an application program command of ECMA-48.
const CLOSE: &[u8] = b"\x1b\\";

/// The longest status: three digits.
const LONGEST_STATUS: usize = 3;

/// Looks for the end in pieces of output.
#[derive(Debug)]
pub(super) struct Ending {
    open: Vec<u8>,
    /// What may be the beginning of the end.
    held_back: Vec<u8>,
}

impl Ending {
    pub(super) fn new(secret: &str) -> Self {
        Self {
            open: format!("\x1b_nixtest-{secret} ").into_bytes(),
            held_back: Vec::new(),
        }
    }

    /// The part of the output that can be shown, and the status when the end was in it.
    pub(super) fn take(&mut self, piece: &[u8]) -> (Vec<u8>, Option<u8>) {
        let mut bytes = std::mem::take(&mut self.held_back);
        bytes.extend_from_slice(piece);
        let mut from = 0;
        while let Some(start) = find(&bytes[from..], &self.open).map(|start| from + start) {
            let after = start + self.open.len();
            let digits = bytes[after..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let close = &bytes[after + digits..];
            let status = std::str::from_utf8(&bytes[after..after + digits]).unwrap_or_default();
            if close.starts_with(CLOSE)
                && let Ok(status) = status.parse()
            {
                bytes.truncate(start);
                return (bytes, Some(status));
            }
            if close.len() < CLOSE.len() && CLOSE.starts_with(close) && digits <= LONGEST_STATUS {
                self.held_back = bytes.split_off(start);
                return (bytes, None);
            }
            // Somebody plays with the mark.
            from = after;
        }
        let begun = (1..self.open.len())
            .rev()
            .find(|&length| bytes[from..].ends_with(&self.open[..length]))
            .unwrap_or_default();
        self.held_back = bytes.split_off(bytes.len() - begun);
        (bytes, None)
    }

    /// What was held back, when nothing follows.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held_back)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output shown and the status, for the pieces given.
    fn taken(pieces: &[&[u8]]) -> (Vec<u8>, Option<u8>) {
        let mut ending = Ending::new("abc");
        let mut shown = Vec::new();
        for piece in pieces {
            let (bytes, status) = ending.take(piece);
            shown.extend(bytes);
            if status.is_some() {
                return (shown, status);
            }
        }
        shown.extend(ending.rest());
        (shown, None)
    }

    #[test]
    fn the_end_is_found_however_it_is_cut() {
        let whole = b"logout\r\n\x1b_nixtest-abc 130\x1b\\later";
        for cut in 0..whole.len() {
            let (left, right) = whole.split_at(cut);
            assert_eq!(taken(&[left, right]), (b"logout\r\n".to_vec(), Some(130)));
        }
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(taken(&bytes), (b"logout\r\n".to_vec(), Some(130)));
    }

    #[test]
    fn what_only_looks_like_the_end_is_shown() {
        for text in [
            &b"\x1b_nixtest-abc x\x1b\\"[..],
            b"\x1b_nixtest-abc 1234\x1b\\",
            b"\x1b_nixtest-abc 999\x1b\\",
            b"\x1b_nixtest-ab",
            b"\x1b_nixtest-abc 12",
            b"\x1b",
            b"\x1b\x1b\x1b[0m",
        ] {
            assert_eq!(taken(&[text]), (text.to_vec(), None));
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            assert_eq!(taken(&bytes), (text.to_vec(), None));
        }
        let both = b"\x1b_nixtest-abc x\x1b_nixtest-abc 7\x1b\\";
        assert_eq!(taken(&[both]), (b"\x1b_nixtest-abc x".to_vec(), Some(7)));
    }

    #[test]
    fn a_character_that_ends_no_line_is_shown_at_once() {
        let mut ending = Ending::new("abc");
        assert_eq!(ending.take(b"$ "), (b"$ ".to_vec(), None));
        assert_eq!(ending.take(b"a"), (b"a".to_vec(), None));
    }
}
