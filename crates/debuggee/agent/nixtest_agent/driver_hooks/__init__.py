"""The only package that knows the test driver, of nixpkgs 24.11 to 26.11 and of the testkit.

It replaces the name `exec` in the driver's module, which `Driver.test_script` uses to run the script, and watches the
commands that machines execute. Nothing of the driver is imported; what it hands over is read as it comes.
"""

from __future__ import annotations

import builtins
import inspect
import os
import socket
import sys
import threading
from types import ModuleType
from typing import Any, Final

from .. import frames
from ..guests import Guests
from ..session import Session
from ..subtests import Ear
from . import clock, waits
from .breakpoints import breakpoint_hook, take_debug
from .commands import Commands
from .failures import kind_of, watch_subtests
from .functions import targets
from .machines import Machines, machines_of, names_of
from .runs import let_run_again, listen_for_subtests
from .shells import Shells
from .text import DriverText

_CONNECT_SECONDS: Final = 10.0

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
        shells = Shells()
        self._machines = Machines(shells)
        session.guests = Guests(self._machines, session.link, session.interrupts)
        self._commands = Commands(session, session.guests, shells)
        session.exception_filters.kind_of = kind_of
        session.pausing.keep_reading = self._commands.keep_reading
        self._timers: list[Any] = []
        self._has_time = False
        self._text = DriverText(session)
        self._ear = Ear(session)

    def execute(self, source: Any, names: dict[str, Any] | None = None, variables: Any = None, /) -> None:
        """What the driver calls instead of `exec`, with the script's text and its globals."""
        driver = names.get("driver") if names is not None else None
        if names is None or driver is None or type(source) is not str:
            if driver is not None:
                reason = "this test driver hands over compiled code, not the text of the script"
                self._session.link.event("nixtest/undebugged", {"reason": reason})
            _execute_plainly(source, names, variables)
            return
        self._machines.driver = driver
        # As `exec` does; named here because the agent's own builtins are a copy.
        names.setdefault("__builtins__", builtins.__dict__)
        hook = sys.breakpointhook
        try:
            self._prepare(names, driver)
            self._session.fresh_globals = lambda: self._fresh_globals(driver)
            self._session.runner.run(self._text.meant(source), names, names_of(driver))
        except BaseException as error:
            self._text.prepare_report(error)
            # The entry of this very frame has been added by now. The bare `raise` adds none, so the driver's report
            # is as without us; on 3.10 the interpreter restores the entry.
            error.__traceback__ = frames.without_agent(error.__traceback__)
            raise
        finally:
            sys.breakpointhook = hook

    def _fresh_globals(self, driver: Any) -> dict[str, Any]:
        names: dict[str, Any] = driver.test_symbols()
        names["__builtins__"] = builtins.__dict__
        self._prepare(names, driver)
        return names

    def _prepare(self, names: dict[str, Any], driver: Any) -> None:
        try:
            self._commands.watch(names, driver)
            waits.watch(self._session, names, driver)
            self._take_time(driver)
            self._text.watch(driver)
            watch_subtests(self._session, driver)
            self._session.functions.targets = targets(names, driver)
            sys.breakpointhook = breakpoint_hook(self._session, sys.breakpointhook)
            take_debug(self._session, driver, names)
            let_run_again(driver)
            listen_for_subtests(driver, self._ear)
            self._warn_of_long_paths(driver)
        except Exception:
            self._session.complain("preparing the driver's objects")

    def _take_time(self, driver: Any) -> None:
        session = self._session
        if not self._has_time:
            self._has_time = True
            clock.install(session.clock, session.main)
        timer = getattr(driver, "race_timer", None)
        if isinstance(timer, threading.Timer) and timer not in self._timers:
            self._timers.append(timer)
            clock.delay(timer, session.clock)

    def _warn_of_long_paths(self, driver: Any) -> None:
        for machine in machines_of(driver):
            path = getattr(machine, "monitor_path", None)
            length = len(os.fsencode(path)) if path is not None else 0
            if length > _LONGEST_SOCKET_PATH:
                self._session.say(
                    f"the machine {machine.name} cannot be started: the path of its socket {path} has {length} bytes, "
                    f"and {_LONGEST_SOCKET_PATH} are possible; "
                    "shorten its name, or set XDG_RUNTIME_DIR to a shorter path"
                )


def _execute_plainly(source: Any, names: Any, variables: Any) -> None:
    if names is None:
        caller = sys._getframe(2)
        exec(source, caller.f_globals, caller.f_locals)
    elif variables is None:
        exec(source, names)
    else:
        exec(source, names, variables)
