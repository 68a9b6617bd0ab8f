"""The numbers in requests: threads, and the frames and values that were given out at a stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import frames
from ..link import Json
from .refusal import STALE, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop, Thread


@dataclass(frozen=True)
class Holder:
    """What a `variablesReference` stands for: the children of a value, or the names of a scope."""

    value: object
    expression: str | None
    names: Callable[[], list[tuple[str, object]]] | None = None
    """Of a scope; read anew for each request, because an evaluation may change it."""


def thread_of(session: Session, arguments: Json) -> Thread:
    wanted = arguments.get("threadId")
    for thread in list(session.threads.values()):
        if thread.number == wanted:
            return thread
    raise Refused(STALE, f"there is no thread {wanted!r}; ask for the threads again")


def entry_of(session: Session, arguments: Json) -> frames.Entry:
    wanted = arguments.get("frameId")
    for stop in reversed(session.stops):
        if isinstance(wanted, int) and wanted in stop.entries:
            return stop.entries[wanted]
    raise Refused(STALE, f"there is no frame {wanted!r} now; ask for the stack again")


def holder_of(session: Session, arguments: Json) -> Holder:
    wanted = arguments.get("variablesReference")
    for stop in reversed(session.stops):
        if isinstance(wanted, int) and wanted in stop.handles:
            return stop.handles[wanted]
    raise Refused(STALE, f"there is no variable {wanted!r} now; ask for the scopes again")


def handle(session: Session, stop: Stop, holder: Holder) -> int:
    number = session.number()
    stop.handles[number] = holder
    return number


def references(session: Session, stop: Stop) -> Callable[[object, str | None], int]:
    return lambda value, expression: handle(session, stop, Holder(value, expression))


def natural(arguments: Json, name: str) -> int:
    value = arguments.get(name)
    return value if isinstance(value, int) and value > 0 else 0
