"""What can be looked at: threads, stacks, scopes, variables, the exception of a stop."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .. import exceptions, frames, values
from ..link import Json
from .handles import Holder, entry_of, handle, holder_of, natural, references, thread_of
from .refusal import NO_EXCEPTION, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def threads(session: Session, arguments: Json) -> Json:
    """Threads that have run script code and are alive."""
    alive = sys._current_frames()
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    listed: list[Json] = []
    for ident, thread in sorted(session.threads.items(), key=lambda item: item[1].number):
        if ident not in alive:
            session.threads.pop(ident, None)
            session.link.event("thread", {"reason": "exited", "threadId": thread.number})
            continue
        name = thread.name if thread.number == 1 else names.get(ident, thread.name)
        listed.append({"id": thread.number, "name": name})
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

    def add(name: str, read: Callable[[], list[tuple[str, object]]], hint: str | None = None) -> None:
        body: Json = {"name": name, "expensive": False, "namedVariables": len(read())}
        body["variablesReference"] = handle(session, stop, Holder(None, None, read))
        if hint is not None:
            body["presentationHint"] = hint
        listed.append(body)

    is_inside = frame.f_locals is not names
    if is_inside:
        add("Locals", lambda: _visible(dict(frame.f_locals)), "locals")
    if names is session.globals:
        name, hint = ("Globals", None) if is_inside else ("Locals", "locals")
        add(
            name,
            lambda: [(key, value) for key, value in _visible(names) if not _is_supplied(session, key, value)],
            hint,
        )
        add("Driver", lambda: [(key, value) for key, value in _visible(names) if _is_supplied(session, key, value)])
    else:
        add("Globals", lambda: _visible(names))
    return {"scopes": listed}


def variables(session: Session, stop: Stop, arguments: Json) -> Json:
    holder = holder_of(session, arguments)
    start, count = natural(arguments, "start"), natural(arguments, "count")
    kind = arguments.get("filter")
    renderer = values.Renderer(session.interrupts)
    found: Iterator[values.Child]
    if holder.names is None:
        found = values.children(holder.value, holder.expression, start, count, kind)
    else:
        found = _names(holder.names, start, count) if kind != "indexed" else iter(())
    return {"variables": [values.describe(renderer, child, references(session, stop)) for child in found]}


def exception_info(session: Session, stop: Stop, arguments: Json) -> Json:
    if stop.error is None or session.script is None:
        raise Refused(NO_EXCEPTION, "the thread did not stop at an exception; ask after it does")
    renderer = values.Renderer(session.interrupts)
    return exceptions.info(stop.error, stop.is_unhandled, session.script, renderer)


def _names(read: Callable[[], list[tuple[str, object]]], start: int, count: int) -> Iterator[values.Child]:
    names = read()
    for name, value in names[start : start + count] if count else names[start:]:
        yield values.Child(name, value, name)


def _visible(names: dict[str, Any]) -> list[tuple[str, object]]:
    """Without the interpreter's own names, such as `__builtins__` and the `.0` of a comprehension."""
    return [
        (name, value)
        for name, value in list(names.items())
        if type(name) is str and name.isidentifier() and not (name.startswith("__") and name.endswith("__"))
    ]


def _is_supplied(session: Session, name: str, value: object) -> bool:
    return name in session.supplied and session.supplied[name] is value
