"""Where the main thread may be stopped from outside, or called out of a wait.

A signal arrives between any two instructions. A stop in the middle of a log write, of a queue's section under its lock
or of an import would dead-lock what the console then runs. So it is done only where the innermost frame is the
script's, or waits: in a function of the driver at a call that blocks, or in one of those functions of the standard
library that hold no lock while they block.
"""

from __future__ import annotations

import os
from types import CodeType, FrameType
from typing import Any, Final

from . import lines
from .script import Script

_HOOKS: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver_hooks") + os.sep
_AGENT: Final = os.path.dirname(_HOOKS.rstrip(os.sep)) + os.sep
_LIBRARY: Final = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_DRIVER: Final = f"{os.sep}test_driver{os.sep}"

_BLOCKING: Final = frozenset(
    ("accept", "acquire", "communicate", "join", "poll", "read", "readinto", "recv", "recv_into", "select", "sleep")
    + ("wait", "waitpid")
)
_LIBRARY_WAITS: Final = frozenset(
    {
        ("selectors.py", "select"),
        ("socket.py", "accept"),
        ("socket.py", "readinto"),
        ("subprocess.py", "_communicate"),
        ("subprocess.py", "_try_wait"),
        ("subprocess.py", "_wait"),
        ("subprocess.py", "communicate"),
        ("threading.py", "_wait_for_tstate_lock"),
        ("threading.py", "join"),
        ("threading.py", "wait"),
    }
)
_ASKING: Final = frozenset(("console_matches", "wait_for_console_text", "wait_for_event", "wait_for_qmp_event"))
"""The driver's functions that ask again and again without a pause. They hold nothing."""

_CONVERSING: Final = frozenset(("send_monitor_command", "wait_for_monitor_prompt"))
"""The driver's functions in the middle of which QEMU's monitor could not be used by anybody else."""

_known: dict[int, tuple[CodeType, frozenset[int]]] = {}


def is_safe(frame: FrameType | None, script: Script) -> bool:
    """Whether the main thread, whose innermost frame this is, may be held up here."""
    innermost = frame
    while frame is not None:
        code = frame.f_code
        if script.owns(code):
            return True
        if not _lets_through(code) or (frame is innermost and not _waits(frame)):
            return False
        frame = frame.f_back
    return False


def _lets_through(code: CodeType) -> bool:
    """Whether a frame of this code may be anywhere on the stack."""
    file = code.co_filename
    if file.startswith(_AGENT):
        return file.startswith(_HOOKS)
    if _DRIVER in file:
        return code.co_name not in _CONVERSING and not os.path.basename(file).startswith("logger")
    if file.startswith("<frozen importlib"):
        return False
    return not file.startswith(os.path.join(_LIBRARY, "logging"))


def _waits(frame: FrameType) -> bool:
    code = frame.f_code
    file = code.co_filename
    if _DRIVER in file and code.co_name in _ASKING:
        return True
    if not file.startswith(_HOOKS) and _DRIVER not in file:
        if not file.startswith(_LIBRARY) or (os.path.basename(file), code.co_name) not in _LIBRARY_WAITS:
            return False
        if (os.path.basename(file), code.co_name) == ("threading.py", "wait"):
            return _has_given_up_its_lock(frame)
    return frame.f_lineno in _blocking_lines(code)


def _has_given_up_its_lock(frame: FrameType) -> bool:
    """A `Condition.wait` between letting go of its lock and taking it again."""
    variables = frame.f_locals
    if "gotit" not in variables:
        return False
    is_owned: Any = getattr(variables.get("self"), "_is_owned", None)
    return is_owned is not None and not is_owned()


def _blocking_lines(code: CodeType) -> frozenset[int]:
    """The lines on which something that blocks is called, as its name says."""
    known = _known.get(id(code))
    if known is not None:
        return known[1]
    found: set[int] = set()
    line = code.co_firstlineno
    for instruction in lines.dis.get_instructions(code):  # type: ignore[attr-defined]
        number: Any = getattr(instruction, "line_number", instruction.starts_line)
        line = number if number is not None else line
        if instruction.opname.startswith("LOAD_") and instruction.argval in _BLOCKING:
            found.add(line)
    # Kept with the code, so that its number stays its own.
    _known[id(code)] = (code, frozenset(found))
    return _known[id(code)][1]
