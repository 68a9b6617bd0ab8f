"""When a breakpoint that was reached is a reason to stop: its condition, and how often that has held before.

Shared by all kinds of breakpoints. Where a condition is evaluated is left to the caller.
"""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Final

from .link import Json

FILE: Final = "<condition>"
"""The file name of the code of conditions and log messages."""

_RESERVE: Final = 100
"""Frames; more than it takes to evaluate a condition."""

_HIT_COUNT: Final = re.compile(r"\s*(==|=|>=|<=|>|<|%|)\s*([0-9]{1,15})\s*")

_COMPARISONS: Final[dict[str, Callable[[int, int], bool]]] = {
    "": operator.eq,
    "=": operator.eq,
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "%": lambda count, number: count % number == 0,
}

_LEAST: Final = {">": 0, ">=": 0, "<": 2}
"""The least number with which a comparison can hold, where that is not 1."""

Evaluate = Callable[[CodeType], object]


class Unusable(Exception):
    """A condition, hit count or log message that cannot be used; the text says why, for people."""


@dataclass(frozen=True)
class HitCount:
    """Which hits stop, counted from 1."""

    comparison: str
    number: int

    def stops(self, count: int) -> bool:
        return _COMPARISONS[self.comparison](count, self.number)


@dataclass(frozen=True)
class Guard:
    """What was asked for beside the place."""

    condition: str | None = None
    code: CodeType | None = None
    hit_count: HitCount | None = None


@dataclass(frozen=True)
class Verdict:
    """The breakpoint stops; `text` explains a condition that failed."""

    text: str | None = None


class Counts:
    """How often each breakpoint was hit in this run. The key is the breakpoint as its client knows it."""

    def __init__(self) -> None:
        self._counts: dict[object, int] = {}

    def add(self, key: object) -> int:
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count

    def begin(self) -> None:
        """A new run of the script."""
        self._counts.clear()

    def keep(self, keys: Iterable[object]) -> None:
        """Forget those of breakpoints that are there no more."""
        for key in set(self._counts).difference(keys):
            self._counts.pop(key, None)


def read(asked: Json, flags: int) -> Guard:
    """The `condition` and `hitCondition` of a breakpoint. Raises Unusable."""
    condition = text_of(asked, "condition")
    code = compiled(condition, flags, "the condition") if condition is not None else None
    return Guard(condition, code, _hit_count(text_of(asked, "hitCondition")))


def text_of(asked: Json, name: str) -> str | None:
    """A text of a breakpoint; clients send empty ones for none."""
    text = asked.get(name)
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    if not isinstance(text, str):
        raise Unusable(f"{name} is no text; send one")
    return text


def compiled(text: str, flags: int, what: str) -> CodeType:
    try:
        code: CodeType = compile(text.strip(), FILE, "eval", flags, True)
    except Exception as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise Unusable(f"{what} does not compile: {reason}") from error
    return code


def judge(guard: Guard, evaluate: Evaluate, count: Callable[[], int]) -> Verdict | None:
    """Whether a breakpoint that was reached stops. A condition that raises is a reason to stop, and to say so."""
    if guard.code is not None:
        try:
            if not evaluate(guard.code):
                return None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            pass_on_if_deep(error)
            return Verdict(f"the condition {guard.condition!r} raised {short_text(error)}")
    # Counted in any case, so that the count is right when the breakpoint is given a hit count later.
    hits = count()
    return Verdict() if guard.hit_count is None or guard.hit_count.stops(hits) else None


def pass_on_if_deep(error: BaseException) -> None:
    """Raise again when the script is about to run out of stack by itself, and will find out."""
    if isinstance(error, RecursionError) and _is_deep():
        raise error


def short_text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be shown)"
    return f"{type(error).__name__}: {text}"


def _hit_count(text: str | None) -> HitCount | None:
    if text is None:
        return None
    found = _HIT_COUNT.fullmatch(text)
    if found is None:
        raise Unusable(f"the hit count {text!r} is not understood; write a number, or one after >, >=, ==, <, <= or %")
    comparison, number = found[1], int(found[2])
    if number < _LEAST.get(comparison, 1):
        raise Unusable(f"the hit count {text!r} is never met; hits are counted from 1")
    return HitCount(comparison, number)


def _is_deep() -> bool:
    depth = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth > sys.getrecursionlimit() - _RESERVE
