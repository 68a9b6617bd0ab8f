"""What is agreed on before the script runs, and may be changed while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import settings
from ..link import Json
from .refusal import BAD_ARGUMENTS, Refused

if TYPE_CHECKING:
    from ..session import Session


def configuration_done(session: Session, arguments: Json) -> Json:
    session.configured(arguments.get("stopOnEntry") is True, settings.read(arguments))
    return {}


def set_breakpoints(session: Session, arguments: Json) -> Json:
    asked = arguments.get("breakpoints") or []
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Refused(BAD_ARGUMENTS, "setBreakpoints needs a list of breakpoints; send one")
    answers = session.breakpoints.replace(asked)
    session.forget_counts()
    session.changed()
    return {"breakpoints": answers}


def set_function_breakpoints(session: Session, arguments: Json) -> Json:
    asked = arguments.get("breakpoints") or []
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Refused(BAD_ARGUMENTS, "setFunctionBreakpoints needs a list of breakpoints; send one")
    answers = session.functions.replace(session, asked)
    session.forget_counts()
    session.changed()
    return {"breakpoints": answers}


def set_exception_breakpoints(session: Session, arguments: Json) -> Json:
    filters, options = arguments.get("filters") or [], arguments.get("filterOptions") or []
    if not isinstance(filters, list) or not isinstance(options, list) or not all(isinstance(o, dict) for o in options):
        raise Refused(BAD_ARGUMENTS, "setExceptionBreakpoints needs lists of filters and of their options; send them")
    flags = session.script.flags if session.script is not None else 0
    answers = session.exception_filters.replace([{"filterId": each} for each in filters] + options, flags)
    session.changed()
    return {"breakpoints": answers}
