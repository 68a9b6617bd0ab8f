"""Going to another line: where a stopped thread may be sent, and the jump itself.

Top-level statements are the runner's own; it is told which is next. Inside one, and inside a function, the interpreter
jumps: it lets the line of a frame be set, in a line event only. After such a jump nothing may be raised from the same
event, because the interpreter would look for handlers at the old place; see `Thread.jumped`.
"""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING

from . import frames

if TYPE_CHECKING:
    from .session import Session
    from .stops import Thread


def arrive(session: Session, thread: Thread, frame: FrameType, anchor: int) -> None:
    """At the first line of a statement that a request sent the script to: stop at the line that was meant."""
    thread.arrival = None
    session.stop(thread, frames.live(frame, session.loaded(), anchor), "goto", {})
