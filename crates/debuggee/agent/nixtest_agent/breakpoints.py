"""Line breakpoints: where each hits, and which hit now. Evaluating a condition is left to the caller."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Final

from . import lines as script_lines
from .link import Json
from .script import Script

_RESERVE: Final = 100
"""Frames; more than it takes to evaluate a condition."""


@dataclass(frozen=True)
class Breakpoint:
    number: int
    line: int
    condition: str | None
    code: CodeType | None


@dataclass(frozen=True)
class Hits:
    """The breakpoints that stop here; `text` explains a condition that failed."""

    numbers: list[int]
    text: str | None


class Breakpoints:
    """Those of one client. Without a script they are kept, and find their lines when it comes."""

    def __init__(self) -> None:
        self._by_line: dict[int, tuple[Breakpoint, ...]] = {}
        self._asked: list[Json] = []
        self._numbers: dict[tuple[int, str | None], int] = {}
        self._next_number = itertools.count(1)
        self._script: Script | None = None

    def load(self, script: Script) -> None:
        self._script = script
        self.replace(self._asked)

    def replace(self, asked: list[Json]) -> list[Json]:
        """Forget the old ones, set those of a `setBreakpoints` request, and return its answer."""
        self._asked = asked
        by_line: dict[int, tuple[Breakpoint, ...]] = {}
        answers: list[Json] = []
        for each in asked:
            found, answer = self._resolve(each)
            answers.append(answer)
            if found is not None:
                by_line[found.line] = (*by_line.get(found.line, ()), found)
        self._by_line = by_line
        return answers

    def reported_lines(self) -> frozenset[int]:
        """All lines whose events may be a hit."""
        if self._script is None:
            return frozenset()
        return frozenset(line for anchor in self._by_line for line in self._script.reported[anchor])

    def hits(self, line: int, evaluate: Callable[[CodeType], object]) -> Hits | None:
        """Which breakpoints of the line stop the script. A condition that raises is a reason to stop, and to say so."""
        numbers: list[int] = []
        texts: list[str] = []
        for each in self._by_line.get(line, ()):
            if each.code is None:
                numbers.append(each.number)
                continue
            try:
                holds = bool(evaluate(each.code))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                if isinstance(error, RecursionError) and _is_deep():
                    # The script is about to run out of stack by itself, and will find out.
                    raise
                numbers.append(each.number)
                texts.append(f"the condition {each.condition!r} raised {type(error).__name__}: {_text_of(error)}")
                continue
            if holds:
                numbers.append(each.number)
        return Hits(numbers, "; ".join(texts) or None) if numbers else None

    def _resolve(self, asked: Json) -> tuple[Breakpoint | None, Json]:
        line = asked.get("line")
        condition = asked.get("condition") or None
        if not isinstance(line, int) or isinstance(line, bool) or not isinstance(condition, str | None):
            return None, _unverified(next(self._next_number), 1, "a breakpoint needs a line number; send one")
        number = self._numbers.setdefault((line, condition), next(self._next_number))
        if self._script is None:
            return None, _unverified(number, line, "the script is not loaded yet; the breakpoint waits for it")
        code: CodeType | None = None
        if condition is not None:
            try:
                code = compile(condition.strip(), "<condition>", "eval", self._script.flags, True)
            except Exception as error:
                reason = error.msg if isinstance(error, SyntaxError) else str(error)
                return None, _unverified(number, line, f"the condition does not compile: {reason}")
        hit = script_lines.move(line, self._script.hits, self._script.outline)
        if hit is None:
            return None, _unverified(number, line, "no statement follows this line in its block; choose another line")
        answer: dict[str, Any] = {"id": number, "verified": True, "line": hit, "column": self._script.column(hit)}
        return Breakpoint(number, hit, condition, code), answer


def _is_deep() -> bool:
    depth = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth > sys.getrecursionlimit() - _RESERVE


def _unverified(number: int, line: int, message: str) -> Json:
    return {"id": number, "verified": False, "line": line, "message": message}


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its text cannot be shown)"
