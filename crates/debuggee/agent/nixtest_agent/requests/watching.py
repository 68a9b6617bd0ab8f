"""Data breakpoints: what can be watched, and what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import data
from ..conditions import Unusable
from ..link import Json
from .handles import entry_of, holder_of
from .refusal import BAD_ARGUMENTS, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def data_breakpoint_info(session: Session, stop: Stop, arguments: Json) -> Json:
    """An id for what can be watched; null, with the reason as description, for what cannot."""
    name = arguments.get("name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(BAD_ARGUMENTS, "dataBreakpointInfo needs a name or an expression; send one")
    try:
        if arguments.get("asAddress") is True:
            raise Unusable("a test script has no addresses; watch a variable")
        if arguments.get("variablesReference"):
            holder = holder_of(session, arguments)
            if holder.scope is None:
                place = data.place_within(session, holder.value, holder.expression, name)
            else:
                place = data.place_of(session, name, holder.frame)
        else:
            frame = entry_of(session, arguments).frame if arguments.get("frameId") is not None else None
            place = data.place_of(session, name, frame)
    except Unusable as error:
        return {"dataId": None, "description": str(error)}
    found = session.data.offer(session, place)
    can_persist = place.frame is None and place.within is data.UNSET
    where = f" of {place.frame.f_code.co_name}()" if place.frame is not None else ""
    description = f"{place.name}{where}"
    return {"dataId": found, "description": description, "accessTypes": ["write"], "canPersist": can_persist}


def set_data_breakpoints(session: Session, arguments: Json) -> Json:
    asked = arguments.get("breakpoints") or []
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Refused(BAD_ARGUMENTS, "setDataBreakpoints needs a list of breakpoints; send one")
    answers = session.data.replace(session, asked)
    session.forget_counts()
    session.changed()
    return {"breakpoints": answers}
