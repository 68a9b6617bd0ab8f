"""The machines, short commands in them, and what the script waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import guests, waits
from ..link import Json
from .refusal import BAD_ARGUMENTS, NO_WAIT, Refused

if TYPE_CHECKING:
    from ..session import Session


def machines(session: Session, arguments: Json) -> Json:
    return session.guests.listed() if session.guests is not None else {"machines": []}


def guest_command(session: Session, arguments: Json) -> Json:
    machine, command, number = (arguments.get(name) for name in ("machine", "command", "id"))
    if not isinstance(machine, str) or not isinstance(command, str) or not isinstance(number, int):
        raise Refused(BAD_ARGUMENTS, "nixtest/guestCommand needs a machine, a command and a number as id; send them")
    if session.guests is None:
        raise guests.Unavailable(f"there is no machine {machine!r} yet; ask again when the script runs")
    return session.guests.submit(machine, command, number)


def forget_guest_command(session: Session, arguments: Json) -> Json:
    number = arguments.get("id")
    if session.guests is not None and isinstance(number, int):
        session.guests.forget(number)
    return {}


def end_wait(session: Session, arguments: Json) -> Json:
    how, number = arguments.get("how"), arguments.get("id")
    if how not in waits.HOWS or not isinstance(number, int | None):
        raise Refused(BAD_ARGUMENTS, "nixtest/endWait needs a `how`, one of cancel, skip and succeed; send one")
    words = session.waits.end_by_user(how, number)
    if words is None:
        raise Refused(NO_WAIT, "the script waits for nothing that could be ended")
    return {"what": words, "isStopped": bool(session.stops)}
