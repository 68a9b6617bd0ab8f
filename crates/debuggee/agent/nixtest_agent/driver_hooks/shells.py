"""The connections to the machines' shells, and what is left in them by a command that was abandoned.

The answer of such a command still comes. Before the next one a mark is sent, and all that comes before its echo is
dropped. The shell gets to the mark when the abandoned command has ended, so the next one waits for that. The testkit's
driver does the same itself.
"""

from __future__ import annotations

import itertools
import socket
from typing import Any


class Shells:
    """Of the machines of one driver."""

    def __init__(self) -> None:
        self._stale: dict[int, socket.socket] = {}
        self._marks = itertools.count(1)

    def connection(self, machine: Any) -> socket.socket | None:
        """None for a container, and for a machine that does not run."""
        found = getattr(machine, "shell", None)
        return found if isinstance(found, socket.socket) and found.fileno() >= 0 else None

    def mark_stale(self, machine: Any) -> bool:
        """A command was abandoned. False if what it leaves cannot be dropped."""
        connection = self.connection(machine)
        if hasattr(machine, "_guest_shell"):
            return True
        if connection is None or not getattr(machine, "connected", False):
            return False
        self._stale[id(machine)] = connection
        return True

    def discard_stale(self, machine: Any) -> None:
        """Read and drop what a command left behind that was abandoned on this connection, if one was."""
        if not self._stale:
            return
        connection = self._stale.get(id(machine))
        if connection is None:
            return
        if connection is self.connection(machine):
            mark = f"--nothing is left, {next(self._marks)}--"
            connection.sendall(f"echo; echo '{mark}'\n".encode())
            came = b""
            while not came.endswith(f"\n{mark}\n".encode()):
                chunk = connection.recv(1 << 16)
                if not chunk:
                    break
                came = (came + chunk)[-200:]
        del self._stale[id(machine)]
