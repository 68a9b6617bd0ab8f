"""The keyboard of a virtual machine: the keys of a US keyboard by the names that QEMU has for them."""

import time

from test_driver.duration import Duration, as_seconds
from test_driver.errors import MachineError
from test_driver.machine.lifecycle import QemuLifecycle

_NAMED = {
    " ": "spc",
    "\n": "ret",
    "\r": "ret",
    "\t": "tab",
    "\b": "backspace",
    "\x7f": "delete",
    "\x1b": "esc",
    "`": "grave_accent",
    "-": "minus",
    "=": "equal",
    "[": "bracket_left",
    "]": "bracket_right",
    "\\": "backslash",
    ";": "semicolon",
    "'": "apostrophe",
    ",": "comma",
    ".": "dot",
    "/": "slash",
}
_PLAIN = "`1234567890-=[]\\;',./abcdefghijklmnopqrstuvwxyz"
_SHIFTED = '~!@#$%^&*()_+{}|:"<>?ABCDEFGHIJKLMNOPQRSTUVWXYZ'

CHAR_TO_KEY = {
    **{character: _NAMED.get(character, character) for character in [*_PLAIN, *_NAMED]},
    **{shifted: f"shift-{_NAMED.get(plain, plain)}" for plain, shifted in zip(_PLAIN, _SHIFTED, strict=True)},
}
"""The keys to press for each character that a US keyboard can type."""


class Keyboard(QemuLifecycle):
    """A virtual machine that is typed at. What appears depends on the keyboard layout that the guest has chosen."""

    def send_key(self, key: str, delay: Duration | None = 0.01, log: bool | None = True) -> None:
        """Press and release a key, or several at once that are joined by `-`, as in `ctrl-alt-delete`.

        Keys have the names of QEMU's `sendkey`: `a`, `ret`, `spc`, `f1`, `shift`, `0x1c`. A single character that
        needs more, such as `A` or `?`, is turned into its keys. Then wait `delay` seconds (default 0.01; None: not at
        all). `log` says whether the log mentions it.

        Raises MachineError if QEMU knows no such key or the machine does not run.
        """
        keys = CHAR_TO_KEY.get(key, key)
        if log:
            with self.nested(f"sending key {keys!r}"):
                self._press(keys, delay)
        else:
            self._press(keys, delay)

    def send_chars(self, chars: str, delay: Duration | None = 0.01) -> None:
        r"""Type text: press the keys of each character in turn, and wait `delay` seconds (default 0.01) after each.

        `\n` is the Enter key, `\t` Tab, `\b` Backspace, `\x1b` Escape.
        Raises MachineError, before anything is typed, if a character is not on a US keyboard.
        """
        for character in chars:
            if character not in CHAR_TO_KEY:
                raise MachineError(f"cannot type {character!r}: a US keyboard does not have it")
        with self.nested(f"sending keys {chars!r}"):
            for character in chars:
                self._press(CHAR_TO_KEY[character], delay)

    def _press(self, keys: str, delay: Duration | None) -> None:
        complaint = self._complaint(self.send_monitor_command(f"sendkey {keys}"))
        if complaint:
            raise MachineError(f"machine '{self.name}': QEMU cannot press {keys!r}: {complaint}")
        if delay is not None:
            time.sleep(as_seconds(delay))

    def reboot(self) -> None:
        """Press Ctrl, Alt and Delete, at which a guest reboots; returns at once.

        The next command waits until the guest has booted again. The machine has to be started by
        `start(allow_reboot=True)`, or QEMU ends instead. Raises MachineError if it does not run.
        """
        self.send_key("ctrl-alt-delete")
        self.connected = False
