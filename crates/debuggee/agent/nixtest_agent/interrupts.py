"""Reaches the main thread, at moments when that does no harm: to end the script, a rendering that is too slow, or to
have a visitor look where it stands.

A signal that nobody else uses (SIGURG, ignored by default) wakes the main thread out of system calls as well. While
the agent itself is at work there, the interrupt is masked and kept for later. Other threads are never interrupted.
"""

from __future__ import annotations

import _thread
import queue
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

_SIGNAL: Final = signal.SIGURG
_AGAIN_SECONDS: Final = 0.05
_CLEAN_UP_SECONDS: Final = 1.0
_SUMMONS_SECONDS: Final = 0.005


class TooSlow(BaseException):
    """User code called by the agent did not return in time. Not an Exception, so that user code lets it pass."""


class Cancelled(BaseException):
    """What a client asked for is not wanted any more. Not an Exception, so that user code lets it pass."""


class Interrupts:
    """The main thread's interrupts. Usable only between `install` and `uninstall`, both called on the main thread."""

    def __init__(self) -> None:
        self._main = threading.main_thread().ident or 0
        self._masks = 0
        self._wanted = False
        self.has_raised = False
        """An interrupt has ended the script; what runs now is its clean-up."""
        self._cancel_after: float | None = None
        """From when on code of the user that is no longer wanted is left; None while it is."""
        self._installed = False
        self._previous: Any = None
        self._deadline: float | None = None
        self._late = False
        self._alarms: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._watching = False
        self.visitor: Callable[[FrameType | None], None] | None = None
        """Called in the signal's handler with the frame that was interrupted, unless the agent is at work there."""

    def install(self) -> None:
        if _thread.get_ident() == self._main and not self._installed:
            self.has_raised = False
            self._previous = signal.signal(_SIGNAL, self._on_signal)
            self._installed = True

    def uninstall(self) -> None:
        if self._installed and _thread.get_ident() == self._main:
            self._wanted = False
            self._installed = False
            signal.signal(_SIGNAL, self._previous if self._previous is not None else signal.SIG_DFL)

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the main thread as soon as the script, or code it called, runs there."""
        self._wanted = True
        _thread.start_new_thread(self._insist, ())

    def summon(self, is_wanted: Callable[[], bool]) -> None:
        """Have the visitor called in the main thread, soon and again and again, as long as it is wanted."""
        _thread.start_new_thread(self._summon, (is_wanted,))

    def forget(self) -> None:
        """Withdraw an interrupt that has not happened yet."""
        self._wanted = False

    def cancel(self) -> None:
        """Raise Cancelled in the main thread as soon as code of the user runs there, until `end_cancel`."""
        self._cancel_after = time.monotonic()
        _thread.start_new_thread(self._insist_on_cancel, ())

    def end_cancel(self) -> None:
        self._cancel_after = None

    def mask(self) -> None:
        if _thread.get_ident() == self._main:
            self._masks += 1

    def unmask(self) -> None:
        """Undo `mask`; an interrupt that came meanwhile is raised here."""
        if _thread.get_ident() != self._main:
            return
        self._masks -= 1
        self._raise_if_wanted()

    def exposed(self, function: Callable[[], Result]) -> Result:
        """Call user code from inside the agent: it can be interrupted, although the agent around it cannot."""
        if _thread.get_ident() != self._main:
            return function()
        masks, self._masks = self._masks, 0
        try:
            return function()
        finally:
            self._masks = masks

    def can_limit_time(self) -> bool:
        return self._installed and _thread.get_ident() == self._main

    def within(self, seconds: float, function: Callable[[], Result]) -> Result:
        """Call `function`, and raise TooSlow out of it after `seconds`. Only where `can_limit_time`."""
        if not self._watching:
            self._watching = True
            _thread.start_new_thread(self._watch, ())
        self._deadline = time.monotonic() + seconds
        self._alarms.put(self._deadline)
        try:
            return function()
        finally:
            self._deadline = None
            self._late = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._late and self._deadline is not None:
            self._late = False
            raise TooSlow
        self._raise_if_wanted()
        if self._masks == 0 and self.visitor is not None:
            # Signals come faster than a visitor may be done.
            self.mask()
            try:
                self.visitor(frame)
            finally:
                self.unmask()

    def _raise_if_wanted(self) -> None:
        if self._masks == 0 and self._cancel_after is not None and time.monotonic() >= self._cancel_after:
            # It may be swallowed, but its clean-up gets some time.
            self._cancel_after = time.monotonic() + _CLEAN_UP_SECONDS
            raise Cancelled
        if self._wanted and self._masks == 0:
            self._wanted = False
            self.has_raised = True
            raise KeyboardInterrupt

    def _insist(self) -> None:
        """Started by `interrupt`, ends when the interrupt has been raised or withdrawn.

        A signal that arrives just before a system call does not interrupt it, so it is sent again.
        """
        pause = threading.Event()
        while self._wanted and self._installed:
            self._wake()
            pause.wait(_AGAIN_SECONDS)

    def _insist_on_cancel(self) -> None:
        """Started by `cancel`, ends with `end_cancel`."""
        pause = threading.Event()
        while self._cancel_after is not None and self._installed:
            self._wake()
            pause.wait(_AGAIN_SECONDS)

    def _summon(self, is_wanted: Callable[[], bool]) -> None:
        """Started by `summon`, ends when nothing is wanted any more. A script that is not blocked is not called."""
        pause = threading.Event()
        pause.wait(2 * _SUMMONS_SECONDS)
        while is_wanted() and self._installed:
            self._wake()
            pause.wait(_SUMMONS_SECONDS)

    def _watch(self) -> None:
        """Started by the first `within`, ends with the process: wakes the main thread when a deadline passes."""
        while True:
            deadline = self._alarms.get()
            while self._deadline == deadline:
                remaining = deadline - time.monotonic()
                if remaining > 0:
                    try:
                        deadline = self._alarms.get(timeout=remaining)
                    except queue.Empty:
                        continue
                else:
                    self._late = True
                    self._wake()
                    # User code may swallow the first interrupt, so it is repeated until the call returns.
                    try:
                        deadline = self._alarms.get(timeout=_AGAIN_SECONDS)
                    except queue.Empty:
                        continue

    def _wake(self) -> None:
        if self._installed:
            signal.pthread_kill(self._main, _SIGNAL)


class Uninterrupted:
    """A context in which no interrupt is raised in the main thread; reusable and re-entrant."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def __enter__(self) -> None:
        self._interrupts.mask()

    def __exit__(self, *exception: object) -> None:
        self._interrupts.unmask()
