"""Pause, continue and the steps."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import frames, stepping
from ..link import Json
from . import targets
from .handles import thread_of

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def pause(session: Session, arguments: Json) -> Json:
    if not session.stands():
        wanted = arguments.get("threadId")
        known = {thread.number for thread in session.threads.values()}
        session.pause_wanted = wanted if wanted in known and wanted != 1 else 0
        session.changed()
        session.pausing.call()
    return {}


def terminate(session: Session, arguments: Json) -> Json:
    """Only the answer: it must be on the wire before the script ends."""
    return {}


def continue_(session: Session, stop: Stop, arguments: Json) -> Json:
    session.resume(stop, None, stop.thread)
    return {"allThreadsContinued": True}


def step(kind: stepping.Kind) -> Callable[[Session, Stop, Json], Json]:
    def answer(session: Session, stop: Stop, arguments: Json) -> Json:
        thread = thread_of(session, arguments)
        script = session.script
        step = None
        # After an exception that ends the script there is no statement left to step to.
        if script is not None and not stop.is_unhandled:
            frame = stop.stack[0].frame if thread is stop.thread and stop.stack else None
            if thread is not stop.thread:
                frame = frames.innermost_script_frame(sys._current_frames().get(thread.ident), script)
            target = targets.wanted(stop, arguments) if kind == "in" and thread is stop.thread else None
            step = stepping.begin(kind, frame, script, target)
        session.resume(stop, step, thread)
        return {}

    return answer
