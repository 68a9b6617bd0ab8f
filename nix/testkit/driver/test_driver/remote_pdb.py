"""Python's debugger at the other end of a TCP connection, for `telnet` and the like."""

import contextlib
import io
import pdb
import socket
from types import TracebackType


class _Wire(io.TextIOBase):
    """A connection as a text file: lines end as network terminals have it, and a lost peer is the end of the file."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._input = connection.makefile("r", encoding="utf-8", errors="replace")

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        try:
            return self._input.readline()
        except (OSError, ValueError):
            return ""

    def write(self, text: str, /) -> int:
        # That nobody is there any more, the next read says.
        with contextlib.suppress(OSError):
            self._connection.sendall(text.replace("\n", "\r\n").encode(errors="replace"))
        return len(text)

    def close(self) -> None:
        self._input.close()
        self._connection.close()
        super().close()


class RemotePdb(pdb.Pdb):
    """One debugging session. It ends with `continue` if no breakpoints are set, with `quit`, and when the peer leaves.

    A peer that leaves lets the script go on, as `continue` does without breakpoints.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._wire = _Wire(connection)
        super().__init__(stdin=self._wire, stdout=self._wire, nosigint=True, readrc=False)  # type: ignore[arg-type]

    def look_at(self, trace: TracebackType | None) -> None:
        """Let the peer look at the frames of `trace`, the last first, until it has seen enough."""
        self.reset()
        try:
            self.interaction(None, trace)
        finally:
            self._wire.close()

    def set_continue(self) -> None:  # noqa: D102 - as in `bdb`
        super().set_continue()
        if not self.breaks:
            self._wire.close()

    def set_quit(self) -> None:  # noqa: D102
        super().set_quit()
        self._wire.close()

    def do_EOF(self, arg: str) -> bool | None:  # noqa: N802 - named by `cmd`
        """EOF: the peer has left."""
        self.clear_all_breaks()
        return self.do_continue(arg)

    def do_interact(self, arg: str) -> bool | None:
        """interact: is not to be had over a connection."""
        self.message("there is no 'interact' over a connection: type statements at this prompt")
        return None
