"""The script's commands in machines: each is told to the adapter, and takes turns with those of the adapter."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from .. import frames
from ..guests import Guests
from ..session import Session
from .machines import choke_point, machines_of


class Commands:
    def __init__(self, session: Session, guests: Guests) -> None:
        self._session = session
        self._guests = guests
        self._watched: set[int] = set()

    def watch(self, names: dict[str, Any], driver: Any) -> None:
        """Wrap the method all commands of a machine go through, on the classes of all machines there may be."""
        kinds = [type(machine) for machine in machines_of(driver)]
        # Asked of the type: the deprecated `machine` of 26.05 warns at each access to an attribute.
        classes = [value for value in names.values() if issubclass(type(value), type)]
        kinds.extend(kind for kind in classes if hasattr(kind, "execute"))
        for kind in kinds:
            found = choke_point(kind)
            if found is not None:
                owner, name = found
                method = vars(owner)[name]
                if id(method) not in self._watched:
                    watched = self._watched_method(method)
                    setattr(owner, name, watched)
                    self._watched.add(id(watched))

    def _watched_method(self, original: Callable[..., Any]) -> Callable[..., Any]:
        session, guests = self._session, self._guests

        @functools.wraps(original)
        def execute(machine: Any, *arguments: Any, **named: Any) -> Any:
            body = _describe(session, machine, arguments, named, sys._getframe(1))
            guests.enter(machine, body)
            was_interrupted = False
            session.link.event("nixtest/command", body | {"phase": "started"})
            start = time.monotonic()
            status: Any = None
            try:
                result = original(machine, *arguments, **named)
                status = result[0] if type(result) is tuple and result else None
                return result
            except BaseException as error:
                was_interrupted = not isinstance(error, Exception)
                error.__traceback__ = frames.without_agent(error.__traceback__)
                raise
            finally:
                guests.leave(machine, body, was_interrupted)
                body |= {"phase": "finished", "durationMs": round((time.monotonic() - start) * 1000)}
                if type(status) is int:
                    body["status"] = status
                session.link.event("nixtest/command", body)

        return execute


def _describe(session: Session, machine: Any, arguments: Any, named: Any, frame: FrameType | None) -> dict[str, Any]:
    command = arguments[0] if arguments else named.get("command", "")
    body: dict[str, Any] = {"machine": str(getattr(machine, "name", "?")), "command": str(command)}
    if session.script is not None and threading.main_thread().ident == threading.get_ident():
        caller = frames.innermost_script_frame(frame, session.script)
        if caller is not None:
            body["line"] = caller.f_lineno
    return body
