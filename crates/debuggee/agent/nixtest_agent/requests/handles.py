"""The numbers in requests: threads, and the frames and values that were given out at a stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from .. import frames
from ..link import Json
from .refusal import STALE, Refused

if TYPE_CHECKING:
    from types import FrameType

    from ..session import Session
    from ..stops import Stop, Thread


@dataclass(frozen=True)
class Scope:
    """The names of a frame or of the script. Read anew for each request, because an evaluation may change them."""

    read: Callable[[], list[tuple[str, object]]]
    store: Callable[[str, object], None]


@dataclass(frozen=True)
class Holder:
    """What a `variablesReference` stands for: the children of a value, or the names of a scope."""

    value: object
    expression: str | None
    frame: FrameType | None
    """In which new values of the children are computed; the script's globals if there is none."""
    scope: Scope | None = None

    def child_expression(self, name: str) -> str | None:
        """What evaluates to the child of this name."""
        if self.scope is not None or self.expression is None:
            return name if self.scope is not None else None
        if name.startswith("["):
            return f"{self.expression}{name}"
        return f"{self.expression}.{name}" if name.isidentifier() else f"{self.expression}[{name}]"


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


def references(session: Session, stop: Stop, frame: FrameType | None) -> Callable[[object, str | None], int]:
    return lambda value, expression: handle(session, stop, Holder(value, expression, frame))


def natural(arguments: Json, name: str) -> int:
    value = arguments.get(name)
    return value if isinstance(value, int) and value > 0 else 0
