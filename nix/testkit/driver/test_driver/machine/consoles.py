"""Consoles of a virtual machine: the serial one, the virtual terminals, and the root shell in a user's hands."""

import queue
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress

from test_driver.duration import Duration, as_seconds
from test_driver.errors import MachineError
from test_driver.machine.commands import DEFAULT_TIMEOUT
from test_driver.machine.interaction import interact
from test_driver.machine.lifecycle import QemuLifecycle
from test_driver.retry import retry, timed_out


class Consoles(QemuLifecycle):
    """A virtual machine that is read and typed at as a person would."""

    # The serial console.

    def get_console_log(self) -> str:
        """All that the machine printed on its serial console since it was last started, as lines."""
        return "\n".join(self.full_console_log)

    def wait_for_console_text(self, regex: str, timeout: Duration | None = None) -> None:
        r"""Wait until `regex` is found in what the machine prints on its serial console.

        The search begins after the lines that earlier waits have read, or with the machine's start, and reads no
        further than the line it needs. The expression may span lines, which end in `\n`.

        Raises RequestedAssertionFailed when `timeout` seconds (default: no limit) are over, MachineError if the
        machine does not run or ends before.
        """
        limit = None if timeout is None else as_seconds(timeout)
        begin = time.monotonic()
        seen = ""
        with self.nested(f"waiting for {regex} to appear on console"):
            while True:
                seen += self._next_console_line(begin, limit) + "\n"
                if re.search(regex, seen):
                    return

    def _next_console_line(self, begin: float, limit: float | None) -> str:
        while True:
            left = 1.0 if limit is None else begin + limit - time.monotonic()
            try:
                return self.last_lines.get(timeout=min(1.0, max(0.0, left)))
            except queue.Empty:
                if left <= 0 and limit is not None:
                    raise timed_out(time.monotonic() - begin, limit) from None
            try:
                self._check_process()
            except MachineError:
                # Its last words may have come since.
                if self.last_lines.empty():
                    raise

    def send_console(self, chars: str) -> None:
        r"""Type text at the machine's serial console; a line ends in `\n`. Raises MachineError if it does not run."""
        if self._serial is None or self.pid is None:
            raise self._not_running()
        try:
            self._serial.type(chars)
        except OSError:
            raise self._lost("QEMU closed its serial console") from None

    def console_interact(self) -> None:
        """Connect the driver's own standard input to the machine's serial console, line by line.

        What the machine prints there is in the log as ever. Ends with the input (Ctrl-D) or at Ctrl-C.
        """
        self.log("Terminal is ready (there is no prompt):")
        with suppress(KeyboardInterrupt):
            while line := sys.stdin.readline():
                self.send_console(line)
        self.log("Closing connection to the console")

    # Virtual terminals.

    def get_tty_text(self, tty: str) -> str:
        """The text on the virtual terminal with the number `tty`, a line for each row of its screen.

        Empty if the machine has no such terminal.
        """
        columns = f"$(stty -F /dev/tty{tty} size | cut -d ' ' -f 2)"
        return self.execute(f"fold -w{columns} /dev/vcs{tty}")[1]

    def wait_until_tty_matches(self, tty: str, regexp: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until `regexp` is found in the text on the virtual terminal with the number `tty`; looks once a second.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; the log then has the text.
        """

        def matches(last_try: bool) -> bool:
            text = self.get_tty_text(tty)
            if last_try:
                self.log(f"Last chance to match /{regexp}/ on TTY{tty}, which currently contains: {text}")
            return re.search(regexp, text) is not None

        with self.nested(f"waiting for {regexp} to appear on tty {tty}"):
            retry(matches, timeout)

    def dump_tty_contents(self, tty: str) -> None:
        """Write the text on the virtual terminal with the number `tty` to the machine's journal.

        The journal goes to the serial console, and so into the log; without a journal the text goes there directly.
        """
        # The last row has no end of its own.
        journal = "if command -v systemd-cat >/dev/null; then systemd-cat; else { cat; echo; } >&2; fi"
        self.execute(f"fold -w 80 /dev/vcs{tty} | {journal}")

    # The root shell.

    def shell_interact(self, address: str | None = None) -> None:
        """Give the user the machine's root shell, the one that also runs the script's commands.

        Without `address` the driver's own standard input is read, line by line, and what the shell prints goes to
        standard output; there is no prompt and no job control. Ends with the input (Ctrl-D), after the commands that
        were typed, or at Ctrl-C. With `address`, the program `socat` connects the shell to that address.

        Starts the machine if need be; commands of other threads wait meanwhile. Raises MachineError if the machine is
        lost or `socat` is missing. A second console is better where there is one: this shell is the script's.
        """
        self.connect()
        if address is not None and shutil.which("socat") is None:
            raise MachineError("'shell_interact' with an address needs 'socat', which is not on PATH: install it")
        root_shell = self._running_shell()
        with root_shell.lent() as connection, suppress(KeyboardInterrupt):
            self.log("Terminal is ready (there is no initial prompt):")
            if address is None:
                if interact(connection):
                    root_shell.found_step()
            else:
                descriptor = connection.fileno()
                subprocess.run(["socat", address, f"FD:{descriptor}"], pass_fds=[descriptor], check=False)
