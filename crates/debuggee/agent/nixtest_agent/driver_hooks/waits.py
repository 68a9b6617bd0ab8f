"""Which calls of the driver are waits: its methods, `retry`, and how each comes true before its time."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any, Final

from .. import frames
from ..session import Session
from ..waits import Ended, Wait
from .machines import machine_classes

_NAMES: Final = ("connect", "sleep", "wait_for_shutdown")
_PREFIXES: Final = ("wait_for_", "wait_until_")
_LIMITS: Final = ("timeout", "timeout_seconds", "duration", "secs")
_GIVES_OUTPUT: Final = ("wait_until_succeeds", "wait_until_fails")

_WATCHED: Final = "nixtest_is_watched"


def watch(session: Session, names: dict[str, Any], driver: Any) -> None:
    """Wrap the waits of all machines there may be, and `retry` wherever the driver has it."""
    for kind in machine_classes(names, driver):
        for owner in kind.__mro__:
            for name, method in list(vars(owner).items()):
                if _is_wait(name, method):
                    setattr(owner, name, _watched(session, method, name, has_machine=True))
    for name, module in list(sys.modules.items()):
        retry = getattr(module, "retry", None) if name.partition(".")[0] == "test_driver" else None
        # A module of the testkit has this name too.
        if inspect.isfunction(retry) and not hasattr(retry, _WATCHED):
            setattr(module, "retry", _watched_retry(session, retry))  # noqa: B010
    if inspect.isfunction(names.get("retry")) and not hasattr(names["retry"], _WATCHED):
        names["retry"] = _watched_retry(session, names["retry"])


def _is_wait(name: str, method: Any) -> bool:
    if not (name in _NAMES or name.startswith(_PREFIXES)) or not inspect.isfunction(method):
        return False
    return name != "wait_for_monitor_prompt" and not hasattr(method, _WATCHED)


def _watched(session: Session, original: Callable[..., Any], name: str, *, has_machine: bool) -> Callable[..., Any]:
    waits, clock = session.waits, session.clock
    limit = _limit_of(original)

    @functools.wraps(original)
    def wait(*arguments: Any, **named: Any) -> Any:
        if not waits.concerns() or (name == "connect" and getattr(arguments[0], "connected", False)):
            return original(*arguments, **named)
        machine = str(getattr(arguments[0], "name", "?")) if has_machine and arguments else None
        begun = waits.begin(
            Wait(
                "wait",
                name,
                machine,
                (*(arguments[1:] if has_machine else arguments), *named.values()),
                sys._getframe(1),
                clock.now(),
                lambda: limit(arguments, named),
            )
        )
        outcome = "failed"
        try:
            result = original(*arguments, **named)
            outcome = "succeeded"
            return result
        except Ended as ended:
            if ended.wait is not begun:
                raise
            outcome = "cancelled"
            outcome = waits.settle(ended)
            return str(begun.last[1]) if name in _GIVES_OUTPUT and begun.last else "" if name in _GIVES_OUTPUT else None
        except BaseException as error:
            error.__traceback__ = frames.without_agent(error.__traceback__)
            raise
        finally:
            waits.end(begun, outcome)

    setattr(wait, _WATCHED, True)
    return wait


def _watched_retry(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    waits = session.waits

    def counting(function: Any) -> Any:
        def attempt(*arguments: Any, **named: Any) -> Any:
            waits.tried(attempts=1)
            return function(*arguments, **named)

        return attempt

    @functools.wraps(original)
    def counted(*arguments: Any, **named: Any) -> Any:
        if not waits.concerns():
            return original(*arguments, **named)
        if arguments:
            return original(counting(arguments[0]), *arguments[1:], **named)
        return original(**{name: counting(value) if callable(value) else value for name, value in named.items()})

    return _watched(session, counted, "retry", has_machine=False)


def _limit_of(function: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], object]:
    """How to find the time limit among a call's arguments."""
    parameters = list(inspect.signature(function).parameters.values())
    places = {each.name: index for index, each in enumerate(parameters) if each.name in _LIMITS}
    defaults = {each.name: each.default for each in parameters if each.name in _LIMITS}

    def limit(arguments: tuple[Any, ...], named: dict[str, Any]) -> object:
        found: object = None
        for name, index in places.items():
            given = named.get(name, arguments[index] if index < len(arguments) else defaults[name])
            found = given if given is not None and given is not inspect.Parameter.empty else found
        return found

    return limit
