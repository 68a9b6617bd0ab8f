"""`completions`: positions here are numbers of characters, which the adapter translates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .. import completing
from ..link import Json
from .evaluating import frame_of
from .refusal import BAD_ARGUMENTS, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..session import Session
    from ..stops import Stop


def at_a_stop(session: Session, stop: Stop, arguments: Json) -> Json:
    frame = frame_of(session, arguments)
    if frame is None and stop.stack:
        frame = stop.stack[0].frame
    scopes: list[Mapping[str, Any]] = []
    if frame is not None and frame.f_locals is not frame.f_globals:
        scopes.append(dict(frame.f_locals))
    scopes.append(session.globals if frame is None else frame.f_globals)
    return _targets(session, arguments, scopes)


def while_running(session: Session, arguments: Json) -> Json:
    """The variables of functions are not looked at while these run."""
    return _targets(session, arguments, [session.globals])


def _targets(session: Session, arguments: Json, scopes: list[Mapping[str, Any]]) -> Json:
    before = arguments.get("before")
    if not isinstance(before, str):
        raise Refused(BAD_ARGUMENTS, "completions needs the text before the cursor; send it")
    machines = frozenset(re.sub(r"\W", "_", name) for name in session.machine_names)
    found = completing.complete(before, completing.Names(scopes, machines))
    return {"targets": [_target(index, each) for index, each in enumerate(found)]}


def _target(index: int, completion: completing.Completion) -> Json:
    body: Json = {
        "label": completion.label,
        "type": completion.kind,
        "detail": completion.detail,
        "typed": completion.typed,
        "sortText": f"{index:04}",
    }
    return body if completion.text is None else body | {"text": completion.text}
