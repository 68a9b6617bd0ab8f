"""What can be looked at: threads, stacks, scopes, variables, the exception of a stop."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import assigning, children, evaluate, exceptions, frames, places, values
from ..link import Json
from ..script import FILE
from .handles import Holder, Scope, entry_of, handle, holder_of, natural, references, thread_of
from .refusal import NO_EXCEPTION, STALE, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop

Read = Callable[[], list[tuple[str, object]]]


def threads(session: Session, arguments: Json) -> Json:
    """Threads that have run script code and are alive."""
    session.forget_ended_threads()
    known = sorted(session.threads.copy().values(), key=lambda thread: thread.number)
    listed = [{"id": thread.number, "name": thread.name} for thread in known]
    return {"threads": listed or [{"id": 1, "name": "testScript"}]}


def stack_trace(session: Session, stop: Stop, arguments: Json) -> Json:
    thread = thread_of(session, arguments)
    if thread is stop.thread:
        stack = stop.stack
    else:
        frame = sys._current_frames().get(thread.ident)
        script = session.script
        stack = frames.live(frame, script) if script is not None else []
    start = natural(arguments, "startFrame")
    levels = natural(arguments, "levels") or len(stack)
    listed: list[Json] = []
    for entry in stack[start : start + levels]:
        number = next((key for key, each in stop.entries.items() if each is entry), None)
        if number is None:
            number = session.number()
            stop.entries[number] = entry
        listed.append(entry.describe(number))
    return {"stackFrames": listed, "totalFrames": len(stack)}


def scopes(session: Session, stop: Stop, arguments: Json) -> Json:
    frame = entry_of(session, arguments).frame
    names = frame.f_globals
    listed: list[Json] = []

    def add(name: str, read: Read, store: Callable[[str, object], None], hint: str | None = None) -> None:
        body: Json = {"name": name, "expensive": False, "namedVariables": len(read())}
        body["variablesReference"] = handle(session, stop, Holder(None, None, frame, Scope(read, store)))
        if hint is not None:
            body["presentationHint"] = hint
        listed.append(body)

    returned = stop.thread.returned
    if returned is not None and stop.stack and frame is stop.stack[0].frame:
        shown = [(f"(return) {returned[0]}", returned[1])]
        add("Return value", lambda: shown, _not_stored, "returnValue")
    is_inside = frame.f_locals is not names
    if is_inside:
        store = functools.partial(evaluate.set_variable, frame)
        add("Locals", lambda: _visible(dict(frame.f_locals)), store, "locals")
    if names is session.globals:
        name, hint = ("Globals", None) if is_inside else ("Locals", "locals")

        def own() -> list[tuple[str, object]]:
            return [(key, value) for key, value in _visible(names) if not _is_supplied(session, key, value)]

        def supplied() -> list[tuple[str, object]]:
            return [(key, value) for key, value in _visible(names) if _is_supplied(session, key, value)]

        add(name, own, names.__setitem__, hint)
        add("Driver", supplied, names.__setitem__)
    else:
        add("Globals", lambda: _visible(names), names.__setitem__)
    return {"scopes": listed}


def variables(session: Session, stop: Stop, arguments: Json) -> Json:
    holder = holder_of(session, arguments)
    start, count = natural(arguments, "start"), natural(arguments, "count")
    kind = arguments.get("filter")
    renderer = values.Renderer(session.interrupts)
    if type(holder.value) is children.Property:
        found = [children.read(renderer, holder.value, holder.expression)]
    elif holder.scope is None:
        found = children.of(holder.value, holder.expression, start, count, kind)
    else:
        found = _names(holder.scope.read, start, count) if kind != "indexed" else []
    reference = references(session, stop, holder.frame)
    return {"variables": [children.describe(renderer, child, reference, session.loaded()) for child in found]}


def locations(session: Session, stop: Stop, arguments: Json) -> Json:
    holder = holder_of(session, {"variablesReference": arguments.get("locationReference")})
    place = places.of(holder.value, session.loaded())
    if place is None:
        raise Refused(STALE, "it is not known where this was written; evaluate it again")
    path, line = place
    if path is None:
        return {"source": {"name": FILE}, "line": line, "column": session.loaded().column(line)}
    return {"source": {"name": os.path.basename(path), "path": path}, "line": line, "column": 1}


def exception_info(session: Session, stop: Stop, arguments: Json) -> Json:
    if stop.error is None or session.script is None:
        raise Refused(NO_EXCEPTION, "the thread did not stop at an exception; ask after it does")
    renderer = values.Renderer(session.interrupts)
    return exceptions.info(stop.error, stop.is_unhandled, stop.failure, session.script, renderer)


def _names(read: Read, start: int, count: int) -> list[children.Child]:
    names = read()
    page = names[start : start + count] if count else names[start:]
    return [children.Child(name, value, name if name.isidentifier() else None) for name, value in page]


def _not_stored(name: str, value: object) -> None:
    raise assigning.Unchangeable("what a call has returned is shown, and cannot be changed")


def _visible(names: dict[str, Any]) -> list[tuple[str, object]]:
    """Without the interpreter's own names, such as `__builtins__` and the `.0` of a comprehension."""
    return [
        (name, value)
        for name, value in list(names.items())
        if type(name) is str and name.isidentifier() and not (name.startswith("__") and name.endswith("__"))
    ]


def _is_supplied(session: Session, name: str, value: object) -> bool:
    return name in session.supplied and session.supplied[name] is value
