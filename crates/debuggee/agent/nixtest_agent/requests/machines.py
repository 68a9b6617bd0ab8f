"""The machines, and short commands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import guests
from ..link import Json
from .refusal import BAD_ARGUMENTS, Refused

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
