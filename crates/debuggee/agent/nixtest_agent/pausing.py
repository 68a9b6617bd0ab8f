"""Pausing a script that is not at a line: in a guest command, a wait, a sleep, a lock.

A script that runs stops at its next line, as `observing` does it. One that does not come to a line soon is called by
a signal, and stops in the signal's handler, on the main thread and only where that is safe (`safe_points`); elsewhere
it is called again. What was interrupted goes on by itself when the handler returns.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from . import frames, safe_points

if TYPE_CHECKING:
    from .session import Session


class Pausing:
    """Of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_standing = False
        """The script stands in a wait, not at a line."""
        self.keep_reading: Callable[[], None] = lambda: None
        """What machines say while the script stands must not be lost."""

    def call(self) -> None:
        """A pause was asked for; from the thread that reads the link."""
        if self._is_wanted():
            self._session.interrupts.summon(self._is_wanted)

    def _is_wanted(self) -> bool:
        session = self._session
        return session.pause_wanted in (0, 1) and session.is_running and not session.stands() and not session.is_ending

    def visit(self, frame: FrameType | None) -> None:
        """In the signal's handler, on the main thread."""
        session = self._session
        script = session.script
        if not self._is_wanted() or script is None or session.is_forsaken:
            return
        thread = session.thread_here()
        if thread.busy or not safe_points.is_safe(frame, script) or not session.turn.acquire(False):
            return
        thread.busy = True
        session.interrupts.mask()
        try:
            if self._is_wanted():
                self._stop(frame)
        except Exception:
            session.complain("pausing the script in a wait")
        finally:
            thread.busy = False
            session.turn.release()
            session.interrupts.unmask()

    def _stop(self, frame: FrameType | None) -> None:
        session = self._session
        script = session.loaded()
        innermost = frames.innermost_script_frame(frame, script)
        words = session.waits.in_words()
        details = {} if words is None else {"description": f"waiting in {words}", "text": f"waiting in {words}"}
        self.is_standing = True
        try:
            self.keep_reading()
            session.stop(session.thread_here(), frames.live(innermost, script), "pause", details)
        finally:
            self.is_standing = False
