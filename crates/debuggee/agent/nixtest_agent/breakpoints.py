"""Line breakpoints and log points: where each hits, and what happens there. Evaluating is left to the caller.

A line of the file that people wrote may be several lines of the script. Breakpoints with the same `id` are one to
their client, and count their hits together.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import conditions, log_messages
from . import lines as script_lines
from .conditions import Counts, Evaluate, Guard, Unusable
from .link import Json
from .log_messages import LogMessage
from .script import Script


@dataclass(frozen=True)
class Breakpoint:
    number: int
    line: int
    guard: Guard
    message: LogMessage | None


@dataclass
class Hits:
    """The breakpoints that stop here; `texts` explain conditions that failed. The messages are to be written."""

    numbers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    messages: list[LogMessage] = field(default_factory=list)


class Breakpoints:
    """Those of one client. Without a script they are kept, and find their lines when it comes."""

    def __init__(self, counts: Counts) -> None:
        self._by_line: dict[int, tuple[Breakpoint, ...]] = {}
        self._asked: list[Json] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._next_number = itertools.count(1)
        self._counts = counts
        self._script: Script | None = None

    def load(self, script: Script) -> None:
        self._script = script
        self.replace(self._asked)

    def follow(self, script: Script, before: Script) -> None:
        """Until the adapter has placed them anew, those in statements that both texts have stay there."""
        self._script = script
        moved = ((each, before.moved(each.get("line", 0))) for each in self._asked)
        self.replace([each | {"line": line} for each, line in moved if line is not None])

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

    def keys(self) -> set[object]:
        """Of the counts."""
        return {each.number for line in self._by_line.values() for each in line}

    def reported_lines(self) -> frozenset[int]:
        """All lines whose events may be a hit."""
        if self._script is None:
            return frozenset()
        return frozenset(line for anchor in self._by_line for line in self._script.reported_for(anchor))

    def hits(self, line: int, evaluate: Evaluate) -> Hits | None:
        """What happens at the line."""
        here = self._by_line.get(line)
        if here is None:
            return None
        hits = Hits()
        # Two lines of one client's breakpoint may have moved to the same statement.
        for each in {each.number: each for each in here}.values():
            verdict = conditions.judge(each.guard, evaluate, self._counter(each.number))
            if verdict is None:
                continue
            if each.message is not None:
                # A log point never stops; what it cannot decide it says.
                hits.messages.append(each.message if verdict.text is None else LogMessage((verdict.text,)))
                continue
            hits.numbers.append(each.number)
            if verdict.text is not None:
                hits.texts.append(verdict.text)
        return hits

    def _counter(self, number: int) -> Callable[[], int]:
        return lambda: self._counts.add(number)

    def _resolve(self, asked: Json) -> tuple[Breakpoint | None, Json]:
        line = asked.get("line")
        if not isinstance(line, int) or isinstance(line, bool):
            return None, unverified(next(self._next_number), 1, "a breakpoint needs a line number; send one")
        number = self._number(asked, line)
        if self._script is None:
            return None, unverified(number, line, "the script is not loaded yet; the breakpoint waits for it")
        try:
            guard = conditions.read(asked, self._script.flags)
            text = conditions.text_of(asked, "logMessage")
            message = log_messages.read(text, self._script.flags) if text is not None else None
        except Unusable as error:
            return None, unverified(number, line, str(error))
        hit = script_lines.move(line, self._script.hits, self._script.outline)
        if hit is None:
            return None, unverified(number, line, "no statement follows this line in its block; choose another line")
        answer: dict[str, Any] = {"id": number, "verified": True, "line": hit, "column": self._script.column(hit)}
        return Breakpoint(number, hit, guard, message), answer

    def _number(self, asked: Json, line: int) -> int:
        given = asked.get("id")
        if isinstance(given, int) and not isinstance(given, bool):
            return given
        key = (line, *(repr(asked.get(name)) for name in ("condition", "hitCondition", "logMessage")))
        return self._numbers.setdefault(key, next(self._next_number))


def unverified(number: int, line: int, message: str) -> Json:
    return {"id": number, "verified": False, "line": line, "message": message}
