"""`breakpoint()` and the driver's own `debug.breakpoint()`: ordinary stops of ours."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from typing import Any, Final

from ..session import Session

_BREAKPOINTS: Final = ("breakpoint", "on_failure", "break_on_failure")
"""The methods by which drivers' `debug` waits for a debugger: the script's own, and those for a failed script."""


def breakpoint_hook(session: Session, previous: Callable[..., Any]) -> Callable[..., Any]:
    def hook(*arguments: Any, **named: Any) -> Any:
        if os.environ.get("PYTHONBREAKPOINT") == "0":
            return None
        if session.observer.on_breakpoint_call(sys._getframe(1)):
            return None
        return previous(*arguments, **named)

    return hook


def take_debug(session: Session, driver: Any, names: dict[str, Any]) -> None:
    """Make `debug.breakpoint()` an ordinary stop.

    What it does without us is to open a port and to wait there for a debugger. It is not given back when the script
    has ended, because after a failure the driver calls it too. Of that nothing comes either where a script that has
    failed ran inside of another stop.
    """
    own_file = inspect.unwrap(type(driver).test_script).__code__.co_filename

    def stop(*arguments: Any, **named: Any) -> None:
        caller = sys._getframe(1)
        if caller.f_code.co_filename != own_file:
            session.observer.on_breakpoint_call(caller)

    for debug in (getattr(driver, "debug", None), names.get("debug")):
        for name in _BREAKPOINTS:
            if hasattr(debug, name):
                setattr(debug, name, stop)
