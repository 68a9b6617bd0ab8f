"""Reads a machine's shell while the script stands in the middle of a command, and gives what came to the script later.

QEMU's console drops what nobody reads. The connection is exchanged beneath the driver: its file descriptor becomes one
end of a socket pair, a thread copies between the other end and QEMU, and keeps without limit what the script does not
take yet. Bytes keep their order, because only that thread reads from QEMU. When the command has ended everything has
been taken, and the descriptor becomes the connection again.
"""

from __future__ import annotations

import _thread
import fcntl
import os
import select
import socket

from . import trouble


class Splice:
    """Of one connection, from its making to `undo`."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._descriptor = connection.fileno()
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        near, self._far = socket.socketpair()
        self._real = socket.socket(fileno=os.dup(self._descriptor))
        self._wake, self._waker = os.pipe()
        self._finished = _thread.allocate_lock()
        self._finished.acquire()
        self._held = bytearray()
        self._is_alive = True
        # For the script the descriptor is as it was: blocking or not.
        fcntl.fcntl(near.fileno(), fcntl.F_SETFL, flags)
        os.dup2(near.fileno(), self._descriptor, inheritable=False)
        near.close()
        _thread.start_new_thread(self._pump, ())

    def undo(self) -> bool:
        """Give the connection back; False if something has come that the script has not read, and it goes on."""
        os.write(self._waker, b".")
        self._finished.acquire()
        os.read(self._wake, 1)
        is_ours = self.connection.fileno() == self._descriptor
        if is_ours and self._is_alive and (self._held or select.select([self._descriptor], [], [], 0)[0]):
            _thread.start_new_thread(self._pump, ())
            return False
        if is_ours:
            os.dup2(self._real.fileno(), self._descriptor, inheritable=False)
        self._real.close()
        self._far.close()
        os.close(self._wake)
        os.close(self._waker)
        return True

    def _pump(self) -> None:
        """Started with the splice, ends with `undo` or with either end."""
        try:
            self._is_alive = self._copy()
        except OSError:
            self._is_alive = False
            trouble.record("reading a machine's shell while the script stands")
        finally:
            self._finished.release()

    def _copy(self) -> bool:
        """Returns whether both ends are open."""
        self._real.setblocking(True)
        self._far.setblocking(True)
        is_open = True
        while True:
            reading: list[socket.socket | int] = [self._wake, self._far]
            if is_open:
                reading.append(self._real)
            readable, writable, _ = select.select(reading, [self._far] if self._held else [], [])
            if self._real in readable:
                came = self._real.recv(1 << 16)
                is_open = bool(came)
                self._held += came
            if self._far in readable:
                sent = self._far.recv(1 << 16)
                if not sent:
                    # The driver has closed its end.
                    self._real.shutdown(socket.SHUT_RDWR)
                    return False
                self._real.sendall(sent)
            if self._far in writable:
                del self._held[: self._far.send(self._held, socket.MSG_DONTWAIT)]
            if not is_open and not self._held:
                self._far.shutdown(socket.SHUT_WR)
                return False
            if self._wake in readable:
                return True
