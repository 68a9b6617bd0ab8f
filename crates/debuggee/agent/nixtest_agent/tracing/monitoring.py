"""Tracing by `sys.monitoring` (Python 3.12 and later): events on the script's own code objects, none elsewhere.

A location that does not matter is disabled by its first event, so a loop beside a breakpoint runs at full speed.
RAISE events cannot be local to a code object; they are on only while an exception filter asks for them. What calls
return is asked of all code too, because the driver's is what scripts call; only while a step is under way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any, Final

from .seam import Interest, Observer
from .with_bodies import is_at_top

# The module exists on every Python so that the type checker reads it; it is used from 3.12 on.
_monitoring: Any = getattr(sys, "monitoring", None)

_NAME: Final = "nixtest-dap"
_PLACES: Final = (0, 3, 4)
"""The debugger's own place first, then those that no kind of tool is meant for."""


def free_tool() -> int | None:
    return next((tool for tool in _PLACES if _monitoring.get_tool(tool) is None), None)


class Monitoring:
    """Keeps its place until the process ends, because functions of the script outlive a run."""

    name = "monitoring"

    def __init__(self, tool: int, observer: Observer, interest: Interest) -> None:
        self._tool = tool
        self._observer = observer
        self._interest = interest
        self._one_line_starts: dict[int, int] = {}
        self._everywhere = 0
        self._starts: dict[int, CodeType] = {}
        self._starts_are_silent = False
        events = _monitoring.events
        self._line_event: int = events.LINE
        self._start_event: int = events.PY_START
        self._instruction_event: int = events.INSTRUCTION
        self._prompted: FrameType | None = None
        self._jump_events: int = events.JUMP | events.BRANCH
        self._waiting: list[tuple[FrameType, BaseException]] = []
        """What is raised in which frame by `raise_in`."""
        _monitoring.use_tool_id(tool, _NAME)
        _monitoring.register_callback(tool, events.LINE, self._line_callback())
        _monitoring.register_callback(tool, events.PY_START, self._on_start)
        _monitoring.register_callback(tool, events.JUMP, self._on_jump)
        _monitoring.register_callback(tool, events.BRANCH, self._on_jump)
        _monitoring.register_callback(tool, events.RAISE, self._on_raise)
        _monitoring.register_callback(tool, events.PY_RETURN, self._on_return)
        _monitoring.register_callback(tool, events.INSTRUCTION, self._on_instruction)
        self._starts_are_silent = not self._reports_one_line_functions()

    def start(self) -> None:
        self.refresh()

    def adopt(self, codes: Iterable[CodeType]) -> None:
        for code in codes:
            start = _one_line_start(code)
            if start is not None:
                self._one_line_starts[id(code)] = start
            _monitoring.set_local_events(self._tool, code, self._events_of(code))

    def refresh(self) -> None:
        everywhere: int = _monitoring.events.RAISE if self._interest.raises else 0
        if self._interest.returns:
            everywhere |= _monitoring.events.PY_RETURN
        if self._everywhere != everywhere:
            self._everywhere = everywhere
            _monitoring.set_events(self._tool, everywhere)
        self._watch_starts()
        _monitoring.restart_events()
        # Disabled locations come back when their code is next entered or jumps backwards. Code that is running now
        # has to be told, or a step could run on to the end of it.
        running: dict[int, CodeType] = {}
        for frame in sys._current_frames().values():
            each: FrameType | None = frame
            while each is not None:
                if id(each.f_code) in self._interest.codes:
                    running[id(each.f_code)] = each.f_code
                each = each.f_back
        for code in running.values():
            if _monitoring.get_local_events(self._tool, code):
                _monitoring.set_local_events(self._tool, code, 0)
                _monitoring.set_local_events(self._tool, code, self._events_of(code))

    def _watch_starts(self) -> None:
        """Functions of the script that have not been adopted yet are told of their breakpoints then."""
        starts = self._interest.starts
        for number, code in (self._starts | starts).items():
            if (number in starts) is (number in self._starts):
                continue
            if number not in self._interest.codes:
                _monitoring.set_local_events(self._tool, code, self._start_event if number in starts else 0)
            elif _monitoring.get_local_events(self._tool, code):
                _monitoring.set_local_events(self._tool, code, self._events_of(code))
        self._starts = starts

    def call(self, function: Callable[[], object]) -> object:
        return sys.call_tracing(function, ())

    can_prompt = True

    def prompt(self, frame: FrameType) -> None:
        self._prompted = frame
        _monitoring.register_callback(self._tool, self._instruction_event, self._on_instruction)
        wanted = self._events_of(frame.f_code) | self._instruction_event
        _monitoring.set_local_events(self._tool, frame.f_code, wanted)

    def again(self) -> None:
        """Nothing: an exception from a callback switches nothing off."""

    def raise_in(self, frame: FrameType, error: BaseException) -> None:
        self._waiting.append((frame, error))
        _monitoring.set_local_events(self._tool, frame.f_code, self._events_of(frame.f_code))

    def stop(self) -> None:
        self.refresh()

    def _events_of(self, code: CodeType) -> int:
        wanted = self._line_event
        if id(code) in self._one_line_starts or id(code) in self._interest.starts:
            wanted |= self._start_event
        if id(code) in self._interest.one_line_loops:
            wanted |= self._jump_events
        if any(frame.f_code is code for frame, _ in self._waiting):
            wanted |= self._instruction_event
        return wanted

    def _line_callback(self) -> Callable[[CodeType, int], object]:
        interest = self._interest
        observer = self._observer
        disable: object = _monitoring.DISABLE
        frame_of_caller = sys._getframe

        def on_line(code: CodeType, line: int) -> object:
            # Between this test and the return nothing is called, so no other thread runs in between: a breakpoint
            # set meanwhile cannot be lost to a location that is disabled after its refresh.
            if not interest.alert and line not in interest.hot_lines:
                return disable
            observer.on_line(frame_of_caller(1), line, False)
            return None

        return on_line

    def _on_start(self, code: CodeType, offset: int) -> object:
        """Asked for because it makes the line event of a one-line function happen: 3.13.0 has none without it."""
        interest = self._interest
        has_breakpoint = id(code) in interest.starts
        if has_breakpoint:
            self._observer.on_start(sys._getframe(1))
        if id(code) not in self._one_line_starts:
            return None if has_breakpoint else _monitoring.DISABLE
        line = self._one_line_starts[id(code)]
        if not interest.alert and line not in interest.hot_lines:
            return None if has_breakpoint else _monitoring.DISABLE
        if self._starts_are_silent:
            self._observer.on_line(sys._getframe(1), line, True)
        return None

    def _on_instruction(self, code: CodeType, offset: int) -> None:
        frame = sys._getframe(1)
        for each in self._waiting:
            if each[0] is frame and is_at_top(frame):
                self._waiting.remove(each)
                _monitoring.set_local_events(self._tool, code, self._events_of(code))
                raise each[1]
        if frame is self._prompted:
            self._prompted = None
            _monitoring.set_local_events(self._tool, code, self._events_of(code))
            self._observer.on_line(frame, frame.f_lineno, True)

    def _on_jump(self, code: CodeType, offset: int, target: int) -> object:
        """The next turn of a loop on one line, which is no new line to the interpreter."""
        frame = sys._getframe(1)
        line = frame.f_lineno
        matters = self._interest.alert or line in self._interest.hot_lines
        if matters and target <= offset and line in self._interest.one_line_loops.get(id(code), ()):
            self._observer.on_line(frame, line, True)
        return None

    def _reports_one_line_functions(self) -> bool:
        """Whether start and line event together report a function whose body is on its first line."""
        function: Callable[[], int] = eval("lambda: 0", {})
        seen: list[int] = []

        def on_line(code: CodeType, line: int) -> None:
            seen.append(line)

        callback = _monitoring.register_callback(self._tool, self._line_event, on_line)
        _monitoring.set_local_events(self._tool, function.__code__, self._line_event | self._start_event)
        function()
        _monitoring.set_local_events(self._tool, function.__code__, 0)
        _monitoring.register_callback(self._tool, self._line_event, callback)
        return bool(seen)

    def _on_raise(self, code: CodeType, offset: int, error: BaseException) -> object:
        if id(code) in self._interest.codes:
            self._observer.on_raise(sys._getframe(1), error)
        elif id(code) in self._interest.blocks:
            self._observer.on_leaving(sys._getframe(1), error)
        return None

    def _on_return(self, code: CodeType, offset: int, value: object) -> object:
        frame = sys._getframe(1)
        caller = frame.f_back
        codes = self._interest.codes
        if id(code) in codes or (caller is not None and id(caller.f_code) in codes):
            self._observer.on_return(frame, value)
        return None


def _one_line_start(code: CodeType) -> int | None:
    """The line of a function whose body is on its first line, or begins there."""
    if code.co_name == "<module>":
        return None
    reported = [line for _, _, line in code.co_lines() if line is not None]
    return reported[0] if reported and reported[0] == code.co_firstlineno else None
