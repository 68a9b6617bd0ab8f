"""QEMU's machine protocol: JSON commands and events over a socket."""

import json
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from test_driver.duration import Duration, as_seconds
from test_driver.errors import MachineError
from test_driver.machine.channel import Channel, ChannelClosed, ChannelLate


class QMPAPIError(MachineError):
    """QEMU refused a command; `class_name` is its kind of error and `description` its words."""

    def __init__(self, command: str, error: dict[str, Any]) -> None:
        self.class_name = str(error.get("class", ""))
        self.description = str(error.get("desc", ""))
        super().__init__(f"QEMU refused '{command}': {self.description} [{self.class_name}]")


class QMPTimeout(MachineError, TimeoutError):
    """No event that was waited for came in time."""


class QMPClosed(MachineError):
    """QEMU is gone."""

    def __init__(self) -> None:
        super().__init__("QEMU closed its control socket")


class QMPSession:
    """A connection to one QEMU. Threads may share it: each command waits for those before it."""

    def __init__(self, sock: socket.socket) -> None:
        """Take the greeting from a socket that is connected to QEMU, and answer it."""
        self._channel = Channel(sock)
        self._turn = threading.Lock()
        self._events: deque[dict[str, Any]] = deque()
        self._answers_due = 0
        while "QMP" not in self._receive():
            pass
        self.send("qmp_capabilities")

    @staticmethod
    def from_path(path: Path) -> "QMPSession":
        """Connect to the socket at `path`; raises OSError while nobody listens there."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
            return QMPSession(connection)
        except BaseException:
            connection.close()
            raise

    def send(self, cmd: str, args: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a command with its arguments, and return QEMU's whole answer: what the command returns is in `return`.

        Raises QMPAPIError if QEMU refuses it, QMPClosed if QEMU is gone.
        """
        with self._turn:
            request = json.dumps({"execute": cmd} | ({"arguments": args} if args else {})).encode() + b"\n"
            try:
                self._answers_due += 1
                self._channel.send(request)
            except ChannelClosed:
                raise QMPClosed from None
            while True:
                message = self._receive()
                if "event" in message:
                    self._events.append(message)
                    continue
                self._answers_due -= 1
                if self._answers_due > 0:
                    # The answer to a command that was interrupted.
                    continue
                if "error" in message:
                    raise QMPAPIError(cmd, message["error"])
                return message

    def wait_for_event(self, timeout: Duration = 10) -> dict[str, Any]:
        """Return QEMU's next event, which may be an old one that nobody has asked for yet.

        Raises QMPTimeout when `timeout` seconds (default 10) are over, QMPClosed if QEMU is gone.
        """
        limit = as_seconds(timeout)
        deadline = time.monotonic() + limit
        while True:
            with self._turn:
                self._take_events()
                if self._events:
                    return self._events.popleft()
            try:
                # Others may use the connection meanwhile, and then find the event before this thread does.
                self._channel.wait(select.POLLIN, min(deadline, time.monotonic() + 0.2))
            except ChannelLate:
                if time.monotonic() >= deadline:
                    raise QMPTimeout(f"no such event came from QEMU in {limit} seconds") from None
            except ChannelClosed:
                raise QMPClosed from None

    def events(self, timeout: Duration = 10) -> Iterator[dict[str, Any]]:
        """QEMU's events one after the other; ends when none comes for `timeout` seconds (default 10)."""
        while True:
            try:
                event = self.wait_for_event(timeout)
            except QMPTimeout:
                return
            yield event

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def _take_events(self) -> None:
        try:
            self._channel.take()
        except ChannelClosed as error:
            if b"\n" not in self._channel.unread and not self._events:
                raise QMPClosed from error
        while (line := self._channel.take_line()) is not None:
            message = json.loads(line)
            if "event" in message:
                self._events.append(message)
            else:
                self._answers_due -= 1

    def _receive(self) -> dict[str, Any]:
        while (line := self._channel.take_line()) is None:
            try:
                self._channel.receive()
            except ChannelClosed:
                raise QMPClosed from None
        message: dict[str, Any] = json.loads(line)
        return message
