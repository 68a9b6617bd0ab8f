"""Ends from outside: signals become exceptions on the main thread, but not in the middle of what must stay whole.

A machine whose process was started and not yet noted, or whose clean-up was left half-way, would outlive the driver.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGTERM, signal.SIGHUP)
SAME_REQUEST_SECONDS = 1.0


class Terminated(BaseException):
    """A signal asks the driver to end. Not an Exception, so that no script catches it by accident."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"ended by {signal.Signals(number).name}")


class _State:
    """Of this process, like signals themselves; touched by the main thread alone."""

    holders = 0
    waiting: int | None = None
    asked = float("-inf")


def install_handlers() -> None:
    """Make SIGTERM and SIGHUP raise Terminated, and SIGINT KeyboardInterrupt unless it is ignored."""
    for number in ENDING:
        signal.signal(number, _handle)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _handle)


def end_by(number: int) -> NoReturn:
    """End this process by the signal, so that who started it sees that."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    # The signal is blocked, which whoever started the driver wanted.
    os._exit(128 + number)


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
    # Whoever ends a driver may ask several times at once, for its process and for its group. Being asked again later
    # means that the script did not let itself be ended.
    now = time.monotonic()
    if now - _State.asked >= SAME_REQUEST_SECONDS:
        _State.asked = now
        raise Terminated(number)
