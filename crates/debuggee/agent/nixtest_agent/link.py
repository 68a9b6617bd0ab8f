"""The link to the adapter: DAP framing over a unix socket, and the numbering of messages.

It knows nothing of what the messages mean. Any thread may send; one thread receives.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

Json = dict[str, Any]
"""A JSON object of the link; its shape is the protocol's, checked where it is read."""

LARGEST_MESSAGE: Final = 64 * 1024 * 1024
"""In bytes. A longer announcement is a broken peer, not a message."""

# Made once: `json.dumps` makes an encoder for each message that differs from its defaults.
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Broken(Exception):
    """The peer is gone, or what it sends is no longer a sequence of messages."""


class Link:
    """One connection. After the first failure `alive` is false, and sending does nothing."""

    def __init__(self, connection: socket.socket, uninterrupted: AbstractContextManager[None]) -> None:
        self._connection = connection
        self._uninterrupted = uninterrupted
        self._lock = threading.Lock()
        self._seq = 0
        self.alive = True

    def event(self, name: str, body: Json) -> None:
        self._send({"type": "event", "event": name, "body": body})

    def respond(self, request: Json, body: Json) -> None:
        self._send(_answer(request) | {"success": True, "body": body})

    def fail(self, request: Json, number: int, message: str) -> None:
        error = {"id": number, "format": message, "showUser": False}
        self._send(_answer(request) | {"success": False, "message": message, "body": {"error": error}})

    def messages(self) -> Iterator[Json | None]:
        """What the adapter sends, until the link ends. A body that is no JSON object arrives as None."""
        with self._connection.makefile("rb") as stream:
            while self.alive:
                length = _read_length(stream)
                if length is None:
                    return
                body = stream.read(length)
                if len(body) < length:
                    return
                yield _parse(body)

    def close(self) -> None:
        """End the connection; a thread that waits for a message comes back."""
        self.alive = False
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._connection.close()

    def forsake(self) -> None:
        """In a forked child: let go of the parent's connection without ending it."""
        self.alive = False
        self._lock = threading.Lock()
        self._connection.close()

    def _send(self, message: Json) -> None:
        if not self.alive:
            return
        # An interrupt in the middle of a message would leave half of it on the wire.
        with self._uninterrupted, self._lock:
            self._seq += 1
            text = _encode({"seq": self._seq} | message)
            # A lone surrogate has no UTF-8 and no valid JSON escape.
            body = text.encode("utf-8", "replace")
            try:
                self._connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            except OSError:
                self.alive = False


def _answer(request: Json) -> Json:
    return {"type": "response", "request_seq": request.get("seq", 0), "command": request.get("command", "")}


def _read_length(stream: Any) -> int | None:
    """The length announced by the next header; None at the end of the stream."""
    length: int | None = None
    while True:
        line = stream.readline(1024)
        if not line.endswith(b"\n"):
            return None
        line = line.strip()
        if not line:
            if length is not None:
                return length
            continue
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            try:
                length = int(value)
            except ValueError as error:
                raise Broken("a header announces no length") from error
            if not 0 <= length <= LARGEST_MESSAGE:
                raise Broken(f"a header announces {length} bytes")


def _parse(body: bytes) -> Json | None:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
