"""The only module that knows the test driver, of nixpkgs 24.11 to 26.11 and of the testkit.

It replaces the name `exec` in the driver's module, which `Driver.test_script` uses to run the script, and watches the
commands that machines execute. Nothing of the driver is imported; what it hands over is read as it comes.
"""

from __future__ import annotations

import builtins
import functools
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, Final

from . import frames, trouble
from .session import Session

_CONNECT_SECONDS: Final = 10.0


def install(driver_module: ModuleType, address: str) -> None:
    """Connect to the adapter and take the driver's `exec`. Without an adapter the driver stays as it is."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_CONNECT_SECONDS)
    connection.connect(address)
    connection.settimeout(None)
    session = Session(connection)
    os.register_at_fork(after_in_child=session.forsake)
    hooks = _Hooks(session)
    # `Driver.test_script` finds the name in its module before the builtin one.
    setattr(driver_module, "exec", hooks.execute)  # noqa: B010
    session.open()


class _Hooks:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._watched: set[int] = set()

    def execute(self, source: Any, names: dict[str, Any] | None = None, variables: Any = None, /) -> None:
        """What the driver calls instead of `exec`, with the script's text and its globals."""
        driver = names.get("driver") if names is not None else None
        if names is None or driver is None or type(source) is not str:
            if driver is not None:
                self._session.say("this driver hands over compiled code, not text; the script runs undebugged")
            _execute_plainly(source, names, variables)
            return
        # As `exec` does; named here because the agent's own builtins are a copy.
        names.setdefault("__builtins__", builtins.__dict__)
        hook, debug = sys.breakpointhook, names.get("debug")
        try:
            self._prepare(names, driver)
            self._session.run(source, names, _machine_names(driver))
        except BaseException as error:
            # The entry of this very frame has been added by now. The bare `raise` adds none, so the driver's report
            # is as without us; on 3.10 the interpreter restores the entry.
            error.__traceback__ = frames.without_agent(error.__traceback__)
            raise
        finally:
            sys.breakpointhook = hook
            if type(names.get("debug")) is _Debug:
                names["debug"] = debug

    def _prepare(self, names: dict[str, Any], driver: Any) -> None:
        try:
            self._watch_commands(names, driver)
            sys.breakpointhook = self._breakpoint_hook(sys.breakpointhook)
            if "debug" in names:
                names["debug"] = _Debug(names["debug"], self._session)
        except Exception:
            self._session.complain("preparing the driver's objects")

    def _breakpoint_hook(self, previous: Callable[..., Any]) -> Callable[..., Any]:
        def hook(*arguments: Any, **named: Any) -> Any:
            if os.environ.get("PYTHONBREAKPOINT") == "0":
                return None
            if self._session.on_breakpoint_call(sys._getframe(1)):
                return None
            return previous(*arguments, **named)

        return hook

    # Commands.

    def _watch_commands(self, names: dict[str, Any], driver: Any) -> None:
        """Wrap the method all commands of a machine go through, on the classes of all machines there may be."""
        kinds = [type(machine) for machine in _machines(driver)]
        # Asked of the type: the deprecated `machine` of 26.05 warns at each access to an attribute.
        classes = [value for value in names.values() if issubclass(type(value), type)]
        kinds.extend(kind for kind in classes if hasattr(kind, "execute"))
        for kind in kinds:
            found = _choke_point(kind)
            if found is not None:
                owner, name = found
                method = vars(owner)[name]
                if id(method) not in self._watched:
                    watched = self._watched_method(method)
                    setattr(owner, name, watched)
                    self._watched.add(id(watched))

    def _watched_method(self, original: Callable[..., Any]) -> Callable[..., Any]:
        session = self._session

        @functools.wraps(original)
        def execute(machine: Any, *arguments: Any, **named: Any) -> Any:
            body = _describe(session, machine, arguments, named, sys._getframe(1))
            session.link.event("nixtest/command", body | {"phase": "started"})
            start = time.monotonic()
            status: Any = None
            try:
                result = original(machine, *arguments, **named)
                status = result[0] if type(result) is tuple and result else None
                return result
            except BaseException as error:
                error.__traceback__ = frames.without_agent(error.__traceback__)
                raise
            finally:
                body |= {"phase": "finished", "durationMs": round((time.monotonic() - start) * 1000)}
                if type(status) is int:
                    body["status"] = status
                session.link.event("nixtest/command", body)

        return execute


class _Debug:
    """The script's `debug`: its `breakpoint` is an ordinary stop, everything else is the driver's."""

    def __init__(self, original: Any, session: Session) -> None:
        self._original = original
        self._session = session

    def breakpoint(self, *arguments: Any, **named: Any) -> None:
        if not self._session.on_breakpoint_call(sys._getframe(1)):
            self._original.breakpoint(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __repr__(self) -> str:
        return repr(self._original)


def _execute_plainly(source: Any, names: Any, variables: Any) -> None:
    if names is None:
        caller = sys._getframe(2)
        exec(source, caller.f_globals, caller.f_locals)
    elif variables is None:
        exec(source, names)
    else:
        exec(source, names, variables)


def _machines(driver: Any) -> list[Any]:
    """A list until 25.11, since 26.05 a property that builds one."""
    try:
        return list(driver.machines)
    except Exception:
        trouble.record("asking the driver for its machines")
        return []


def _machine_names(driver: Any) -> list[str]:
    return [str(getattr(machine, "name", "?")) for machine in _machines(driver)]


def _choke_point(kind: type) -> tuple[type, str] | None:
    """`_execute` since 26.05, where the public method wraps it; `execute` before."""
    for name in ("_execute", "execute"):
        for owner in kind.__mro__:
            method = vars(owner).get(name)
            if callable(method):
                return None if getattr(method, "__isabstractmethod__", False) else (owner, name)
    return None


def _describe(session: Session, machine: Any, arguments: Any, named: Any, frame: FrameType | None) -> dict[str, Any]:
    command = arguments[0] if arguments else named.get("command", "")
    body: dict[str, Any] = {"machine": str(getattr(machine, "name", "?")), "command": str(command)}
    if session.script is not None and threading.main_thread().ident == threading.get_ident():
        caller = frames.innermost_script_frame(frame, session.script)
        if caller is not None:
            body["line"] = caller.f_lineno
    return body
