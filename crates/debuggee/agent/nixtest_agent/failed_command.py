"""The command that a failure is about: what ran last in a machine, kept with the end of its output.

Only the last command of each thread is kept. Whether an exception is about it is told by the frames it came through.
"""

from __future__ import annotations

import _thread
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from .link import Json
from .script import Script

KEPT: Final = 16 * 1024
"""In characters: how much of the end of an output is kept."""

_SHOWN: Final = 2000
"""In characters: how much of that is shown to people."""

_LONGEST_COMMAND: Final = 100
_MOST_THREADS: Final = 64


@dataclass(frozen=True)
class Command:
    """A command that has ended."""

    machine: Any
    name: str
    text: str
    status: int | None
    output: str
    cut: int
    """How many characters of the output, from its beginning, are not in `output`."""
    duration: int
    """In milliseconds."""
    line: int | None
    """Of the script."""


class LastCommands:
    """Those of all threads. A thread only ever touches its own."""

    def __init__(self) -> None:
        self._by_thread: dict[int, Command] = {}

    def keep(self, machine: Any, body: Json, output: object) -> None:
        """Take down a command, told as in `nixtest/command`."""
        text = output if type(output) is str else ""
        status, line = body.get("status"), body.get("line")
        command = Command(
            machine,
            body["machine"],
            body["command"],
            status,
            text[-KEPT:],
            max(len(text) - KEPT, 0),
            body["durationMs"],
            line,
        )
        ident = _thread.get_ident()
        if ident not in self._by_thread and len(self._by_thread) >= _MOST_THREADS:
            self._by_thread.pop(next(iter(self._by_thread)), None)
        self._by_thread[ident] = command

    def forget(self) -> None:
        """A new run of the script."""
        self._by_thread.clear()

    def failure_of(self, error: BaseException, script: Script) -> Failure | None:
        """The command that the exception is about: the last one, if the exception came out of its machine's method."""
        command = self._by_thread.get(_thread.get_ident())
        if command is None:
            return None
        method = _method(error.__traceback__, command.machine, script)
        return Failure(command, method) if method is not None else None


@dataclass(frozen=True)
class Failure:
    """A command, and the method that the script called."""

    command: Command
    method: str

    def in_one_line(self) -> str:
        """For clients that show nothing else."""
        command = self.command
        text = " ".join(command.text.split())
        text = text if len(text) <= _LONGEST_COMMAND else f"{text[:_LONGEST_COMMAND]}…"
        status = "without an exit status" if command.status is None else f"with exit status {command.status}"
        return f"`{self.method}` on {command.name} failed {status}: {text}"

    def in_full(self) -> str:
        """For people: what ran, how it ended, the end of what it wrote."""
        command = self.command
        status = "no exit status" if command.status is None else f"exit status {command.status}"
        lines = [f"`{self.method}` on {command.name} failed: {status} after {command.duration / 1000:.1f} s"]
        lines.append(f"command: {command.text}")
        output = command.output[-_SHOWN:]
        cut = command.cut + len(command.output) - len(output)
        if output.strip():
            lines.append(f"output ({cut} characters before it are left out):" if cut else "output:")
            lines.append(output.rstrip("\n"))
        else:
            lines.append("output: none")
        return "\n".join(lines)

    def describe(self) -> Json:
        """For programs."""
        command = self.command
        body: Json = {
            "machine": command.name,
            "method": self.method,
            "command": command.text,
            "output": command.output,
            "outputCut": command.cut,
            "durationMs": command.duration,
        }
        if command.status is not None:
            body["status"] = command.status
        if command.line is not None:
            body["line"] = command.line
        return body


def _method(traceback: TracebackType | None, machine: object, script: Script) -> str | None:
    """The machine's method that the exception came out of: the outermost below the innermost frame of the script."""
    found: str | None = None
    while traceback is not None:
        frame = traceback.tb_frame
        if script.owns(frame.f_code):
            found = None
        elif found is None and frame.f_locals.get("self") is machine:
            found = frame.f_code.co_name
        traceback = traceback.tb_next
    return found
