"""Subtests: which are open, how they ended, and two ways to leave one: without its body, or with its failure kept.

A driver tells every logger of a subtest by a context manager of that logger, and one of them is ours: the name
`subtest`, what it returns and what the others log stay as they are. Ours is entered inside of the driver's own, so what
it swallows lets the driver's own end well.
"""

from __future__ import annotations

import _thread
import difflib
import fnmatch
import itertools
import sys
import time
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Final

from . import exceptions, frames, raising, subtest_outline, values
from .link import Json
from .script import Script

if TYPE_CHECKING:
    from .session import Session

_NEAREST_NAMES: Final = 3


class Skip(BaseException):
    """Raised at the beginning of a body that is not to run. Not an Exception, so that nobody else minds."""


@dataclass(eq=False)
class Subtest:
    """One that is open."""

    number: int
    name: str
    parent: Subtest | None
    line: int | None
    frame: FrameType | None
    """The script's frame that entered it."""
    started: float
    skip: Skip | None = None
    goes_on: bool = False
    """Whatever leaves it is kept for the end of the script, which goes on after it."""
    has_failed_inside: bool = False
    """A failure inside of it was kept for later."""


@dataclass(eq=False)
class _Failure:
    """Kept for the end of the script."""

    error: BaseException
    traceback: TracebackType | None
    shown: BaseException
    """What a person should see of it."""


@dataclass(eq=False)
class Run:
    """What belongs to one run of the script, or of a part of it."""

    failures: list[_Failure] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    open: dict[int, list[Subtest]] = field(default_factory=dict)
    """By thread, the innermost last."""
    told: BaseException | None = None
    """The exception at which the script stood when it left a subtest."""
    takes_all: bool = False
    """Whatever the launch wants to run, nothing of this is skipped."""


class Subtests:
    """Those of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._numbers = itertools.count(1)
        self.run = Run()

    def begin_run(self, takes_all: bool = False) -> Run:
        """A run begins, perhaps inside of another, which is returned."""
        outer, self.run = self.run, Run(takes_all=takes_all)
        return outer

    def end_run(self, outer: Run) -> None:
        self.run = outer

    def fail_late(self) -> None:
        """The script has run to its end: now it fails, if a subtest did, or one that was named never came."""
        if self.run.failures:
            failure = self.run.failures[0]
            raise failure.error.with_traceback(failure.traceback)
        wanted = self._session.settings.subtests
        missing = [name for name in wanted or () if not any(_matches(each, name) for each in self.run.names)]
        if missing:
            raise SystemExit("\n".join(self._no_such(name) for name in missing))

    def was_told(self, error: BaseException) -> bool:
        """The script has stood at this exception already, when it left a subtest."""
        return error is self.run.told

    def innermost(self, ident: int) -> Subtest | None:
        """The one that a thread is in."""
        opened = self.run.open.get(ident)
        return opened[-1] if opened else None

    # What the driver tells.

    def entered(self, name: str) -> Subtest | None:
        session = self._session
        script = session.script
        if session.is_forsaken or not session.is_running or script is None:
            return None
        frame = frames.innermost_script_frame(sys._getframe(1), script)
        opened = self.run.open.setdefault(_thread.get_ident(), [])
        parent = opened[-1] if opened else None
        line = frame.f_lineno if frame is not None else None
        subtest = Subtest(next(self._numbers), name, parent, line, frame, time.monotonic())
        opened.append(subtest)
        self.run.names.append(name)
        self._tell(subtest, "started")
        if parent is None and not self._is_wanted(script, subtest):
            self._skip(script, subtest)
        return subtest

    def left(self, subtest: Subtest, error: BaseException | None) -> bool:
        """Whether `error` ends here, as the result of `__exit__`."""
        script = self._session.script
        try:
            if error is None or script is None:
                self._tell(subtest, "failed" if subtest.has_failed_inside else "passed")
                return False
            if error is subtest.skip:
                self._session.tracing.again()
                self._tell(subtest, "skipped")
                return True
            return self._failed(subtest, error, script)
        finally:
            opened = self.run.open.get(_thread.get_ident(), [])
            if subtest in opened:
                del opened[opened.index(subtest) :]

    def _failed(self, subtest: Subtest, error: BaseException, script: Script) -> bool:
        session = self._session
        if exceptions.is_ordinary_exit(error):
            self._tell(subtest, "failed" if subtest.has_failed_inside else "passed")
            return False
        shown = exceptions.to_show(error, script)
        if not isinstance(shown, Exception | SystemExit) or session.is_ending:
            self._tell(subtest, "left")
            return False
        goes_on = session.settings.continue_after_failed_subtest and isinstance(shown, Exception)
        subtest.goes_on = subtest.goes_on or goes_on
        self._stop(subtest, shown, script)
        text = exceptions.describe(shown, values.Renderer(session.interrupts))
        innermost = next((each for each in frames.of_traceback(shown.__traceback__, script) if each.is_script), None)
        place = {} if innermost is None else {"errorLine": innermost.position.line}
        self._tell(subtest, "failed", {"error": text} | place)
        if not subtest.goes_on:
            return False
        self._keep(subtest, error, shown, script)
        return True

    def _keep(self, subtest: Subtest, error: BaseException, shown: BaseException, script: Script) -> None:
        """Keep it with the traceback it would have at the end of the script, which it does not reach."""
        shown.__traceback__ = _whole(shown.__traceback__, subtest.frame, script)
        self.run.failures.append(_Failure(error, error.__traceback__, shown))
        parent = subtest.parent
        while parent is not None:
            parent.has_failed_inside = True
            parent = parent.parent

    def _stop(self, subtest: Subtest, error: BaseException, script: Script) -> None:
        """Stand where the exception leaves the subtest: later its context would be gone."""
        session = self._session
        thread = session.thread_here()
        frame = subtest.frame
        if (
            thread.busy
            or thread.ident != session.main
            or error is self.run.told
            or not session.settings.stop_on_failure
            or frame is None
            or (not subtest.goes_on and subtest_outline.may_be_caught(script, frame))
        ):
            return
        self.run.told = error
        inner = _from(error.__traceback__, frame)
        stack = [*frames.of_traceback(inner, script), *frames.live(frame.f_back, script)]
        raising.leaves(session, stack, error, is_kept=subtest.goes_on)

    # Those that are not wanted.

    def _is_wanted(self, script: Script, subtest: Subtest) -> bool:
        wanted = self._session.settings.subtests
        if wanted is None or self.run.takes_all or self._session.is_ending:
            return True
        names = [subtest.name, *subtest_outline.names_inside(script, subtest.line)]
        return any(_matches(name, pattern) for name in names for pattern in wanted)

    def _skip(self, script: Script, subtest: Subtest) -> None:
        if subtest.frame is None or not subtest_outline.is_entered_by_with(script, subtest.frame):
            self._session.say(
                f"the subtest {subtest.name!r} is not entered by a `with`, so it cannot be skipped; it runs"
            )
            return
        subtest.skip = Skip()
        self._session.tracing.raise_in(subtest.frame, subtest.skip)

    def _no_such(self, name: str) -> str:
        known = list(dict.fromkeys(self.run.names))
        nearest = difflib.get_close_matches(name, known, _NEAREST_NAMES, 0.4) or known[:_NEAREST_NAMES]
        if not nearest:
            return f"no subtest is called {name!r}; the script has entered none"
        return f"no subtest is called {name!r}; the nearest are {', '.join(map(repr, nearest))}"

    def _tell(self, subtest: Subtest, phase: str, more: Json | None = None) -> None:
        body: Json = {"id": subtest.number, "name": subtest.name, "phase": phase}
        if subtest.parent is not None:
            body |= {"parent": subtest.parent.name, "parentId": subtest.parent.number}
        if subtest.line is not None:
            body["line"] = subtest.line
        if phase != "started":
            body["durationMs"] = round((time.monotonic() - subtest.started) * 1000)
        if self._session.stops:
            body["isInside"] = True
        if _thread.get_ident() != self._session.main:
            body["isOnOtherThread"] = True
        self._session.link.event("nixtest/subtest", body | (more or {}))


class Ear:
    """What is put among the driver's loggers. It hears of subtests and of nothing else."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def subtest(self, name: object, attributes: object = None) -> _Heard:
        return _Heard(self._session, str(name))

    def nested(self, message: object, attributes: object = None) -> _Silence:
        return _Silence()

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


def _nothing(*arguments: object, **named: object) -> None:
    """Loggers get new methods with each release."""


class _Silence:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        return None


class _Heard:
    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name
        self._subtest: Subtest | None = None

    def __enter__(self) -> None:
        try:
            self._subtest = self._session.subtests.entered(self._name)
        except Exception:
            self._session.complain("entering a subtest")

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if self._subtest is None:
            return False
        try:
            return self._session.subtests.left(self._subtest, error)
        except Exception:
            self._session.complain("leaving a subtest")
            return False
        finally:
            # It holds the script's frame.
            self._subtest = None


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatch.fnmatchcase(name, pattern)


def _from(traceback: TracebackType | None, frame: FrameType | None) -> TracebackType | None:
    """The traceback from this frame on: what is before it is the driver's way of leaving a subtest."""
    each = traceback
    while each is not None and each.tb_frame is not frame:
        each = each.tb_next
    return each if each is not None else traceback


def _whole(traceback: TracebackType | None, frame: FrameType | None, script: Script) -> TracebackType | None:
    """With the frames that called the one of the subtest, which the exception has not passed."""
    whole = _from(traceback, frame)
    caller = frame.f_back if frame is not None and not script.is_top_level(frame.f_code) else None
    while caller is not None:
        if not frames.is_hidden(caller.f_code):
            whole = TracebackType(whole, caller, caller.f_lasti, caller.f_lineno)
        caller = None if script.is_top_level(caller.f_code) else caller.f_back
    return whole
