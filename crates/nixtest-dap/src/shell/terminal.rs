//! The user's terminal: raw while a shell is open, and as before when it is not, however the shell ends.

use std::io::{self, Write};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// Undoes what a full-screen program may have left on when it was cut short: the other screen, a hidden cursor, reports of the
/// mouse, marked pastes, application keys, colours. Terminals ignore what is off already.
const UNDO: &[u8] =
    b"\x1b[?1047l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[0m\r\n";

/// Rows and columns of the terminal on standard input.
pub(super) fn size() -> io::Result<(u16, u16)> {
    let size = tcgetwinsize(io::stdin())?;
    Ok((size.ws_row, size.ws_col))
}

/// A terminal that passes every key on. Dropping it makes it what it was.
#[derive(Debug)]
pub(super) struct RawTerminal {
    before: Termios,
}

impl RawTerminal {
    pub(super) fn enter() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Self { before })
    }

    /// Leaves in the middle of whatever was on the screen.
    pub(super) fn abandon(self) {
        // First, because the terminal may take no more output.
        drop(self);
        let mut stdout = io::stdout();
        let _the_terminal_is_gone = stdout.write_all(UNDO).and_then(|()| stdout.flush());
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _the_terminal_is_gone = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
