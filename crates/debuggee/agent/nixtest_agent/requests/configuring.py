"""What is agreed on before the script runs, and may be changed while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..link import Json
from .refusal import BAD_ARGUMENTS, Refused

if TYPE_CHECKING:
    from ..session import Session


def configuration_done(session: Session, arguments: Json) -> Json:
    session.configured(arguments.get("stopOnEntry") is True)
    return {}


def set_breakpoints(session: Session, arguments: Json) -> Json:
    asked = arguments.get("breakpoints") or []
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Refused(BAD_ARGUMENTS, "setBreakpoints needs a list of breakpoints; send one")
    answers = session.breakpoints.replace(asked)
    session.counts.keep(session.breakpoints.numbers())
    session.changed()
    return {"breakpoints": answers}


def set_exception_breakpoints(session: Session, arguments: Json) -> Json:
    filters = arguments.get("filters") or []
    if not isinstance(filters, list) or not all(each in ("uncaught", "raised") for each in filters):
        raise Refused(BAD_ARGUMENTS, "the exception filters are 'uncaught' and 'raised'; send one of them")
    session.filters = frozenset(filters)
    session.changed()
    return {"breakpoints": []}
