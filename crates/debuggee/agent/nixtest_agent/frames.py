"""Stacks as people should see them: the script's frames, the driver's between them, never the agent's own."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Final

from .link import Json
from .script import FILE, Script

EVALUATED: Final = "<evaluated>"
"""The file name of code that a client sent."""

_AGENT: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep


@dataclass(frozen=True)
class Position:
    """Lines and columns from 1; columns in code points."""

    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True)
class Entry:
    """One frame of a stack."""

    frame: FrameType
    position: Position
    """In the text that the frame's code is of, which is not always the newest."""
    is_script: bool
    is_top_level: bool
    script: Script

    @property
    def name(self) -> str:
        code = self.frame.f_code
        if self.is_top_level:
            return "testScript"
        return getattr(code, "co_qualname", code.co_name)

    def now(self) -> tuple[Script, int]:
        """The newest text that has the line, and where it stands there."""
        return self.script.now(self.frame.f_code, self.position.line)

    def describe(self, number: int) -> Json:
        """A `StackFrame` of the protocol."""
        text, line = self.now()
        body: Json = {"id": number, "name": self.name, "line": line, "column": self.position.column}
        if self.position.end_line is not None and self.position.end_column is not None:
            body["endLine"] = self.position.end_line + line - self.position.line
            body["endColumn"] = self.position.end_column
        if self.is_script:
            return body | {"source": {"name": FILE, "sourceReference": text.version}}
        path = self.frame.f_code.co_filename
        body["source"] = {"name": os.path.basename(path) or path}
        if os.path.isabs(path):
            body["source"]["path"] = path
        return body | {"presentationHint": "subtle"}


def is_of_agent(code: CodeType) -> bool:
    return code.co_filename.startswith(_AGENT)


def is_hidden(code: CodeType) -> bool:
    """Frames that are the machinery of debugging or of importing."""
    name = code.co_filename
    return name.startswith((_AGENT, "<frozen importlib", "<condition>")) or name == EVALUATED


def live(frame: FrameType | None, script: Script, line: int | None = None) -> list[Entry]:
    """The stack of a thread, innermost script frame first. `line` is where that frame's statement stands."""
    chain: list[tuple[FrameType, int, int]] = []
    while frame is not None:
        chain.append((frame, frame.f_lineno, frame.f_lasti))
        frame = frame.f_back
    entries = _entries(chain, script)
    if entries and line is not None:
        position = Position(line, script.of(entries[0].frame.f_code).column(line))
        entries[0] = dataclasses.replace(entries[0], position=position)
    return entries


def of_traceback(traceback: TracebackType | None, script: Script) -> list[Entry]:
    """The stack an exception went through, innermost script frame first; the frames are still alive in it."""
    chain: list[tuple[FrameType, int, int]] = []
    while traceback is not None:
        chain.append((traceback.tb_frame, traceback.tb_lineno, traceback.tb_lasti))
        traceback = traceback.tb_next
    return _entries(chain[::-1], script)


def innermost_script_frame(frame: FrameType | None, script: Script) -> FrameType | None:
    while frame is not None and not script.owns(frame.f_code):
        frame = frame.f_back
    return frame


def without_agent(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback as it would be without the agent. Changes its links in place."""
    kept: TracebackType | None = None
    for each in reversed(list(_links(traceback))):
        if not is_hidden(each.tb_frame.f_code):
            each.tb_next = kept
            kept = each
    return kept


def _links(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _entries(chain: Iterable[tuple[FrameType, int, int]], script: Script) -> list[Entry]:
    """From innermost to outermost: cut to the span between the first and the last script frame."""
    entries: list[Entry] = []
    complete = 0
    for frame, line, instruction in chain:
        code = frame.f_code
        if is_hidden(code):
            continue
        is_script = script.owns(code)
        if not is_script and not entries:
            continue
        position = _position(code, line, instruction, script.of(code) if is_script else None)
        entries.append(Entry(frame, position, is_script, script.is_top_level(code), script))
        if is_script:
            complete = len(entries)
    return entries[:complete]


def _position(code: CodeType, line: int | None, instruction: int, script: Script | None) -> Position:
    line = line or code.co_firstlineno
    if script is None:
        return Position(line, 1)
    positions = getattr(code, "co_positions", None)
    if positions is None or instruction < 0:
        return Position(line, script.column(line))
    found = next(islice(positions(), instruction // 2, None), None)
    if found is None or None in found or found[0] != line:
        return Position(line, script.column(line))
    _, end_line, start, end = found
    return Position(line, script.character(line, start), end_line, script.character(end_line, end))
