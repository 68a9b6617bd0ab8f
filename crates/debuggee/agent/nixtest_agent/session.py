"""The session: one owner of what is known about the script, its threads and their stops.

Line events come in on the threads of the script, requests on the thread that reads the link. A stopped thread takes
the requests out of its own queue and answers them where it stands, because frames are best read from there. Other
threads of the script wait at their next line until it goes on. What a request means is in `requests`, what happens
in the script in `observing`, how it is run in `running`.
"""

from __future__ import annotations

import _thread
import itertools
import os
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from . import frames, leaving, output, requests, stepping, tracing, trouble
from .breakpoints import Breakpoints
from .clock import Clock
from .conditions import Counts
from .data import Data
from .exception_filters import ExceptionFilters
from .failed_command import Failure, LastCommands
from .functions import FunctionBreakpoints
from .guests import Guests
from .interrupts import Cancelled, Interrupts, Uninterrupted
from .link import Broken, Json, Link
from .observing import Observer
from .pausing import Pausing
from .program import Difference, Program, align
from .running import Runner
from .script import Script, Statement
from .settings import Settings
from .stops import Reason, Stop, Thread
from .subtests import Subtests
from .waits import Waits

PROTOCOL: Final = 1

_KNOWN_THREADS: Final[dict[int, Any]] = getattr(threading, "_active", {})
"""By ident. To ask `threading` itself would make entries for threads that it does not know."""


class Session:
    """Lives as long as the driver. The script may run several times in it."""

    def __init__(self, connection: socket.socket) -> None:
        self.interrupts = Interrupts()
        self.link = Link(connection, Uninterrupted(self.interrupts))
        self.counts = Counts()
        self.breakpoints = Breakpoints(self.counts)
        self.interest = tracing.Interest()
        self.observer = Observer(self)
        self.tracing = tracing.choose(self.observer, self.interest)
        self.runner = Runner(self)
        self.subtests = Subtests(self)
        self.clock = Clock()
        self.pausing = Pausing(self)
        self.waits = Waits(self)
        self.interrupts.visitor = self._visited
        self.guests: Guests | None = None
        self.script: Script | None = None
        self.program: Program | None = None
        """The run that is under way."""
        self.machine_names: list[str] = []
        self.on_new_text: Callable[[str], None] | None = None
        """The driver's own copy of the script has to be replaced."""
        self.supplied: dict[str, Any] = {}
        self.globals: dict[str, Any] = {}
        self.fresh_globals: Callable[[], dict[str, Any]] | None = None
        """Makes what the driver gives a script as its variables."""
        self.wants_fresh_globals = False
        self.threads: dict[int, Thread] = {}
        self.stops: list[Stop] = []
        self.exception_filters = ExceptionFilters()
        self.last_commands = LastCommands()
        self.functions = FunctionBreakpoints()
        self.data = Data()
        self.pause_wanted: int | None = None
        self.is_running = False
        self.is_ending = False
        self.is_unwinding = False
        self.lock = threading.Lock()
        self.turn = threading.RLock()
        self._news = threading.RLock()
        self.configuration = threading.Event()
        self.stop_on_entry = False
        self.settings = Settings()
        self._numbers = itertools.count(1)
        self._thread_numbers = itertools.count(2)
        self.main = threading.main_thread().ident
        self.is_forsaken = False

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
        self.is_forsaken = True
        self.interest.alert = False
        self.interest.hot_lines = frozenset()
        self.lock = threading.Lock()
        self.turn = threading.RLock()
        self._news = threading.RLock()
        self.stops = []
        if self.guests is not None:
            self.guests.forsake()
        self.link.forsake()

    def configured(self, stop_on_entry: bool, settings: Settings) -> None:
        self.stop_on_entry = stop_on_entry
        self.settings = settings

    def is_on_thread_of_ours(self) -> bool:
        return self.guests is not None and self.guests.owns_this_thread()

    # Stops.

    def stop(
        self,
        thread: Thread,
        stack: list[frames.Entry],
        reason: Reason,
        details: Json,
        *,
        error: BaseException | None = None,
        is_unhandled: bool = False,
        failure: Failure | None = None,
    ) -> None:
        """Stand still and answer, until a request lets the thread go on."""
        body = {"reason": reason, "threadId": thread.number, "allThreadsStopped": True} | details
        stop = Stop(thread, stack, body, error, is_unhandled, failure)
        with self.turn:
            with self.lock:
                if self.is_cut_off() or self.must_end():
                    return
                thread.step = None
                self.pause_wanted = None
                for outer in self.stops:
                    outer.has_news = True
                self.stops.append(stop)
            self.changed()
            was_busy, thread.busy = thread.busy, True
            self.interrupts.mask()
            try:
                self.clock.stand()
                output.show_last_line()
                self.forget_ended_threads()
                self.link.event("stopped", body)
                if self.is_cut_off():
                    # A script that closes file descriptors closes ours too; nobody could ever let this thread go on.
                    self.terminate()
                while not stop.is_over:
                    request = self._next(stop)
                    if request is not None and not self.must_end():
                        requests.answer_stopped(self, stop, request)
                    elif request is not None:
                        requests.answer_running(self, request)
            finally:
                self._leave(stop)
                self.clock.go_on()
                thread.busy = was_busy
                self.changed()
                self.interrupts.forget()
                self.interrupts.unmask()
        if not self.stops and not thread.jumped:
            self.waits.insist()
        if thread.jumped:
            if (self.must_end() or thread.leave is not None) and thread.event_frame is not None:
                self.tracing.prompt(thread.event_frame)
        elif self.must_end() and thread.ident == self.main:
            self.unwind()
        elif self.must_end():
            raise SystemExit
        else:
            leaving.insist(thread, stack[0].frame if stack else None)

    def is_cut_off(self) -> bool:
        return not self.link.alive

    def must_end(self) -> bool:
        return self.is_ending

    def _next(self, stop: Stop) -> Json | None:
        """The next request for a stopped thread; None if there is none, or if it was cancelled meanwhile."""
        request = stop.pending.get()
        with self.lock:
            stop.is_cancelled = False
            stop.current = None if request is None else stop.waiting.pop(id(request), None)
            return stop.current

    def _leave(self, stop: Stop) -> None:
        """Take the stop away; what is left in its queue came too late."""
        with self.lock:
            self.stops.remove(stop)
            stop.is_over = True
            late: list[Json] = []
            while not stop.pending.empty():
                request = stop.pending.get()
                if request is not None and stop.waiting.pop(id(request), None) is not None:
                    late.append(request)
        for request in late:
            requests.answer_running(self, request)

    def resume(self, stop: Stop, step: stepping.Step | None, thread: Thread) -> None:
        thread.step = step
        thread.returned = None
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
        # What is evaluated may wait for something itself.
        stood = self.clock.go_on()
        try:
            # Whoever asked for the end a moment ago has seen nothing that could be interrupted.
            if self.must_end():
                raise KeyboardInterrupt
            if stop.is_cancelled:
                raise Cancelled
            return self.interrupts.exposed(function)
        finally:
            self.clock.stand_at(stood)
            with self.lock:
                stop.is_evaluating = was_evaluating
                if stop.is_cancelled:
                    self.interrupts.end_cancel()

    def stands(self) -> bool:
        """Whether a thread is stopped, and was not told to go on."""
        return any(not stop.is_over for stop in list(self.stops))

    def hand_to_stop(self, request: Json) -> bool:
        """Leave a request to the stopped thread; False if there is none."""
        with self.lock:
            if not self.stops:
                return False
            self.stops[-1].waiting[id(request)] = request
            self.stops[-1].pending.put(request)
            return True

    def cancel(self, is_unwanted: Callable[[Json], bool]) -> list[Json]:
        """Give up requests to stopped threads. Those that wait are returned; one that runs is left."""
        with self.lock:
            waiting: list[Json] = []
            for stop in self.stops:
                for request in [each for each in stop.waiting.values() if is_unwanted(each)]:
                    del stop.waiting[id(request)]
                    waiting.append(request)
            running = next(
                (stop for stop in self.stops if stop.current is not None and is_unwanted(stop.current)), None
            )
            if running is not None:
                running.is_cancelled = True
                # Stops inside of what runs end with it.
                for inner in self.stops[self.stops.index(running) + 1 :]:
                    if inner.thread is running.thread:
                        inner.is_over = True
                        inner.pending.put(None)
                        self.link.event("continued", {"threadId": inner.thread.number, "allThreadsContinued": True})
                if running.is_evaluating and running.thread.ident == self.main:
                    self.interrupts.cancel()
        return waiting

    def is_evaluating_or_runs(self) -> bool:
        """No thread is there to answer soon."""
        with self.lock:
            return not self.stops or self.stops[-1].is_evaluating

    def number(self) -> int:
        """A number never given out before, for frames and handles."""
        return next(self._numbers)

    def _visited(self, frame: FrameType | None) -> None:
        """A signal has called the main thread."""
        self.pausing.visit(frame)
        self.waits.visit(frame)

    # The end, and what changes.

    def terminate(self) -> None:
        """End the script: a stopped one goes on to its end, a running one is interrupted."""
        with self.lock:
            self.is_ending = True
            stops = list(self.stops)
            for stop in stops:
                stop.is_over = True
                stop.pending.put(None)
        self.configuration.set()
        self.changed()
        main_is_stopped = any(stop.thread.ident == self.main for stop in stops)
        is_evaluating = any(stop.is_evaluating for stop in stops)
        if self.is_running and not self.ends_already() and (not main_is_stopped or is_evaluating):
            self.interrupts.interrupt()

    def ends_already(self) -> bool:
        """The exception that ends the script has been raised; its clean-up runs undisturbed."""
        return self.is_unwinding or self.interrupts.has_raised

    def unwind(self) -> None:
        self.is_unwinding = True
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
        steps = any(thread.is_underway() for thread in list(self.threads.values()))
        alert = bool(self.stops) or self.pause_wanted is not None or steps or (self.is_ending and self.is_running)
        alert = alert or self.data.is_watching()
        hot_lines = self.breakpoints.reported_lines()
        raises = self.exception_filters.need_raises()
        starts = self.functions.codes
        # Left on at a stop, because most steps are followed by another.
        returns = steps or (bool(self.stops) and interest.returns)
        news = (alert and not interest.alert) or hot_lines != interest.hot_lines or raises != interest.raises
        news = news or returns != interest.returns or starts is not interest.starts
        interest.starts = starts
        interest.hot_lines = hot_lines
        interest.raises = raises
        interest.returns = returns
        interest.alert = alert
        if news and not self.is_forsaken:
            self.tracing.refresh()

    def forget_counts(self) -> None:
        """Of breakpoints that are there no more."""
        self.counts.keep(self.breakpoints.keys() | self.functions.keys() | self.data.keys())

    def complain(self, doing: str) -> None:
        self.say(trouble.record(doing))

    def say(self, text: str) -> None:
        self.link.event("output", {"category": "important", "output": f"{text}\n"})

    def begin(self) -> Program:
        """A run begins."""
        self.program = Program(self.loaded())
        return self.program

    def reload(self, script: Script) -> list[Difference]:
        """Another text takes the place of the script, also in the run that is under way."""
        with self.lock:
            before = self.loaded()
            pairs = align(before.statements, script.statements)
            script.follow(before, [(before.statements[old], script.statements[new]) for old, new in pairs])
            self.watch(script)
            self.script = script
            self.breakpoints.follow(script, before)
            self.functions.load(self)
            differences = self.program.replace(script) if self.program is not None else []
        self.changed()
        if self.on_new_text is not None:
            self.on_new_text(script.text)
        return differences

    def watch(self, script: Script) -> None:
        """Let the tracing report the code of a script."""
        for statement in script.statements:
            for code in statement.codes:
                self.interest.codes[id(code)] = code
                if loops := script.one_line_loops(code):
                    self.interest.one_line_loops[id(code)] = loops

    def know(self, statement: Statement) -> None:
        """Code of the script that was compiled by itself is followed like the rest."""
        for code in statement.codes:
            self.interest.codes[id(code)] = code
            if loops := self.loaded().one_line_loops(code):
                self.interest.one_line_loops[id(code)] = loops
        self.tracing.adopt(statement.codes)

    def loaded(self) -> Script:
        if self.script is None:
            raise RuntimeError("no script is loaded")
        return self.script

    def thread_here(self) -> Thread:
        ident = _thread.get_ident()
        thread = self.threads.get(ident)
        own = _KNOWN_THREADS.get(ident)
        if thread is not None and thread.own is not own and ident != self.main:
            # Another thread with the number of one that has ended.
            self._thread_ended(thread)
            thread = None
        if thread is None:
            number = 1 if ident == self.main else next(self._thread_numbers)
            thread = self.threads[ident] = Thread(number, ident, own)
            self.link.event("thread", {"reason": "started", "threadId": number})
        return thread

    def forget_ended_threads(self) -> None:
        alive = sys._current_frames()
        for thread in list(self.threads.values()):
            if thread.ident not in alive:
                self._thread_ended(thread)

    def _thread_ended(self, thread: Thread) -> None:
        if self.threads.pop(thread.ident, None) is thread:
            self.link.event("thread", {"reason": "exited", "threadId": thread.number})

    def _serve(self) -> None:
        """The reader thread: started by `open`, ends with the link."""
        try:
            for message in self.link.messages():
                requests.receive(self, message)
        except (Broken, OSError, ValueError):
            trouble.record("reading from the link")
        except Exception:
            trouble.record("serving the link")
        if not self.is_forsaken:
            self.link.close()
            self.terminate()
