"""The only module that knows the test driver, of nixpkgs 24.11 to 26.11 and of the testkit.

It replaces the name `exec` in the driver's module, which `Driver.test_script` uses to run the script, and watches the
commands that machines execute. Nothing of the driver is imported; what it hands over is read as it comes.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, Final

from . import frames, trouble
from .guests import Guests
from .link import Json
from .session import Session

_CONNECT_SECONDS: Final = 10.0

_BREAKPOINTS: Final = ("breakpoint", "on_failure", "break_on_failure")
"""The methods by which drivers' `debug` waits for a debugger: the script's own, and those for a failed script."""

_LONGEST_SOCKET_PATH: Final = 107
"""In bytes; the system takes no longer ones."""


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
    session.open(_whose(driver_module))
    problem = _unknown_layout(driver_module)
    if problem is not None:
        session.link.event("nixtest/undebugged", {"reason": problem})


def _whose(module: ModuleType) -> str | None:
    """The release that a driver is of, by what it has; None if it has not even a `Driver`."""
    names = vars(module)
    if "Driver" not in names:
        return None
    if "TESTKIT" in names:
        return "testkit"
    newest_first = {
        "as_timedelta": "26.11",
        "BaseMachine": "26.05",
        "DebugAbstract": "25.11",
        "AssertionTester": "25.05",
    }
    release = next((release for name, release in newest_first.items() if name in names), "24.11")
    return f"as of NixOS {release}"


def _unknown_layout(module: ModuleType) -> str | None:
    """Why a script of this driver will not come by; None if it will."""
    functions = [*vars(module).values(), *vars(module.__dict__.get("Driver", object)).values()]
    codes = [getattr(inspect.unwrap(each), "__code__", None) for each in functions if callable(each)]
    if any("exec" in code.co_names for code in codes if code is not None):
        return None
    where = getattr(module, "__file__", None) or module.__name__
    return f"this test driver runs its script in a way that is not known (looked for in {where})"


class _Hooks:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._watched: set[int] = set()
        self._guests = session.guests = Guests(_Machines(self), session.link, session.interrupts)
        self.driver: Any = None

    def execute(self, source: Any, names: dict[str, Any] | None = None, variables: Any = None, /) -> None:
        """What the driver calls instead of `exec`, with the script's text and its globals."""
        driver = names.get("driver") if names is not None else None
        if names is None or driver is None or type(source) is not str:
            if driver is not None:
                reason = "this test driver hands over compiled code, not the text of the script"
                self._session.link.event("nixtest/undebugged", {"reason": reason})
            _execute_plainly(source, names, variables)
            return
        self.driver = driver
        # As `exec` does; named here because the agent's own builtins are a copy.
        names.setdefault("__builtins__", builtins.__dict__)
        hook = sys.breakpointhook
        try:
            self._prepare(names, driver)
            self._session.runner.run(source, names, _machine_names(driver))
        except BaseException as error:
            # The entry of this very frame has been added by now. The bare `raise` adds none, so the driver's report
            # is as without us; on 3.10 the interpreter restores the entry.
            error.__traceback__ = frames.without_agent(error.__traceback__)
            raise
        finally:
            sys.breakpointhook = hook

    def _prepare(self, names: dict[str, Any], driver: Any) -> None:
        try:
            self._watch_commands(names, driver)
            sys.breakpointhook = self._breakpoint_hook(sys.breakpointhook)
            self._take_debug(driver, names)
            self._warn_of_long_paths(driver)
        except Exception:
            self._session.complain("preparing the driver's objects")

    def _take_debug(self, driver: Any, names: dict[str, Any]) -> None:
        """Make `debug.breakpoint()` an ordinary stop.

        What it does without us is to open a port and to wait there for a debugger. It is not given back when the script
        has ended, because after a failure the driver calls it too.
        """

        def stop(*arguments: Any, **named: Any) -> None:
            self._session.observer.on_breakpoint_call(sys._getframe(1))

        for debug in (getattr(driver, "debug", None), names.get("debug")):
            for name in _BREAKPOINTS:
                if hasattr(debug, name):
                    setattr(debug, name, stop)

    def _warn_of_long_paths(self, driver: Any) -> None:
        for machine in _machines(driver):
            path = getattr(machine, "monitor_path", None)
            length = len(os.fsencode(path)) if path is not None else 0
            if length > _LONGEST_SOCKET_PATH:
                self._session.say(
                    f"the machine {machine.name} cannot be started: the path of its socket {path} has {length} bytes, "
                    f"and {_LONGEST_SOCKET_PATH} are possible; "
                    "shorten its name, or set XDG_RUNTIME_DIR to a shorter path"
                )

    def _breakpoint_hook(self, previous: Callable[..., Any]) -> Callable[..., Any]:
        def hook(*arguments: Any, **named: Any) -> Any:
            if os.environ.get("PYTHONBREAKPOINT") == "0":
                return None
            if self._session.observer.on_breakpoint_call(sys._getframe(1)):
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


class _Machines:
    """What the agent's own commands need to know of the machines."""

    def __init__(self, hooks: _Hooks) -> None:
        self._hooks = hooks

    def machines(self) -> list[Any]:
        return _machines(self._hooks.driver) if self._hooks.driver is not None else []

    def describe(self, machine: Any) -> Json:
        # Containers, which there are since 26.05, have no monitor of QEMU's.
        is_container = not hasattr(machine, "send_monitor_command")
        about: Json = {"name": str(getattr(machine, "name", "?")), "kind": "container" if is_container else "vm"}
        directory = getattr(machine, "state_dir", None)
        if directory is not None and not is_container:
            about["directory"] = os.fspath(directory)
        return about | {"state": _state(machine)}

    def execute(self, machine: Any, command: str) -> tuple[int, str]:
        found = _choke_point(type(machine))
        method = vars(found[0])[found[1]] if found is not None else type(machine).execute
        # Not watched, and without the script's polling conditions, which the public method checks until 25.11.
        plain = getattr(method, "__wrapped__", method)
        callbacks = getattr(machine, "callbacks", None)
        if callbacks is not None:
            machine.callbacks = []
        try:
            status, output = plain(machine, command, True, True, None)
        finally:
            if callbacks is not None:
                machine.callbacks = callbacks
        return int(status), str(output)

    def connection(self, machine: Any) -> object:
        return getattr(machine, "shell", None)


def _state(machine: Any) -> str:
    """`off`, `booting` (its shell is not there yet), `up`, or `lost`: it ended and the driver has not noticed."""
    if not getattr(machine, "booted", False):
        return "off"
    process = getattr(machine, "process", None)
    try:
        # Without taking note of it, which is the driver's to do.
        if process is not None and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return "lost"
    except OSError:
        return "lost"
    return "up" if getattr(machine, "connected", False) else "booting"


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
