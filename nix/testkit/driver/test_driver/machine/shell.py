"""The guest's root shell, at the other end of a virtio console: how a command is sent and its answer read.

A command is two exchanges of a line each: the pipeline, which answers with the output in base64, and a question for
the pipeline's status. The console has no flow control from the guest's side: what the host does not read in time is
lost. So whatever interrupts an exchange leaves the two sides out of step, and the next one begins by finding the step
again.
"""

import base64
import binascii
import re
import shlex
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from test_driver.errors import MachineError
from test_driver.machine.channel import Channel

BANNER = b"Spawning backdoor root shell..."
ARGUMENT_LIMIT = 128 * 1024 - 1
"""Bytes of the longest argument that Linux hands to a program."""
BASE64 = re.compile(rb"[A-Za-z0-9+/]*=*")


class GuestShell:
    """The connection to one guest's shell. Threads may share it: each command waits for those before it."""

    def __init__(self, channel: Channel, machine: str, log: Callable[[str], None]) -> None:
        self._channel = channel
        self._machine = machine
        self._log = log
        self._turn = threading.Lock()
        self._holder: int | None = None
        self._is_in_step = True
        self._marks = 0

    def wait_for_banner(self, timeout: float) -> None:
        """Read until the guest has started its shell.

        Raises ChannelLate when `timeout` seconds are over, ChannelClosed if the machine ends before.
        """
        deadline = time.monotonic() + timeout
        with self._my_turn():
            self._channel.forget()
            while BANNER not in self._channel.unread:
                said = self._channel.receive(deadline)
                self._log(f"Guest shell says: {said!r}")
            self._channel.drop_unread()
            self._is_in_step = True

    def run(
        self, command: str, check_return: bool, check_output: bool, timeout: float | None, stdin: str = ""
    ) -> tuple[int, str]:
        """Run a command as `Commands.execute` describes it; raises ChannelClosed if the machine ends.

        The command finds `stdin` on its standard input, and has to read all of it: what it leaves, the shell takes
        for commands. It must have no time limit then, which would make it a background process to the terminal.
        """
        script = f"set -euo pipefail; {command}"
        check_script(script)
        limit = "" if timeout is None else f"timeout {timeout} "
        pipeline = f"{limit}bash -c {shlex.quote(script)}"
        with self._my_turn():
            self._find_step()
            if not check_output:
                # Nobody will read an answer, so there must be none.
                self._send(f"{pipeline} >/dev/null\n")
                return (-2, "")
            self._is_in_step = False
            self._send(f"{pipeline} | (base64 -w 0; echo)\n{stdin}")
            output = self._read_output().decode(errors="replace")
            status = -1
            if check_return:
                self._send("echo ${PIPESTATUS[0]}\n")
                status = self._read_status()
            self._is_in_step = True
            return (status, output)

    def type_line(self, line: str) -> None:
        """Send a line and expect no answer; raises ChannelClosed if the machine is gone."""
        with self._my_turn():
            self._send(f"{line}\n")

    @contextmanager
    def lent(self) -> Iterator[socket.socket]:
        """Lend the connection to somebody who talks to the shell in their own way; commands wait so long.

        Who has left nothing unread calls `found_step` before they give it back.
        """
        with self._my_turn():
            self._find_step()
            self._is_in_step = False
            yield self._channel.connection

    def found_step(self) -> None:
        """Take note that all that the shell was told to do is done and read."""
        self._is_in_step = True

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._holder == threading.get_ident():
            raise self._error("this thread waits for another command of it, and cannot run one meanwhile")
        with self._turn:
            try:
                self._holder = threading.get_ident()
                yield
            finally:
                self._holder = None

    def _find_step(self) -> None:
        """Make sure that the next line that arrives answers the next line that is sent."""
        if self._is_in_step:
            # Nobody asked for this: a background process that prints here, or the banner of a guest that restarted.
            self._channel.take()
            self._channel.drop_unread()
            return
        self._log("waiting for an interrupted command to end")
        self._marks += 1
        mark = f"--in step again, {self._marks}--"
        # The empty line ends what the interrupted exchange may have left of a line.
        question = f"echo; echo '{mark}'\n"
        self._send(question)
        while not self._channel.unread.endswith(f"\n{mark}\n".encode()):
            self._channel.receive()
            if BANNER in self._channel.unread:
                # The guest has restarted, and the question may have gone with it.
                self._channel.drop_unread()
                self._send(question)
        self._channel.drop_unread()
        self._is_in_step = True

    def _send(self, text: str) -> None:
        self._channel.send(text.encode(errors="surrogateescape"))

    def _read_output(self) -> bytes:
        line = self._read_line()
        if not BASE64.fullmatch(line):
            raise self._error(f"its shell answered with {line[:200]!r} in place of a command's output")
        try:
            return base64.b64decode(line)
        except binascii.Error as error:
            raise self._error(f"a part of a command's output was lost ({len(line)} characters arrived)") from error

    def _read_status(self) -> int:
        line = self._read_line()
        if not line.isdigit():
            raise self._error(f"its shell answered with {line[:200]!r} in place of a command's status")
        return int(line)

    def _read_line(self) -> bytes:
        while (line := self._channel.take_line()) is None:
            self._channel.receive()
        if BANNER in line:
            self._is_in_step = True
            raise self._error("it has restarted in the middle of a command")
        return line

    def _error(self, what: str) -> MachineError:
        return MachineError(f"machine '{self._machine}': {what}")


def check_script(script: str) -> None:
    """Raise MachineError if no bash would get this whole as its argument."""
    size = len(script.encode(errors="surrogateescape"))
    if size > ARGUMENT_LIMIT:
        raise MachineError(
            f"the command has {size} bytes, and Linux takes {ARGUMENT_LIMIT}: bring data to the machine by "
            "'copy_from_host_via_shell' instead"
        )
    if "\0" in script:
        raise MachineError("the command contains a null character, which no program can be given")
