"""What the script waits for: told to the adapter when it takes long, and ended by the user if they want.

A wait is a call of the driver that may take long: `wait_for_*`, `retry`, a boot, a sleep, a guest command. Waits lie in
each other, and the outermost one is shown. The main thread only notes them; a thread beside it looks now and then
whether one has become worth telling. What the driver calls its waits is known in `driver_hooks`.
"""

from __future__ import annotations

import _thread
import datetime
import itertools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Literal

from . import frames, safe_points
from .link import Json

if TYPE_CHECKING:
    from .session import Session

How = Literal["cancel", "skip", "succeed"]
HOWS: Final = ("cancel", "skip", "succeed")

_LOOK_SECONDS: Final = 0.2
_TELL_AFTER: Final = {"command": 1.0, "wait": 0.4}
_PATIENCE_WITH_TRY: Final = 1.0
"""For how long the end of one try of a wait is awaited, before its command is abandoned."""
_MOST_SHOWN: Final = 500
"""Of outputs and arguments, in characters."""
_OUTCOMES: Final = {"skip": "skipped", "succeed": "succeeded"}


class Ended(BaseException):
    """Leaves a wait that the user ends. Not an Exception, so that the driver lets it pass."""

    def __init__(self, wait: Wait) -> None:
        super().__init__()
        self.wait = wait


class WaitCancelled(Exception):
    """What the script gets from a wait that the user cancelled."""

    __module__ = "builtins"


@dataclass(eq=False)
class Wait:
    """One call. `kind` is `command` for one command in a machine, and `wait` for all others."""

    kind: Literal["command", "wait"]
    name: str
    machine: str | None
    arguments: tuple[Any, ...]
    frame: FrameType
    """Of the caller."""
    begin: float
    limit: Callable[[], object] | None = None
    """In seconds, or as a `timedelta`."""
    command: str | None = None
    attempts: int = 0
    last: tuple[Any, ...] | None = None
    """Status and output of the last command in it."""
    number: int = 0
    """Given when it is told."""
    how: How | None = None
    """The user wants it to end so."""
    asked_at: float = 0.0
    told: Json = field(default_factory=dict)
    told_second: int = -1

    def what(self) -> str:
        return f"{self.name}({', '.join(_shown(each) for each in self.arguments)})"

    def words(self) -> str:
        return self.what() if self.machine is None else f"{self.machine}.{self.what()}"


class Waits:
    """Those of the main thread, the outermost first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stack: list[Wait] = []
        self._lock = threading.Lock()
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_idle = True
        self._has_reporter = False
        self._numbers = itertools.count(1)

    # For the hooks, on the main thread.

    def concerns(self) -> bool:
        """Whether a call that begins now is a wait of the script's."""
        session = self._session
        return not session.stops and _thread.get_ident() == session.main and session.is_running

    def begin(self, wait: Wait) -> Wait:
        self._stack.append(wait)
        if self._is_idle:
            self._is_idle = False
            self._news.put(None)
            if not self._has_reporter:
                self._has_reporter = True
                _thread.start_new_thread(self._report, ())
        return wait

    def end(self, wait: Wait, outcome: str) -> None:
        with self._lock:
            while self._stack and self._stack.pop() is not wait:
                pass
            number = wait.number
        if number:
            self._tell(wait, "ended", {"outcome": outcome})

    def tried(self, command: str | None = None, last: tuple[Any, ...] | None = None, attempts: int = 0) -> None:
        """Something happened inside the waits that are under way."""
        for wait in self._stack:
            wait.attempts += attempts
            if command is not None:
                wait.command = command
            if last is not None:
                wait.last = last

    def settle(self, ended: Ended) -> str:
        """The outcome of a wait that was left; raises for one that was cancelled."""
        wait = ended.wait
        if wait.how == "cancel":
            raise WaitCancelled(f"the user cancelled the wait in {wait.words()}")
        return _OUTCOMES[wait.how or "succeed"]

    def innermost(self) -> Wait | None:
        return self._stack[-1] if self._stack else None

    # For the user.

    def in_words(self) -> str | None:
        """What the script waits in and for how long."""
        wait = self._stack[0] if self._stack else None
        if wait is None:
            return None
        return f"{wait.words()} for {self._session.clock.now() - wait.begin:.1f} s"

    def end_by_user(self, how: How, number: int | None) -> str | None:
        """Have the wait end; returns its words, None if there is no such wait."""
        with self._lock:
            wait = self._stack[0] if self._stack else None
            if wait is None or (number is not None and wait.number != number):
                return None
            wait.how = how
            wait.asked_at = time.monotonic()
        self.insist()
        return wait.words()

    def insist(self) -> None:
        """Call the main thread out of a wait that is to end; does nothing if there is none."""
        if any(wait.how for wait in list(self._stack)):
            self._session.interrupts.summon(self._is_wanted)

    def visit(self, frame: FrameType | None) -> None:
        """In the signal's handler, on the main thread: leave a wait that is to end."""
        session = self._session
        found = next((index for index, wait in enumerate(self._stack) if wait.how), None)
        if found is None or session.stops or session.script is None or session.thread_here().busy:
            return
        wait = self._stack[found]
        in_command = wait.kind != "command" and any(inner.kind == "command" for inner in self._stack[found + 1 :])
        if in_command and time.monotonic() - wait.asked_at < _PATIENCE_WITH_TRY:
            return
        if safe_points.is_safe(frame, session.script):
            raise Ended(wait)

    def _is_wanted(self) -> bool:
        return any(wait.how for wait in list(self._stack)) and not self._session.stops

    # The reporter.

    def _report(self) -> None:
        """Started by the first wait, ends with the process. Looks on while there are waits, then sleeps."""
        pause = threading.Event()
        while True:
            self._news.get()
            while True:
                pause.wait(_LOOK_SECONDS)
                if not self._look():
                    self._is_idle = True
                    # One that began a moment ago has seen that this thread was awake.
                    if not self._stack:
                        break
                    self._is_idle = False

    def _look(self) -> bool:
        """Tell what has become worth telling; False if nothing is awaited."""
        with self._lock:
            wait = self._stack[0] if self._stack else None
            if wait is None or self._session.is_forsaken:
                return False
            try:
                if wait.number:
                    self._tell(wait, "update", {})
                elif self._session.clock.now() - wait.begin >= _TELL_AFTER[wait.kind]:
                    wait.number = next(self._numbers)
                    self._tell(wait, "started", {})
            except Exception:
                self._session.complain("telling of a wait")
            return True

    def _tell(self, wait: Wait, phase: str, more: Json) -> None:
        elapsed = self._session.clock.now() - wait.begin
        limit = _seconds(wait.limit() if wait.limit is not None else None)
        body: Json = {
            "id": wait.number,
            "machine": wait.machine,
            "what": wait.what(),
            "command": None if wait.command is None else wait.command[:_MOST_SHOWN],
            "attempts": wait.attempts,
            "lastStatus": wait.last[0] if wait.last else None,
            "lastOutput": str(wait.last[1])[-_MOST_SHOWN:] if wait.last else None,
        }
        script = self._session.script
        caller = frames.innermost_script_frame(wait.frame, script) if script is not None else None
        if caller is not None and phase != "ended":
            body["line"] = caller.f_lineno
        # Seconds go by without being told one by one.
        is_news = body != wait.told or phase != "update"
        second = int(elapsed)
        if not is_news and second == wait.told_second:
            return
        wait.told, wait.told_second = body, second
        times = {
            "elapsedMs": round(elapsed * 1000),
            "timeLeftMs": None if limit is None else max(0, round((limit - elapsed) * 1000)),
        }
        self._session.link.event("nixtest/wait", body | times | {"phase": phase} | more)


def _seconds(limit: object) -> float | None:
    if isinstance(limit, datetime.timedelta):
        return limit.total_seconds()
    return float(limit) if isinstance(limit, int | float) else None


def _shown(value: object) -> str:
    """An argument as it is written; what has no short form shows its type."""
    if isinstance(value, datetime.timedelta):
        return f"{value.total_seconds():g} s"
    if type(value) is str:
        text = value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}…"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if value is None or type(value) in (int, float, bool):
        return repr(value)
    return "…"
