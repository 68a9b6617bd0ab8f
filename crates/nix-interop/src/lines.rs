//! Lines of a byte stream that comes in pieces, with a bound on what a line without end can cost.

use std::borrow::Cow;

/// Longest line that is looked at; the rest of a longer one is dropped.
pub const LINE_LIMIT: usize = 1 << 20;

/// Cuts a byte stream into lines of at most [`LINE_LIMIT`] bytes.
#[derive(Debug, Default)]
pub struct LineBuffer {
    partial: Vec<u8>,
}

impl LineBuffer {
    /// Takes the next bytes and calls `on_line` for each line that they complete.
    pub fn push(&mut self, bytes: &[u8], mut on_line: impl FnMut(&[u8])) {
        let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let is_complete = pieces.peek().is_some();
            let line = if self.partial.is_empty() && is_complete {
                Cow::Borrowed(&piece[..piece.len().min(LINE_LIMIT)])
            } else {
                let room = LINE_LIMIT - self.partial.len();
                self.partial
                    .extend_from_slice(&piece[..piece.len().min(room)]);
                if !is_complete {
                    return;
                }
                Cow::Owned(std::mem::take(&mut self.partial))
            };
            on_line(&line);
        }
    }

    /// The stream is over: a last line may lack its newline.
    pub fn finish(&mut self, mut on_line: impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.partial);
        if !line.is_empty() {
            on_line(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_whatever_the_chunks() {
        let text = b"one\n\nthree\nlast";
        for size in 1..=text.len() {
            let mut buffer = LineBuffer::default();
            let mut lines = Vec::new();
            for chunk in text.chunks(size) {
                buffer.push(chunk, |line| lines.push(line.to_vec()));
            }
            buffer.finish(|line| lines.push(line.to_vec()));
            assert_eq!(
                lines,
                [b"one".as_slice(), b"", b"three", b"last"],
                "chunks of {size}"
            );
        }
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let mut buffer = LineBuffer::default();
        let mut lengths = Vec::new();
        for _ in 0..3 {
            buffer.push(&vec![b'x'; LINE_LIMIT], |line| lengths.push(line.len()));
        }
        buffer.push(b"\nnext\n", |line| lengths.push(line.len()));
        assert_eq!(lengths, [LINE_LIMIT, 4]);
    }
}
