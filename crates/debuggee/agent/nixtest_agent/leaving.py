"""Leaving a piece of the script on purpose: a statement for another one, a block, a call.

Whoever runs the piece asks for it by `request` and lets the stop go on; the exception `Leave` is raised where the
script stands. What it passes is left as by any exception: each `finally` and `__exit__` runs. It is no `Exception`, so
handlers of those, such as that of the driver's `subtest`, neither see nor report it. What swallows it all the same, a
bare `except`, gets it again at its next line. The frame that runs the piece asks by `arrived` whether it was left.
"""

from __future__ import annotations

import dis
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .session import Session
    from .stops import Thread

_MOST_TIMES: Final = 50
"""Raised so often, it is given up: a script that swallows it in a loop would never get on."""

_PUSH_EXC_INFO: Final = dis.opmap.get("PUSH_EXC_INFO", -1)


class Leave(BaseException):
    """Raised in the script to leave `piece`, which is known by identity."""

    def __init__(self, piece: object) -> None:
        super().__init__("the debugger leaves this piece of the script")
        self.piece = piece
        self.times = 0


def request(thread: Thread, piece: object) -> None:
    """From a stop of the thread: when it goes on, it leaves the piece."""
    thread.leave = Leave(piece)


def insist(thread: Thread, frame: FrameType | None) -> None:
    """At the end of a stop, and at each line until the piece is left: raise, unless it is on its way."""
    leave = thread.leave
    if leave is None or _is_handled_here(leave) or (frame is not None and _begins_a_handler(frame)):
        return
    leave.times += 1
    if leave.times > _MOST_TIMES:
        thread.leave = None
        return
    raise leave.with_traceback(None)


def arrived(session: Session, piece: object) -> bool:
    """In the frame that runs the piece, after it ended in whatever way: whether it was left on purpose."""
    thread = session.thread_here()
    if thread.leave is None or thread.leave.piece is not piece:
        return False
    thread.leave = None
    session.tracing.again()
    session.changed()
    return True


def _is_handled_here(leave: Leave) -> bool:
    """A `finally`, an `except` or an `__exit__` is at work on it."""
    error = sys.exc_info()[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if error is leave:
            return True
        seen.add(id(error))
        error = error.__context__
    return False


def _begins_a_handler(frame: FrameType) -> bool:
    """The end of a `with` reports its line before the exception counts as the one that is handled."""
    code = frame.f_code.co_code
    return 0 <= frame.f_lasti < len(code) and code[frame.f_lasti] == _PUSH_EXC_INFO
