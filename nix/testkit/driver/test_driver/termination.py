"""Ends from outside: signals become exceptions on the main thread, but not in the middle of what must stay whole.

A machine whose process was started and not yet noted, or whose clean-up was left half-way, would outlive the driver.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Terminated(BaseException):
    """A signal asks the driver to end. Not an Exception, so that no script catches it by accident."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"ended by {signal.Signals(number).name}")


class _State:
    """Of this process, like signals themselves; touched by the main thread alone."""

    holders = 0
    waiting: int | None = None


def install_handlers() -> None:
    """Make SIGTERM and SIGHUP raise Terminated, and SIGINT KeyboardInterrupt unless it is ignored."""
    for number in ENDING:
        signal.signal(number, _handle)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _handle)


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Let a signal that arrives inside the block raise at its end. Only the main thread ever sees one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _State.holders += 1
    try:
        yield
    finally:
        _State.holders -= 1
        if _State.holders == 0 and _State.waiting is not None:
            number, _State.waiting = _State.waiting, None
            _raise(number)


def _handle(number: int, _frame: FrameType | None) -> None:
    if _State.holders:
        _State.waiting = number
    else:
        _raise(number)


def _raise(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    # The clean-up has begun; being asked again does not make it faster.
    for ending in ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise Terminated(number)
