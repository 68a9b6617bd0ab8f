"""Data breakpoints: variables and what is in them, looked at before each statement of the script while there are any.

A change is seen before the next statement, on whatever thread that is. A container is compared by what it holds, at
most its first thousand elements and its length; of other values it is seen when they are replaced.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Final

from . import children, conditions, evaluate, values
from .conditions import Guard, Unusable
from .link import Json

if TYPE_CHECKING:
    from .session import Session

MOST_ELEMENTS: Final = 1000
_MOST_OFFERED: Final = 1000
_GLOBAL: Final = "global:"
_ITSELF: Final = "_it"
"""What an object is called in the expression for something in it."""

UNSET: Final = object()
_SCALARS: Final = (int, float, complex, bool, str, bytes, type(None))
_CO_GENERATOR: Final = 0x20 | 0x80 | 0x200


@dataclass(frozen=True)
class Place:
    """Where a value is read: an expression, in a frame, on an object or in the script's globals."""

    name: str
    code: CodeType
    frame: FrameType | None = None
    within: object = UNSET


@dataclass
class Watch:
    """A breakpoint, and what was seen last."""

    number: int
    data: str
    guard: Guard
    place: Place
    seen: tuple[object, ...]
    text: str


class Data:
    """The data breakpoints of one client."""

    def __init__(self) -> None:
        self._watches: tuple[Watch, ...] = ()
        self._offered: dict[str, tuple[Place, tuple[object, ...], str]] = {}
        self._next = itertools.count(1)

    def is_watching(self) -> bool:
        return bool(self._watches)

    def keys(self) -> set[object]:
        """Of the counts."""
        return {("data", each.number) for each in self._watches}

    def offer(self, session: Session, place: Place) -> str:
        """An id by which a client can ask for a breakpoint on this place."""
        is_global = place.frame is None and place.within is UNSET
        data = f"{_GLOBAL}{place.name}" if is_global else f"{next(self._next)}:{place.name}"
        if len(self._offered) >= _MOST_OFFERED:
            self._offered.pop(next(iter(self._offered)))
        self._offered[data] = (place, *_look(session, place))
        return data

    def replace(self, session: Session, asked: list[Json]) -> list[Json]:
        """Set those of a `setDataBreakpoints` request, and return its answer."""
        before = {each.data: each for each in self._watches}
        watches: list[Watch] = []
        answers: list[Json] = []
        for number, each in enumerate(asked, 1):
            given = each.get("id")
            body: Json = {"id": given if isinstance(given, int) else number, "verified": True}
            try:
                watches.append(self._watch(session, each, body["id"], before))
            except Unusable as error:
                body |= {"verified": False, "message": str(error)}
            answers.append(body)
        self._watches = tuple(watches)
        return answers

    def begin(self, session: Session) -> None:
        """A new run of the script: what belonged to the old one is gone."""
        for each in self._watches:
            if each.place.frame is not None or each.place.within is not UNSET:
                self._drop(session, each, "it belonged to a run of the script that is over")
            else:
                each.seen, each.text = _look(session, each.place)
        self._offered.clear()

    def changes(self, session: Session, frame: FrameType) -> tuple[list[int], list[str]]:
        """The breakpoints that stop before the next statement of `frame`, and what has changed."""
        numbers: list[int] = []
        texts: list[str] = []
        for each in self._watches:
            owner = each.place.frame
            if owner is not None and owner is not frame and not _is_alive(owner):
                self._drop(session, each, f"the function that {each.place.name} belonged to has returned")
                continue
            seen, text = _look(session, each.place, each)
            if _is_same(seen, each.seen):
                continue
            before, each.seen, each.text = each.text, seen, text

            def judge(code: CodeType) -> object:
                return session.interrupts.exposed(lambda: evaluate.condition(code, frame))

            verdict = conditions.judge(each.guard, judge, _counter(session, each.number))
            if verdict is not None:
                numbers.append(each.number)
                texts.append(f"{each.place.name}: {before} → {text}" + (f" ({verdict.text})" if verdict.text else ""))
        return numbers, texts

    def _drop(self, session: Session, gone: Watch, why: str) -> None:
        self._watches = tuple(each for each in self._watches if each is not gone)
        about = {"id": gone.number, "verified": False, "message": f"{why}; set the breakpoint anew"}
        session.link.event("breakpoint", {"reason": "changed", "breakpoint": about})
        session.changed()

    def _watch(self, session: Session, asked: Json, number: int, before: dict[str, Watch]) -> Watch:
        data, access = asked.get("dataId"), asked.get("accessType")
        if not isinstance(data, str):
            raise Unusable("a data breakpoint needs a dataId; ask dataBreakpointInfo for one")
        if access not in (None, "write"):
            raise Unusable(f"data breakpoints stop when something is written, not for {access!r}; ask for 'write'")
        flags = session.script.flags if session.script is not None else 0
        guard = conditions.read(asked, flags)
        if data in before:
            known = before[data]
            return Watch(number, data, guard, known.place, known.seen, known.text)
        if data in self._offered:
            place, offered, text = self._offered[data]
            seen, text_now = _look(session, place)
            # Only the main thread may ask a value for its text.
            return Watch(number, data, guard, place, seen, text if _is_same(offered, seen) else text_now)
        if not data.startswith(_GLOBAL):
            raise Unusable("what this data breakpoint was for is gone; set it anew at a stop")
        name = data.removeprefix(_GLOBAL)
        place = Place(name, conditions.compiled(name, flags, "the expression"))
        return Watch(number, data, guard, place, *_look(session, place))


def place_of(session: Session, name: str, frame: FrameType | None) -> Place:
    """A variable or expression, as it is meant in a frame. Raises Unusable."""
    code = conditions.compiled(name, session.loaded().flags, "the expression")
    in_frame = frame if frame is not None and frame.f_locals is not frame.f_globals else None
    if in_frame is not None and not any(each in in_frame.f_locals for each in code.co_names):
        # Only what a function's own variables lead to goes with it.
        in_frame = None
    return Place(name, code, in_frame)


def place_within(session: Session, value: object, expression: str | None, name: str) -> Place:
    """A child of a value. Raises Unusable."""
    for child in children.of(value, _ITSELF, 0, 0, None):
        if child.name == name and child.expression is not None:
            code = conditions.compiled(child.expression, session.loaded().flags, "the expression")
            return Place((expression or "…") + child.expression.removeprefix(_ITSELF), code, None, value)
    raise Unusable(f"{name} cannot be watched; watch the variable that it is in")


def _counter(session: Session, number: int) -> Callable[[], int]:
    return lambda: session.counts.add(("data", number))


def _look(session: Session, place: Place, watch: Watch | None = None) -> tuple[tuple[object, ...], str]:
    """What there is now, in a form that can be compared, and as a text; both of `watch` if nothing has changed."""

    def read() -> object:
        if place.within is not UNSET:
            return eval(place.code, {_ITSELF: place.within})
        if place.frame is not None:
            return evaluate.condition(place.code, place.frame)
        return eval(place.code, session.globals)

    try:
        value = session.interrupts.exposed(read)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        conditions.pass_on_if_deep(error)
        return (UNSET,), "(unset)"
    seen = _snapshot(value)
    if watch is not None and _is_same(seen, watch.seen):
        return watch.seen, watch.text
    return seen, values.Renderer(session.interrupts).short(value)


def _snapshot(value: object) -> tuple[object, ...]:
    kind = type(value)
    if kind is dict:
        found: dict[Any, Any] = value  # type: ignore[assignment]
        pairs = islice(list(found.items()), MOST_ELEMENTS)
        return (kind, len(found), *itertools.chain.from_iterable(pairs))
    if kind in (list, tuple, set, frozenset, bytearray):
        elements: Iterable[object] = list(value)  # type: ignore[call-overload]
        return (kind, len(value), *islice(elements, MOST_ELEMENTS))  # type: ignore[arg-type]
    return (value,)


def _is_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(
        a is b or (type(a) is type(b) and type(a) in _SCALARS and a == b) for a, b in zip(one, other, strict=True)
    )


def _is_alive(frame: FrameType) -> bool:
    """Whether the function of a frame has not returned. A generator's may go on later, which cannot be told."""
    if frame.f_code.co_flags & _CO_GENERATOR:
        return True
    for top in sys._current_frames().values():
        each: FrameType | None = top
        while each is not None:
            if each is frame:
                return True
            each = each.f_back
    return False
