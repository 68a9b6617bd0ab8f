"""QEMU's machine protocol: JSON commands and events over a socket."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from test_driver.errors import MachineError


class QMPAPIError(MachineError):
    """QEMU refused a command; `class_name` is its kind of error and `description` its words."""

    def __init__(self, command: str, error: dict[str, Any]) -> None:
        self.class_name = str(error.get("class", ""))
        self.description = str(error.get("desc", ""))
        super().__init__(f"QEMU refused '{command}': {self.description}")


class QMPSession:
    """A connection to one QEMU. Several threads may use it; each call waits for its turn."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._unread = b""
        self._events: deque[dict[str, Any]] = deque()
        self._lock = threading.Lock()
        self._receive(None)  # QEMU's greeting
        self.send("qmp_capabilities")

    @staticmethod
    def from_path(path: Path) -> "QMPSession":
        """Connect to the socket at `path`; raises OSError while nobody listens there."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            raise
        return QMPSession(connection)

    def send(self, command: str, args: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a command and return QEMU's answer.

        Raises QMPAPIError if QEMU refuses it, MachineError if QEMU is gone.
        """
        with self._lock:
            self._connection.sendall(json.dumps({"execute": command, "arguments": args or {}}).encode() + b"\n")
            while True:
                message = self._receive(None)
                if "error" in message:
                    raise QMPAPIError(command, message["error"])
                if "return" in message:
                    return message
                self._events.append(message)

    def wait_for_event(self, event_filter: Callable[[dict[str, Any]], bool], timeout: float = 600) -> dict[str, Any]:
        """Return the next event that `event_filter` accepts; those before it are dropped.

        Raises MachineError when `timeout` seconds (default 600) are over.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            while True:
                event = self._events.popleft() if self._events else self._receive(deadline)
                if event_filter(event):
                    return event

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _receive(self, deadline: float | None) -> dict[str, Any]:
        while b"\n" not in self._unread:
            self._connection.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
            try:
                chunk = self._connection.recv(4096)
            except TimeoutError as error:
                raise MachineError("QEMU sent no such event in time") from error
            if not chunk:
                raise MachineError("QEMU closed its control socket")
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message
