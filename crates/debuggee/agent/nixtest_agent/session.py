"""The session: one owner of what is known about the script, its threads and their stops.

Line events come in on the threads of the script, requests on the thread that reads the link. A stopped thread takes
the requests out of its own queue and answers them where it stands, because frames are best read from there. Other
threads of the script wait at their next line until it goes on. What a request means is in `requests`.
"""

from __future__ import annotations

import _thread
import itertools
import os
import socket
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final

from . import evaluate, exceptions, frames, output, requests, stepping, tracing, trouble, values
from .breakpoints import Breakpoints
from .guests import Guests
from .interrupts import Interrupts, Uninterrupted
from .link import Broken, Json, Link
from .script import Script, invalid
from .stops import Reason, Stop, Thread

PROTOCOL: Final = 1


class Session:
    """Lives as long as the driver. The script may run several times in it."""

    def __init__(self, connection: socket.socket) -> None:
        self.interrupts = Interrupts()
        self.link = Link(connection, Uninterrupted(self.interrupts))
        self.breakpoints = Breakpoints()
        self.interest = tracing.Interest()
        self.tracing = tracing.choose(self, self.interest)
        self.guests: Guests | None = None
        self.script: Script | None = None
        self.supplied: dict[str, Any] = {}
        self.globals: dict[str, Any] = {}
        self.threads: dict[int, Thread] = {}
        self.stops: list[Stop] = []
        self.filters: frozenset[str] = frozenset({"uncaught"})
        self.pause_wanted: int | None = None
        self.is_running = False
        self.is_ending = False
        self._is_unwinding = False
        self._lock = threading.Lock()
        self._turn = threading.RLock()
        self._news = threading.RLock()
        self._configured = threading.Event()
        self._stop_on_entry = False
        self._numbers = itertools.count(1)
        self._thread_numbers = itertools.count(2)
        self._main = threading.main_thread().ident
        self._is_forsaken = False

    def open(self, driver: str | None) -> None:
        """Greet the adapter, and serve it from a thread that ends with the link or the process.

        `driver` says whose driver this is, for people.
        """
        version = ".".join(str(part) for part in sys.version_info[:3])
        greeting: Json = {
            "protocol": PROTOCOL,
            "pid": os.getpid(),
            "python": version,
            "tracing": self.tracing.name,
        }
        self.link.event("nixtest/hello", greeting if driver is None else greeting | {"driver": driver})
        # Not a `threading.Thread`: the script's own count of threads stays as it was.
        _thread.start_new_thread(self._serve, ())

    def forsake(self) -> None:
        """In a forked child: there the script runs on without us."""
        self._is_forsaken = True
        self.interest.alert = False
        self.interest.hot_lines = frozenset()
        self._lock = threading.Lock()
        self._turn = threading.RLock()
        self._news = threading.RLock()
        self.stops = []
        if self.guests is not None:
            self.guests.forsake()
        self.link.forsake()

    # The run.

    def run(self, text: str, names: dict[str, Any], machines: list[str]) -> None:
        """Run the script as the driver's own `exec` would: same names, same exceptions, same traceback."""
        if self._is_forsaken:
            exec(text, names)
            return
        script = self._compile(text)
        is_new = self.script is None or self.script.text != text
        if is_new:
            self._load(script, machines)
        script = self._script()
        self.globals, self.supplied = names, dict(names)
        self.interrupts.install()
        self.is_running = True
        self._is_unwinding = False
        outcome: Json = {"outcome": "passed"}
        try:
            if is_new:
                self._configured.wait()
            self._before_statement()
            self._begin()
            self._statements(script, names)
        except BaseException as error:
            error.__traceback__ = frames.without_agent(error.__traceback__)
            outcome = self._outcome(error, script)
            raise
        finally:
            self._end(outcome)

    def _compile(self, text: str) -> Script:
        try:
            return Script(text)
        except Exception as error:
            self.link.event("nixtest/scriptInvalid", invalid(text, error))
            raise

    def _load(self, script: Script, machines: list[str]) -> None:
        with self._lock:
            self.script = script
            self._configured.clear()
            self._stop_on_entry = False
            if not self.link.alive or self.is_ending:
                self._configured.set()
            self.interest.codes.clear()
            self.interest.one_line_loops.clear()
            for statement in script.statements:
                for code in statement.codes:
                    self.interest.codes[id(code)] = code
                    if loops := script.one_line_loops(code):
                        self.interest.one_line_loops[id(code)] = loops
            self.breakpoints.load(script)
        self.changed()
        self.link.event("nixtest/script", script.announcement() | {"machines": machines})

    def configured(self, stop_on_entry: bool) -> None:
        self._stop_on_entry = stop_on_entry
        self._configured.set()

    def _begin(self) -> None:
        thread = self._thread_here()
        if self._stop_on_entry:
            self._stop_on_entry = False
            thread.step = stepping.entry()
        self.changed()
        self.tracing.start()

    def _statements(self, script: Script, names: dict[str, Any]) -> None:
        for statement in script.statements:
            self._before_statement()
            self.tracing.adopt(statement.codes)
            try:
                exec(statement.code, names)
            except BaseException as error:
                self._after_exception(error, script)
                raise

    def _before_statement(self) -> None:
        """Between statements the agent is in control: an end that was asked for happens here."""
        if self.is_ending and not self._ends_already():
            self._unwind()

    def _ends_already(self) -> bool:
        """The exception that ends the script has been raised; its clean-up runs undisturbed."""
        return self._is_unwinding or self.interrupts.has_raised

    def _after_exception(self, error: BaseException, script: Script) -> None:
        """An exception ends the script: a stop at its traceback, whose frames are still alive."""
        error.__traceback__ = frames.without_agent(error.__traceback__)
        if self.is_ending or "uncaught" not in self.filters or exceptions.is_ordinary_exit(error):
            return
        error = exceptions.to_show(error, script)
        renderer = values.Renderer(self.interrupts)
        thread = self._thread_here()
        self._stop(
            thread,
            frames.of_traceback(error.__traceback__, script),
            "exception",
            {"description": "the script ends with an exception", "text": exceptions.describe(error, renderer)},
            error=error,
            is_unhandled=True,
        )

    def _outcome(self, error: BaseException, script: Script) -> Json:
        if self.is_ending:
            return {"outcome": "terminated"}
        if exceptions.is_ordinary_exit(error):
            return {"outcome": "passed"}
        renderer = values.Renderer(self.interrupts)
        shown = exceptions.to_show(error, script)
        return {"outcome": "failed", "exception": exceptions.ended_with(shown, script, renderer)}

    def _end(self, outcome: Json) -> None:
        self.is_running = False
        self.tracing.stop()
        for thread in self.threads.values():
            thread.step = thread.last_error = None
        self.pause_wanted = None
        self.changed()
        output.show_last_line()
        self.link.event("nixtest/scriptEnded", outcome)
        self.interrupts.uninstall()

    # Events of the interpreter, on the thread where they happen.

    def on_line(self, frame: FrameType, line: int, begins: bool) -> None:
        if self._is_forsaken or not self.is_running or self._is_on_thread_of_ours():
            return
        thread = self._thread_here()
        if thread.busy:
            return
        thread.busy = True
        self.interrupts.mask()
        try:
            self._line(thread, frame, line, begins)
        except RecursionError:
            # The script is too deep in calls, and about to learn it.
            return
        except Exception:
            self.complain("looking at a line of the script")
        finally:
            thread.busy = False
            self.interrupts.unmask()

    def on_raise(self, frame: FrameType, error: BaseException) -> None:
        if self._is_forsaken or not self.is_running or "raised" not in self.filters or self._is_on_thread_of_ours():
            return
        thread = self._thread_here()
        if thread.busy or error is thread.last_error or self.is_ending:
            return
        if isinstance(error, StopIteration | StopAsyncIteration | GeneratorExit):
            return
        thread.last_error = error
        thread.busy = True
        self.interrupts.mask()
        try:
            with self._turn:
                text = exceptions.describe(error, values.Renderer(self.interrupts))
                details = {"description": "an exception is raised", "text": text}
                self._stop(thread, frames.live(frame, self._script()), "exception", details, error=error)
        except Exception:
            self.complain("looking at an exception of the script")
        finally:
            thread.busy = False
            self.interrupts.unmask()

    def on_breakpoint_call(self, frame: FrameType) -> bool:
        """The script, or code it calls, asks for a stop by `breakpoint()`. False if there is none to be had."""
        script = self.script
        if self._is_forsaken or not self.is_running or script is None or not self.link.alive:
            return False
        if self._is_on_thread_of_ours():
            return False
        innermost = frames.innermost_script_frame(frame, script)
        if innermost is None:
            return False
        thread = self._thread_here()
        if thread.busy:
            return True
        thread.busy = True
        self.interrupts.mask()
        try:
            with self._turn:
                self._stop(
                    thread, frames.live(innermost, script), "breakpoint", {"description": "breakpoint() was called"}
                )
        except Exception:
            self.complain("stopping at a call of breakpoint()")
        finally:
            thread.busy = False
            self.interrupts.unmask()
        return True

    def _is_on_thread_of_ours(self) -> bool:
        return self.guests is not None and self.guests.owns_this_thread()

    def _line(self, thread: Thread, frame: FrameType, line: int, begins: bool) -> None:
        script = self._script()
        anchor = line if begins else script.entered(frame.f_code, frame.f_lasti, line)
        # The turn is held by a thread for as long as it is stopped.
        with self._turn:
            if self.is_ending:
                if not self._ends_already() and thread.ident == self._main:
                    self._unwind()
                return
            stack = frames.live
            if self.pause_wanted is not None and self.pause_wanted in (0, thread.number):
                self._stop(thread, stack(frame, script, anchor), "pause", {})
                return
            if anchor is None:
                return
            hits = self.breakpoints.hits(anchor, lambda code: self._holds(code, frame))
            if hits is not None:
                details: Json = {"hitBreakpointIds": hits.numbers}
                if hits.text is not None:
                    details |= {"text": hits.text, "description": "a breakpoint's condition failed"}
                self._stop(thread, stack(frame, script, anchor), "breakpoint", details)
            elif thread.step is not None and thread.step.ends_in(frame, script.is_top_level(frame.f_code)):
                reason: Reason = "entry" if thread.step.kind == "entry" else "step"
                self._stop(thread, stack(frame, script, anchor), reason, {})

    def _holds(self, code: CodeType, frame: FrameType) -> object:
        return self.interrupts.exposed(lambda: evaluate.condition(code, frame))

    # Stops.

    def _stop(
        self,
        thread: Thread,
        stack: list[frames.Entry],
        reason: Reason,
        details: Json,
        *,
        error: BaseException | None = None,
        is_unhandled: bool = False,
    ) -> None:
        """Stand still and answer, until a request lets the thread go on."""
        body = {"reason": reason, "threadId": thread.number, "allThreadsStopped": True} | details
        stop = Stop(thread, stack, body, error, is_unhandled)
        with self._turn:
            with self._lock:
                if self._is_cut_off() or self._must_end():
                    return
                thread.step = None
                self.pause_wanted = None
                for outer in self.stops:
                    outer.was_interrupted = True
                self.stops.append(stop)
            self.changed()
            was_busy, thread.busy = thread.busy, True
            self.interrupts.mask()
            try:
                output.show_last_line()
                self.link.event("stopped", body)
                if self._is_cut_off():
                    # A script that closes file descriptors closes ours too; nobody could ever let this thread go on.
                    self.terminate()
                while not stop.is_over:
                    request = stop.pending.get()
                    if request is not None and not self._must_end():
                        requests.answer_stopped(self, stop, request)
                    elif request is not None:
                        requests.refuse_running(self, request)
            finally:
                self._leave(stop)
                thread.busy = was_busy
                self.changed()
                self.interrupts.forget()
                self.interrupts.unmask()
        if self._must_end() and thread.ident == self._main:
            self._unwind()
        elif self._must_end():
            raise SystemExit

    def _is_cut_off(self) -> bool:
        return not self.link.alive

    def _must_end(self) -> bool:
        return self.is_ending

    def _leave(self, stop: Stop) -> None:
        """Take the stop away; what is left in its queue came too late."""
        with self._lock:
            self.stops.remove(stop)
            stop.is_over = True
            late: list[Json] = []
            while not stop.pending.empty():
                request = stop.pending.get()
                if request is not None:
                    late.append(request)
        for request in late:
            requests.refuse_running(self, request)

    def resume(self, stop: Stop, step: stepping.Step | None, thread: Thread) -> None:
        thread.step = step
        stop.is_over = True

    def run_user_code(self, stop: Stop, function: Callable[[], object]) -> object:
        """Call code of the user from a stop, so that breakpoints may hit in it and it can be interrupted."""
        thread = stop.thread
        thread.busy = False
        try:
            return self._evaluating(stop, lambda: self.tracing.call(function))
        finally:
            thread.busy = True
            thread.step = None

    def run_unobserved(self, stop: Stop, function: Callable[[], object]) -> object:
        """Call code of the user from a stop, without any stop in it."""
        return self._evaluating(stop, function)

    def _evaluating(self, stop: Stop, function: Callable[[], object]) -> object:
        was_evaluating, stop.is_evaluating = stop.is_evaluating, True
        try:
            # Whoever asked for the end a moment ago has seen nothing that could be interrupted.
            if self._must_end():
                raise KeyboardInterrupt
            return self.interrupts.exposed(function)
        finally:
            stop.is_evaluating = was_evaluating

    def hand_to_stop(self, request: Json) -> bool:
        """Leave a request to the stopped thread; False if there is none."""
        with self._lock:
            if not self.stops:
                return False
            self.stops[-1].pending.put(request)
            return True

    def number(self) -> int:
        """A number never given out before, for frames and handles."""
        return next(self._numbers)

    # The end, and what changes.

    def terminate(self) -> None:
        """End the script: a stopped one goes on to its end, a running one is interrupted."""
        with self._lock:
            self.is_ending = True
            stops = list(self.stops)
            for stop in stops:
                stop.is_over = True
                stop.pending.put(None)
        self._configured.set()
        self.changed()
        main_is_stopped = any(stop.thread.ident == self._main for stop in stops)
        is_evaluating = any(stop.is_evaluating for stop in stops)
        if self.is_running and not self._ends_already() and (not main_is_stopped or is_evaluating):
            self.interrupts.interrupt()

    def _unwind(self) -> None:
        self._is_unwinding = True
        self.interrupts.forget()
        if self.link.alive:
            raise SystemExit(1)
        raise KeyboardInterrupt

    def changed(self) -> None:
        """Tell the tracing what matters now."""
        with self._news:
            self._tell_tracing()

    def _tell_tracing(self) -> None:
        interest = self.interest
        steps = any(thread.step is not None for thread in list(self.threads.values()))
        alert = bool(self.stops) or self.pause_wanted is not None or steps or (self.is_ending and self.is_running)
        hot_lines = self.breakpoints.reported_lines()
        raises = "raised" in self.filters
        news = (alert and not interest.alert) or hot_lines != interest.hot_lines or raises != interest.raises
        interest.hot_lines = hot_lines
        interest.raises = raises
        interest.alert = alert
        if news and not self._is_forsaken:
            self.tracing.refresh()

    def complain(self, doing: str) -> None:
        self.say(trouble.record(doing))

    def say(self, text: str) -> None:
        self.link.event("output", {"category": "important", "output": f"{text}\n"})

    def _script(self) -> Script:
        if self.script is None:
            raise RuntimeError("no script is loaded")
        return self.script

    def _thread_here(self) -> Thread:
        ident = _thread.get_ident()
        thread = self.threads.get(ident)
        if thread is None:
            is_main = ident == self._main
            number = 1 if is_main else next(self._thread_numbers)
            thread = self.threads[ident] = Thread(number, ident, "testScript" if is_main else f"thread {number}")
            self.link.event("thread", {"reason": "started", "threadId": number})
        return thread

    def _serve(self) -> None:
        """The reader thread: started by `open`, ends with the link."""
        try:
            for message in self.link.messages():
                requests.receive(self, message)
        except (Broken, OSError, ValueError):
            trouble.record("reading from the link")
        except Exception:
            trouble.record("serving the link")
        if not self._is_forsaken:
            self.link.close()
            self.terminate()
