"""The whole script again from its first statement, with the machines as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import settings
from ..link import Json
from .flowing import go_to_statement

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def rerun(session: Session, stop: Stop, arguments: Json) -> Json:
    """Leave what is under way, and begin anew with the variables that the driver gives a script."""
    go_to_statement(session, stop, 0, None)
    if session.program is not None:
        # It runs on from there; nobody has asked for a stop.
        session.program.arrival()
    if arguments:
        session.settings = settings.read(arguments)
    session.wants_fresh_globals = True
    session.link.event("continued", {"threadId": stop.thread.number, "allThreadsContinued": True})
    return {}
