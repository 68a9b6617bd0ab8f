"""A debug client of a few lines: one adapter as a process, requests over its standard streams, one thing at a time."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

Message = dict[str, Any]

DEADLINE_SECONDS = 60
"""An adapter that takes longer to end has failed."""


class Client:
    """Owns the adapter's process; leaving the block closes its input, which ends the session with its processes."""

    def __init__(self, command: Sequence[str], directory: Path | None = None) -> None:
        self.began = time.perf_counter()
        """When the process was asked for, on the clock of `time.perf_counter`."""
        self.process = subprocess.Popen(
            command, cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdin and self.process.stdout
        self._to, self._from = self.process.stdin, self.process.stdout
        self._seq = 0
        self._passed: list[Message] = []
        """Events that came while something else was waited for."""

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._to.close()
        self._from.close()
        self.process.wait(DEADLINE_SECONDS)

    def send(self, command: str, arguments: Message) -> int:
        self._seq += 1
        message = {"seq": self._seq, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._to.flush()
        return self._seq

    def request(self, command: str, arguments: Message | None = None) -> Message:
        """The body of the response; a refusal ends the benchmark."""
        return self.response(self.send(command, arguments or {}))

    def response(self, seq: int) -> Message:
        while True:
            message = self._receive()
            if message["type"] == "response" and message["request_seq"] == seq:
                if not message["success"]:
                    sys.exit(f"the adapter refused: {message}")
                body: Message = message.get("body") or {}
                return body
            self._passed.append(message)

    def event(self, name: str, is_it: Callable[[Message], bool] = lambda body: True) -> Message:
        """The body of the next event of this name, and of this content; those before it are dropped."""
        while True:
            message = self._passed.pop(0) if self._passed else self._receive()
            if message.get("event") == name and is_it(message.get("body") or {}):
                body: Message = message.get("body") or {}
                return body
            if message.get("event") == "terminated" or message.get("success") is False:
                sys.exit(f"there was no {name!r} before the end: {message}")

    def printed(self, pattern: str) -> str:
        """What the group of the pattern is in what the debuggee prints next. Its log may stand on the same line."""
        text = ""
        while (found := re.search(pattern, text)) is None:
            text += str(self.event("output")["output"])
        return found[1]

    def resident_bytes(self) -> int:
        """Of the adapter's process alone."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))

    def _receive(self) -> Message:
        length = 0
        while line := self._from.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            sys.exit("the adapter closed its output before the session ended")
        message: Message = json.loads(self._from.read(length))
        return message
