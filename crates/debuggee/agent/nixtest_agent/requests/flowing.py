"""Where the script goes on: another statement, or a frame once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import leaving
from ..link import Json
from .handles import entry_of
from .refusal import CANNOT_GO, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def restart_frame(session: Session, stop: Stop, arguments: Json) -> Json:
    entry = entry_of(session, arguments)
    if not entry.is_top_level:
        raise Refused(CANNOT_GO, "only the frame testScript can be restarted; choose it")
    go_to_statement(session, stop, None)
    return {}


def go_to_statement(session: Session, stop: Stop, index: int | None) -> None:
    """Leave the current top-level statement, if one is under way, and run this one; without index the same again."""
    program = session.program
    if program is None or stop.thread.ident != session.main:
        raise Refused(CANNOT_GO, "only the thread testScript can go to another statement; choose that thread")
    if len(session.stops) > 1:
        raise Refused(CANNOT_GO, "an evaluation stands here; let it come to its end first")
    program.go_to(program.current if index is None else index)
    if not stop.is_unhandled:
        leaving.request(stop.thread, program)
    session.resume(stop, None, stop.thread)
