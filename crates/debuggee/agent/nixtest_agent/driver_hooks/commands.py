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
from ..guests import Guests, MachineBusy
from ..session import Session
from ..splice import Splice
from ..waits import Ended, Wait
from .machines import choke_point, machine_classes
from .shells import Shells


class Commands:
    def __init__(self, session: Session, guests: Guests, shells: Shells) -> None:
        self._session = session
        self._guests = guests
        self._shells = shells
        self._watched: set[int] = set()
        self._under_way: list[tuple[Any, str]] = []
        """The main thread's commands, the outermost first."""
        self._splices: dict[int, Splice] = {}
        """The shells that are read for the script, by their machines."""

    def watch(self, names: dict[str, Any], driver: Any) -> None:
        """Wrap the method all commands of a machine go through, on the classes of all machines there may be."""
        for kind in machine_classes(names, driver):
            found = choke_point(kind)
            if found is not None:
                owner, name = found
                method = vars(owner)[name]
                if id(method) not in self._watched:
                    watched = self._watched_method(method)
                    setattr(owner, name, watched)
                    self._watched.add(id(watched))

    def keep_reading(self) -> None:
        """Read the shells that the main thread is in the middle of a command with, until those commands end."""
        for machine, _ in self._under_way:
            connection = self._shells.connection(machine)
            if connection is not None and id(machine) not in self._splices:
                self._splices[id(machine)] = Splice(connection)

    def _watched_method(self, original: Callable[..., Any]) -> Callable[..., Any]:
        session, guests, waits, clock = self._session, self._guests, self._session.waits, self._session.clock

        @functools.wraps(original)
        def execute(machine: Any, *arguments: Any, **named: Any) -> Any:
            caller = sys._getframe(1)
            body = _describe(session, machine, arguments, named, caller)
            self._expect_idle(machine)
            guests.enter(machine, body)
            was_interrupted = False
            session.link.event("nixtest/command", body | {"phase": "started"})
            start = time.monotonic()
            result: Any = None
            begun = self._begin(machine, body, caller, clock.now()) if waits.concerns() else None
            outcome = "failed"
            try:
                self._shells.discard_stale(machine)
                result = original(machine, *arguments, **named)
                outcome = "succeeded"
                return result
            except Ended as ended:
                self._shells.mark_stale(machine)
                if begun is None or ended.wait is not begun:
                    raise
                outcome = "cancelled"
                outcome = waits.settle(ended)
                # `fail` is content with a failure only.
                return (1 if begun.name == "fail" else 0), ""
            except BaseException as error:
                # It leaves an answer behind. Where that cannot be dropped, nobody else gets the shell.
                was_interrupted = not isinstance(error, Exception) and not self._shells.mark_stale(machine)
                error.__traceback__ = frames.without_agent(error.__traceback__)
                raise
            finally:
                if begun is not None:
                    self._end(begun, outcome, result, machine)
                guests.leave(machine, body, was_interrupted)
                body |= {"phase": "finished", "durationMs": round((time.monotonic() - start) * 1000)}
                if type(result) is tuple and result and type(result[0]) is int:
                    body["status"] = result[0]
                session.link.event("nixtest/command", body)
                printed = result[1] if type(result) is tuple and len(result) > 1 else None
                session.last_commands.keep(machine, body, printed)

        return execute

    def _begin(self, machine: Any, body: dict[str, Any], caller: FrameType, now: float) -> Wait:
        waits = self._session.waits
        command = body["command"]
        self._under_way.append((machine, command))
        waits.tried(command=command)
        begun = Wait("command", _asked_as(caller, self._session), body["machine"], (command,), caller, now)
        begun.command = command
        return waits.begin(begun)

    def _end(self, begun: Wait, outcome: str, result: Any, machine: Any) -> None:
        waits = self._session.waits
        self._under_way.pop()
        waits.end(begun, outcome)
        if type(result) is tuple and len(result) == 2:
            waits.tried(last=result)
        if self._splices and outcome == "succeeded":
            splice = self._splices.get(id(machine))
            if splice is not None and splice.undo():
                del self._splices[id(machine)]

    def _expect_idle(self, machine: Any) -> None:
        """Raise where the script stands in the middle of a command of this machine, on this very thread."""
        if not self._session.pausing.is_standing or threading.get_ident() != self._session.main:
            return
        for busy, command in self._under_way:
            if busy is machine and self._shells.connection(machine) is not None:
                name = getattr(machine, "name", "?")
                raise MachineBusy(
                    f"the shell of {name} is in the middle of `{command}`, which the script waits for; "
                    "let the script go on, or end its wait first"
                )


def _asked_as(frame: FrameType | None, session: Session) -> str:
    """The method that the script called, by which a command came about."""
    name = "execute"
    script = session.script
    while frame is not None and script is not None and not script.owns(frame.f_code):
        if not frames.is_hidden(frame.f_code):
            name = frame.f_code.co_name
        frame = frame.f_back
    return name


def _describe(session: Session, machine: Any, arguments: Any, named: Any, frame: FrameType | None) -> dict[str, Any]:
    command = arguments[0] if arguments else named.get("command", "")
    body: dict[str, Any] = {"machine": str(getattr(machine, "name", "?")), "command": str(command)}
    if session.script is not None and threading.main_thread().ident == threading.get_ident():
        caller = frames.innermost_script_frame(frame, session.script)
        if caller is not None:
            text, line = session.script.now(caller.f_code, caller.f_lineno)
            # A line that the newest text does not have would be taken for another of that text.
            if text is session.script:
                body["line"] = line
    return body
