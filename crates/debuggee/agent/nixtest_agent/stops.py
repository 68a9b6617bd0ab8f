"""What a session knows of a thread of the script, and of a stop while it lasts."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

from . import calls, frames, leaving, stepping
from .failed_command import Failure
from .link import Json

if TYPE_CHECKING:
    from .requests.flowing import Target
    from .requests.handles import Holder

Reason = Literal[
    "entry", "breakpoint", "step", "pause", "exception", "function breakpoint", "data breakpoint", "goto", "end"
]


@dataclass
class Thread:
    """A thread of the script, numbered from 1 for the main thread."""

    number: int
    ident: int
    own: Any
    """The `threading.Thread`, if it is one. Idents are used again."""
    step: stepping.Step | None = None
    leave: leaving.Leave | None = None
    """What the thread is leaving, or will leave when its stop is over."""
    arrival: int | None = None
    """The line of the next top-level statement at which it stops, because a request sent it there."""
    event_frame: FrameType | None = None
    """While a line event of it is looked at: its frame. Only then the interpreter can jump in it."""
    jumped: bool = False
    """The frame was sent to another line in this event, so nothing may be raised before the next."""
    busy: bool = False
    """The agent is at work on it; what user code the agent calls there is not observed."""
    returned: tuple[str, object] | None = None
    """What the last call of a step has returned, and its name."""
    last_error: BaseException | None = None
    """The exception looked at last, which is looked at once and not again in each frame it passes."""
    last_shown: BaseException | None = None
    """The exception that was a reason to stop last."""
    last_left: BaseException | None = None
    """The exception that left a subtest last."""

    def is_underway(self) -> bool:
        """Every line matters to it."""
        return self.step is not None or self.leave is not None or self.arrival is not None

    @property
    def name(self) -> str:
        if self.number == 1:
            return "testScript"
        name = getattr(self.own, "name", None)
        return name if type(name) is str else f"thread {self.number}"


@dataclass
class Stop:
    """A stopped thread, and the handles given out while it stands."""

    thread: Thread
    stack: list[frames.Entry]
    body: Json
    error: BaseException | None = None
    is_unhandled: bool = False
    failure: Failure | None = None
    """The command that the error is about."""
    pending: queue.SimpleQueue[Json | None] = field(default_factory=queue.SimpleQueue)
    waiting: dict[int, Json] = field(default_factory=dict)
    """What is pending, by number; a request that was cancelled is not in here any more."""
    current: Json | None = None
    """The request that is being answered."""
    is_cancelled: bool = False
    """Its answer is not wanted any more."""
    entries: dict[int, frames.Entry] = field(default_factory=dict)
    handles: dict[int, Holder] = field(default_factory=dict)
    targets: dict[int, calls.Call] = field(default_factory=dict)
    """The calls that a step may go into, as they were given out."""
    lines: dict[int, Target] = field(default_factory=dict)
    """The lines that were offered to go to."""
    is_over: bool = False
    is_evaluating: bool = False
    """Code of the user runs on behalf of a request."""
    has_changed: bool = False
    """A request has changed values, which the client has not been told yet."""
    has_news: bool = False
    """It has to be told again: the thread was sent elsewhere, or another stop happened inside an evaluation."""

    def move(self, stack: list[frames.Entry]) -> None:
        """The thread stands elsewhere, with other frames and values; it is told as a stop of its own."""
        self.stack = stack
        self.error = None
        self.body = {"reason": "goto", "threadId": self.thread.number, "allThreadsStopped": True}
        self.entries.clear()
        self.handles.clear()
        self.targets.clear()
        self.lines.clear()
        self.has_news = True
