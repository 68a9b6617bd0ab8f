"""A socket to QEMU whose use may be interrupted: by Ctrl-C, by the end of the test, by a debugger.

Whatever is raised while somebody waits here, no byte is lost and none is sent twice: what was not sent or not yet
understood is kept for the next call.
"""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from test_driver.termination import signals_held_back


class ChannelClosed(Exception):
    """The other end is gone."""


class ChannelLate(Exception):
    """Nothing came in time."""


class Channel:
    """A connected stream socket. Two threads must not use one at the same time."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.unread = bytearray()
        """What has come and was not yet understood."""
        self._without_line_end = 0
        self._unsent = b""

    def forget(self) -> None:
        """Drop what waits in either direction: the other end has started anew."""
        self.drop_unread()
        self._unsent = b""

    def drop_unread(self) -> None:
        """Drop what has come so far."""
        self.unread.clear()
        self._without_line_end = 0

    def send(self, data: bytes) -> None:
        """Send all of `data`, after the rest of what an interrupted call has left; raises ChannelClosed."""
        self._unsent += data
        while self._unsent:
            self.wait(select.POLLOUT)
            with signals_held_back(), closed_if_broken():
                try:
                    sent = self.connection.send(self._unsent, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    continue
                self._unsent = self._unsent[sent:]

    def receive(self, deadline: float | None = None) -> bytes:
        """Wait for more, add it to `unread` and return it.

        Raises ChannelLate at `deadline`, a reading of the monotonic clock, and ChannelClosed if nothing can come.
        """
        while True:
            self.wait(select.POLLIN, deadline)
            if said := self.take():
                return said

    def take(self) -> bytes:
        """Add to `unread` what is there, and return it; raises ChannelClosed if nothing is and nothing can come."""
        said = bytearray()
        with signals_held_back(), closed_if_broken():
            while True:
                try:
                    chunk = self.connection.recv(65536, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    break
                if not chunk:
                    if said:
                        break
                    raise ChannelClosed
                said += chunk
            self.unread += said
        return bytes(said)

    def take_line(self) -> bytes | None:
        """Remove the first line of `unread` and return it without its end; None if it is not whole yet."""
        end = self.unread.find(b"\n", self._without_line_end)
        if end < 0:
            self._without_line_end = len(self.unread)
            return None
        line = bytes(self.unread[:end])
        del self.unread[: end + 1]
        self._without_line_end = 0
        return line

    def wait(self, event: int, deadline: float | None = None) -> None:
        """Wait until there is something to read (`select.POLLIN`) or room to write (`select.POLLOUT`)."""
        poll = select.poll()
        with closed_if_broken():
            poll.register(self.connection, event)
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not poll.poll(None if left is None else left * 1000):
            raise ChannelLate

    def close(self) -> None:
        """Hang up, also on a thread that waits here: it gets ChannelClosed."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


@contextmanager
def closed_if_broken() -> Iterator[None]:
    """Turn the errors of a socket whose other end is gone into ChannelClosed."""
    try:
        yield
    except (OSError, ValueError) as error:
        # A socket that another thread has closed has no descriptor any more, which is a ValueError.
        raise ChannelClosed from error
