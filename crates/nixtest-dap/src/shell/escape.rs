//! The way out of a shell whose guest hangs: Ctrl-] three times within a second, as in the tools of systemd.
//!
//! A guest gets these bytes like all others, so that a single one means there what it always meant.

use std::time::{Duration, Instant};

/// What Ctrl-] sends.
const KEY: u8 = 0x1d;

/// How often it is pressed.
const TIMES: usize = 3;

/// How long that may take.
const WITHIN: Duration = Duration::from_secs(1);

/// Watches what is typed.
#[derive(Debug, Default)]
pub(super) struct Escape {
    pressed: Vec<Instant>,
}

impl Escape {
    /// Whether the way out is complete with these bytes, which were typed now.
    pub(super) fn is_complete(&mut self, typed: &[u8], now: Instant) -> bool {
        for &byte in typed {
            match byte {
                KEY => self.pressed.push(now),
                _ => self.pressed.clear(),
            }
            let first = self.pressed.iter().rev().nth(TIMES - 1);
            if first.is_some_and(|&first| now.duration_since(first) <= WITHIN) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_within_a_second_is_the_way_out() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        assert!(Escape::default().is_complete(b"x\x1d\x1d\x1d", start));
        let typed = |presses: &[(&[u8], u64)]| {
            let mut escape = Escape::default();
            let mut results = presses
                .iter()
                .map(|&(bytes, at)| escape.is_complete(bytes, after(at)));
            results.any(|is_complete| is_complete)
        };
        assert!(typed(&[(b"\x1d", 0), (b"\x1d", 400), (b"\x1d", 900)]));
        assert!(typed(&[
            (b"\x1d", 0),
            (b"\x1d", 1500),
            (b"\x1d", 1600),
            (b"\x1d", 1700)
        ]));
        assert!(!typed(&[(b"\x1d", 0), (b"\x1d", 400), (b"\x1d", 1100)]));
        assert!(!typed(&[(b"\x1d\x1d", 0), (b"x", 10), (b"\x1d", 20)]));
    }
}
