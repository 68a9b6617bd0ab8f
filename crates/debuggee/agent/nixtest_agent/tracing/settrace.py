"""Tracing by `sys.settrace`, for Python 3.10 and 3.11.

The interpreter asks about every call, also those inside the driver; the answer there is "do not trace", which is as
little as this interface permits. Frames of script code without a breakpoint report no lines until something changes.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any, Final

from .seam import Interest, Observer
from .with_bodies import is_at_top

_HAS_RESUME: Final = hasattr(sys, "exception")
"""Since 3.11, as the function that is asked for here."""

TraceFunction = Callable[[FrameType, str, Any], Any]


class SetTrace:
    name = "settrace"

    def __init__(self, observer: Observer, interest: Interest) -> None:
        self._observer = observer
        self._interest = interest
        self._hot_codes: set[int] = set()
        self._lines: dict[int, frozenset[int]] = {}
        self._local: TraceFunction = self._local_function()
        self._global: TraceFunction = self._global_function()
        self._previous: tuple[Any, Any] = (None, None)
        self._waiting: list[tuple[FrameType, BaseException]] = []
        """What is raised in which frame by `raise_in`."""

    def start(self) -> None:
        self._previous = (sys.gettrace(), threading.gettrace())
        self.refresh()
        threading.settrace(self._global)
        sys.settrace(self._global)

    def adopt(self, codes: Iterable[CodeType]) -> None:
        hot_lines = self._interest.hot_lines
        for code in codes:
            lines = self._lines[id(code)] = frozenset(line for _, _, line in code.co_lines() if line is not None)
            if not lines.isdisjoint(hot_lines):
                self._hot_codes.add(id(code))

    def refresh(self) -> None:
        hot_lines = self._interest.hot_lines
        self._hot_codes = {code for code, lines in self._lines.items() if not lines.isdisjoint(hot_lines)}
        for frame in sys._current_frames().values():
            each: FrameType | None = frame
            while each is not None:
                if id(each.f_code) in self._interest.codes:
                    each.f_trace = self._local
                    each.f_trace_lines = True
                each = each.f_back

    def call(self, function: Callable[[], object]) -> object:
        def traced() -> object:
            # 3.11 leaves the events off in `call_tracing` until a trace function is set anew.
            sys.settrace(sys.gettrace())
            return function()

        before = sys.gettrace()
        try:
            return sys.call_tracing(traced, ())
        finally:
            # An interrupt raised out of an event takes the trace function away.
            if sys.gettrace() is None:
                sys.settrace(before)

    can_prompt = False

    def prompt(self, frame: FrameType) -> None:
        """The next event is that of the next line; there is none between."""

    def again(self) -> None:
        """The interpreter takes a trace function away that raised; one of the script's own is left alone."""
        if sys.gettrace() is None:
            sys.settrace(self._global)
            self.refresh()

    def raise_in(self, frame: FrameType, error: BaseException) -> None:
        self._waiting.append((frame, error))
        frame.f_trace = self._local
        frame.f_trace_opcodes = True
        # 3.12 looks at the flag of the frame only when a trace function is set.
        sys.settrace(sys.gettrace())

    def stop(self) -> None:
        # A script that has set a trace function of its own keeps it.
        if sys.gettrace() == self._global:
            sys.settrace(self._previous[0])
        if threading.gettrace() == self._global:
            threading.settrace(self._previous[1])

    def _global_function(self) -> TraceFunction:
        codes = self._interest.codes

        blocks = self._interest.blocks

        interest = self._interest

        def on_call(frame: FrameType, event: str, argument: Any) -> Any:
            if id(frame.f_code) in interest.starts and _begins(frame):
                self._observer.on_start(frame)
            if id(frame.f_code) not in codes:
                if interest.raises and id(frame.f_code) in blocks:
                    return self._on_block
                caller = frame.f_back
                if not interest.returns or caller is None or id(caller.f_code) not in codes:
                    return None
                frame.f_trace_lines = False
                return self._returning
            if not self._interest.alert and id(frame.f_code) not in self._hot_codes:
                frame.f_trace_lines = False
            return self._local

        return on_call

    def _returning(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Of code that the script calls during a step."""
        if event == "return":
            self._observer.on_return(frame, argument)
        return self._returning

    def _on_block(self, frame: FrameType, event: str, argument: Any) -> Any:
        """In the driver's generator behind a `with` block."""
        frame.f_trace_lines = False
        if event == "exception" and self._interest.raises:
            self._observer.on_leaving(frame, _exception(argument))
        return self._on_block

    def _local_function(self) -> TraceFunction:
        interest = self._interest
        observer = self._observer

        def on_event(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                line = frame.f_lineno
                if interest.alert or line in interest.hot_lines:
                    observer.on_line(frame, line, False)
            elif event == "return" and interest.returns:
                observer.on_return(frame, argument)
            elif event == "exception" and interest.raises:
                observer.on_raise(frame, _exception(argument))
            elif event == "opcode":
                self._raise_waiting(frame)
            return on_event

        return on_event

    def _raise_waiting(self, frame: FrameType) -> None:
        for each in self._waiting:
            if each[0] is frame and is_at_top(frame):
                frame.f_trace_opcodes = False
                self._waiting.remove(each)
                raise each[1]


def _begins(frame: FrameType) -> bool:
    """A generator that goes on is reported as a call too."""
    if frame.f_lasti < 0:
        return True
    # Since 3.11 this is the argument of the instruction RESUME, which tells by these bits what it resumes.
    return _HAS_RESUME and frame.f_code.co_code[frame.f_lasti + 1] & 3 == 0


def _exception(argument: Any) -> BaseException:
    """The exception of an event. Until 3.11 it has no traceback of its own before something catches it."""
    error: BaseException = argument[1]
    if error.__traceback__ is not argument[2]:
        error.__traceback__ = argument[2]
    return error
