//! The user's terminal: raw while a shell is open, and as before when it is not, however the shell ends.

use std::io::{self, Write};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// Undoes what a full-screen program may have left on when it was cut short. Terminals ignore what is off already.
const UNDO: &str = concat!(
    // The other screen, a part of the screen that scrolls alone (asking for it moves the cursor), output that is held back.
    "\x1b[?1047l\x1b7\x1b[r\x1b8\x1b[?2026l",
    // A hidden cursor, lines that are cut off.
    "\x1b[?25h\x1b[?7h",
    // Reports of the mouse and of the focus, marked pastes.
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l",
    // Application keys, keys with modifiers in long form.
    "\x1b[?1l\x1b>\x1b[>4m",
    // Line drawing, colours.
    "\x1b(B\x0f\x1b[0m\r\n",
);

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

    /// Makes the terminal raw again, after somebody else had it.
    pub(super) fn resume(&self) {
        let mut raw = self.before.clone();
        raw.make_raw();
        let _the_terminal_is_gone = tcsetattr(io::stdin(), OptionalActions::Now, &raw);
    }
}

/// Makes the terminal fit for a person after something full-screen was cut short in it.
pub(super) fn undo() {
    let mut stdout = io::stdout();
    let _the_terminal_is_gone = stdout
        .write_all(UNDO.as_bytes())
        .and_then(|()| stdout.flush());
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _the_terminal_is_gone = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
