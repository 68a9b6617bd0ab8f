"""Which exceptions stop the script: the filters that a client has set, each with its condition."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from . import conditions, values
from .conditions import Evaluate, Guard, Unusable, Verdict
from .link import Json

Kind = Literal["assertion", "machine"]
"""What a failure of the test is: of what it asserts, or of the driver and its machines."""

FILTERS: Final = ("uncaught", "raised", "assertion", "machine", "subtest")

_AT_RAISE: Final = ("raised", "assertion", "machine")
"""Those that are decided when an exception appears in the script, in this order."""

_TYPES: Final = re.compile(r"\s*[\w.]+(\s*,\s*[\w.]+)*\s*")


@dataclass(frozen=True)
class Filter:
    name: str
    guard: Guard
    types: tuple[str, ...]
    """Names of exception types, of which one must fit; empty if any does."""


class ExceptionFilters:
    """Those of one client. One that never says anything has the default of the filters."""

    def __init__(self) -> None:
        self._filters: tuple[Filter, ...] = (Filter("uncaught", Guard(), ()),)
        self.kind_of: Callable[[BaseException], Kind | None] = lambda error: None
        """Set by those who know the driver."""

    def replace(self, asked: list[Json], flags: int) -> list[Json]:
        """Set those of a request; answers a breakpoint for each."""
        filters: list[Filter] = []
        answers: list[Json] = []
        for each in asked:
            answer: Json = {"verified": True}
            try:
                filters.append(_read(each, flags))
            except Unusable as error:
                answer = {"verified": False, "message": str(error)}
            answers.append(answer)
        self._filters = tuple(filters)
        return answers

    def need_raises(self) -> bool:
        return any(each.name != "uncaught" for each in self._filters)

    def has(self, name: str) -> bool:
        return any(each.name == name for each in self._filters)

    def at_raise(self, error: BaseException, evaluate: Evaluate) -> tuple[str, Verdict] | None:
        """The filter that stops an exception where it appears in the script."""
        kind: str | None = None
        if self.has("assertion") or self.has("machine"):
            kind = self.kind_of(error)
        for name in _AT_RAISE:
            if name in ("raised", kind):
                verdict = self.stops(name, error, evaluate)
                if verdict is not None:
                    return name, verdict
        return None

    def stops(self, name: str, error: BaseException, evaluate: Evaluate) -> Verdict | None:
        """Whether the filter with this name stops at the exception. A condition that raises is a reason to stop."""
        for each in self._filters:
            if each.name == name and _is_of(error, each.types):
                verdict = conditions.judge(each.guard, evaluate, lambda: 0)
                if verdict is not None:
                    return verdict
        return None


def _read(asked: Json, flags: int) -> Filter:
    name = asked.get("filterId")
    if name not in FILTERS:
        raise Unusable(f"there is no exception filter {name!r}; choose among {', '.join(FILTERS)}")
    condition = conditions.text_of(asked, "condition")
    if condition is not None and _TYPES.fullmatch(condition):
        types = [part.strip() for part in condition.split(",")]
        # A class of exceptions; other names are expressions, such as that of a flag.
        if all(part.rpartition(".")[2][:1].isupper() for part in types):
            return Filter(name, Guard(), tuple(types))
    return Filter(name, conditions.read({"condition": condition}, flags), ())


def _is_of(error: BaseException, types: tuple[str, ...]) -> bool:
    if not types:
        return True
    kinds = type.__getattribute__(type(error), "__mro__")
    names = {values.type_name(kind) for kind in kinds}
    names |= {name.rpartition(".")[2] for name in names}
    return not names.isdisjoint(types)
