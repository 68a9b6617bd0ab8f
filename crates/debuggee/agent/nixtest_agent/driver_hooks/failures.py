"""What kind of failure an exception is.

Drivers since 25.05 have a class for each kind. That of 24.11 raises plain exceptions, which are told apart by the
function of the driver that raises them.
"""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Any, Final

from ..exception_filters import Kind
from ..session import Session

_ASSERTIONS: Final = frozenset(
    {"AssertionError", "RequestedAssertionFailed", "TestScriptError", "PollingConditionError"}
)
_MACHINE_ERROR: Final = "MachineError"

_ASSERTING: Final = frozenset(
    {
        "succeed",
        "fail",
        "retry",
        "wait_for_unit",
        "check_active",
        "require_unit_state",
        "get_unit_info",
        "get_unit_property",
    }
)
"""The functions of the driver of 24.11 whose plain exceptions are what newer ones call a failed assertion."""


def kind_of(error: BaseException) -> Kind | None:
    """None for what is neither: an error of the script, or of a library it uses."""
    names = {kind.__name__ for kind in type.__getattribute__(type(error), "__mro__")}
    if not names.isdisjoint(_ASSERTIONS):
        return "assertion"
    if _MACHINE_ERROR in names:
        return "machine"
    raiser = _raiser(error)
    if raiser is None or not is_of_driver(raiser) or not isinstance(error, Exception):
        return None
    is_plain = type(error) is Exception
    return "assertion" if is_plain and raiser.co_name in _ASSERTING else "machine"


def watch_subtests(session: Session, driver: Any) -> None:
    """An exception that leaves a subtest appears in the driver's generator behind `with subtest(…)`."""
    subtest = getattr(type(driver), "subtest", None)
    code = getattr(inspect.unwrap(subtest), "__code__", None) if callable(subtest) else None
    if code is not None:
        session.interest.blocks[id(code)] = code


def is_of_driver(code: CodeType) -> bool:
    return "/test_driver/" in code.co_filename


def _raiser(error: BaseException) -> CodeType | None:
    """The code that raised it, or that called what is not written in Python."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code if traceback is not None else None
