"""What the interpreter reports of the script, on the thread where it happens, and whether that is a reason to stop."""

from __future__ import annotations

import _thread
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from . import evaluate, frames, functions, jumping, leaving, output, raising, values
from .link import Json
from .log_messages import LogMessage
from .script import FILE
from .stops import Reason, Thread

if TYPE_CHECKING:
    from .session import Session


class Observer:
    """The session, as the tracing sees it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def on_line(self, frame: FrameType, line: int, begins: bool) -> None:
        session = self._session
        if session.is_forsaken or not session.is_running or session.is_on_thread_of_ours():
            return
        thread = session.thread_here()
        if thread.busy:
            return
        thread.busy = True
        session.interrupts.mask()
        event = thread.event_frame, thread.jumped
        thread.event_frame, thread.jumped = frame, False
        try:
            self._line(thread, frame, line, begins)
        except RecursionError:
            # The script is too deep in calls, and about to learn it.
            return
        except Exception:
            session.complain("looking at a line of the script")
        finally:
            thread.event_frame, thread.jumped = event
            thread.busy = False
            session.interrupts.unmask()

    def on_raise(self, frame: FrameType, error: BaseException) -> None:
        raising.appeared(self._session, frame, error)

    def on_leaving(self, frame: FrameType, error: BaseException) -> None:
        raising.left(self._session, frame, error)

    def on_start(self, frame: FrameType) -> None:
        functions.entered(self._session, frame)

    def on_return(self, frame: FrameType, value: object) -> None:
        thread = self._session.threads.get(_thread.get_ident())
        # None is what most calls return, and under `settrace` also what one returns that raises.
        if thread is None or thread.busy or thread.step is None or value is None:
            return
        origin = thread.step.origin
        if origin is not None and (frame is origin or frame.f_back is origin):
            thread.returned = (frame.f_code.co_name, value)

    def on_breakpoint_call(self, frame: FrameType) -> bool:
        """The script, or code it calls, asks for a stop by `breakpoint()`. False if there is none to be had."""
        session = self._session
        script = session.script
        if session.is_forsaken or not session.is_running or script is None or not session.link.alive:
            return False
        if session.is_on_thread_of_ours():
            return False
        innermost = frames.innermost_script_frame(frame, script)
        if innermost is None:
            return False
        thread = session.thread_here()
        if thread.busy:
            return True
        thread.busy = True
        session.interrupts.mask()
        try:
            with session.turn:
                session.stop(
                    thread, frames.live(innermost, script), "breakpoint", {"description": "breakpoint() was called"}
                )
        except Exception:
            session.complain("stopping at a call of breakpoint()")
        finally:
            thread.busy = False
            session.interrupts.unmask()
        return True

    def _line(self, thread: Thread, frame: FrameType, line: int, begins: bool) -> None:
        session = self._session
        script = session.loaded()
        anchor = line if begins else script.entered(frame.f_code, frame.f_lasti, line)
        # The turn is held by a thread for as long as it is stopped.
        with session.turn:
            if session.is_ending:
                if not session.ends_already() and thread.ident == session.main:
                    session.unwind()
                return
            leaving.insist(thread, frame)
            stack = frames.live
            if session.pause_wanted is not None and session.pause_wanted in (0, thread.number):
                session.stop(thread, stack(frame, script, anchor), "pause", {})
                return
            if anchor is None:
                return
            if thread.arrival is not None and script.is_top_level(frame.f_code):
                jumping.arrive(session, thread, frame, anchor)
                return
            text, now = script.now(frame.f_code, anchor)
            hits = None
            if text is script:
                hits = session.breakpoints.hits(now, lambda code: self._holds(code, frame))
            numbers, changes = session.data.changes(session, frame) if session.data.is_watching() else ([], [])
            if hits is not None and hits.messages:
                self._log(hits.messages, frame, now)
            if numbers:
                numbers += hits.numbers if hits is not None else []
                about: Json = {"hitBreakpointIds": numbers, "description": "; ".join(changes)}
                session.stop(thread, stack(frame, script, anchor), "data breakpoint", about)
            elif hits is not None and hits.numbers:
                details: Json = {"hitBreakpointIds": hits.numbers}
                if hits.texts:
                    details |= {"text": "; ".join(hits.texts), "description": "a breakpoint's condition failed"}
                session.stop(thread, stack(frame, script, anchor), "breakpoint", details)
            elif thread.step is not None and thread.step.ends_in(frame, script.is_top_level(frame.f_code)):
                reason: Reason = "entry" if thread.step.kind == "entry" else "step"
                session.stop(thread, stack(frame, script, anchor), reason, {})

    def _log(self, messages: list[LogMessage], frame: FrameType, line: int) -> None:
        """Write the messages of log points, after what the script has printed so far."""
        session = self._session
        renderer = values.Renderer(session.interrupts)
        texts = [each.written(lambda code: self._holds(code, frame), renderer) for each in messages]
        output.show_last_line()
        place = {"source": {"name": FILE}, "line": line, "column": session.loaded().column(line)}
        for text in texts:
            session.link.event("output", {"category": "console", "output": f"{text}\n"} | place)

    def _holds(self, code: CodeType, frame: FrameType) -> object:
        return self._session.interrupts.exposed(lambda: evaluate.condition(code, frame))
