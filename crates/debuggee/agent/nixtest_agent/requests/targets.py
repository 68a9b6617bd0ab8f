"""`stepInTargets`: the calls of the statement at which a frame stands."""

from __future__ import annotations

import builtins
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from .. import calls, lookup
from ..link import Json
from .handles import entry_of
from .refusal import BAD_ARGUMENTS, STALE, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def step_in_targets(session: Session, stop: Stop, arguments: Json) -> Json:
    script = session.loaded()
    entry = entry_of(session, arguments)
    # Only what runs next can be gone into: a frame further out is in the middle of a call.
    if not stop.stack or entry.frame is not stop.stack[0].frame or not entry.is_script:
        return {"targets": []}
    scopes: list[Any] = [dict(entry.frame.f_locals), entry.frame.f_globals, vars(builtins)]
    listed: list[Json] = []
    for call in calls.of_statement(script, entry.position.line):
        if not _may_be_the_scripts(session, lookup.expression(call.function, scopes)):
            continue
        number = session.number()
        stop.targets[number] = call
        listed.append(
            {
                "id": number,
                "label": f"{call.function}(…)",
                "line": call.line,
                "column": script.character(call.line, call.column),
                "endLine": call.end_line,
                "endColumn": script.character(call.end_line, call.end_column),
            }
        )
    return {"targets": listed}


def wanted(stop: Stop, arguments: Json) -> calls.Call | None:
    """The call that a `stepIn` names, if it names one."""
    number = arguments.get("targetId")
    if number is None:
        return None
    if not isinstance(number, int):
        raise Refused(BAD_ARGUMENTS, "the targetId of a stepIn is a number; ask for the targets")
    if number not in stop.targets:
        raise Refused(STALE, f"there is no target {number} now; ask for the targets again")
    return stop.targets[number]


def _may_be_the_scripts(session: Session, function: object) -> bool:
    """What cannot be found without running code may be; what is found and is another's, is not."""
    script = session.loaded()
    if function is lookup.MISSING:
        return True
    function = lookup.unwrapped(function)
    if isinstance(function, type):
        return any(type(each) is FunctionType and script.owns(each.__code__) for each in vars(function).values())
    if type(function) is MethodType:
        function = function.__func__
    return type(function) is FunctionType and script.owns(function.__code__)
