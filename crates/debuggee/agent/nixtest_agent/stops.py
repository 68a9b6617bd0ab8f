"""What a session knows of a thread of the script, and of a stop while it lasts."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from . import frames, leaving, stepping
from .link import Json

if TYPE_CHECKING:
    from .requests.handles import Holder

Reason = Literal["entry", "breakpoint", "step", "pause", "exception", "goto"]


@dataclass
class Thread:
    """A thread of the script, numbered from 1 for the main thread."""

    number: int
    ident: int
    name: str
    step: stepping.Step | None = None
    leave: leaving.Leave | None = None
    """What the thread is leaving, or will leave when its stop is over."""
    arrival: int | None = None
    """The line of the next top-level statement at which it stops, because a request sent it there."""
    busy: bool = False
    """The agent is at work on it; what user code the agent calls there is not observed."""
    last_error: BaseException | None = None
    """The exception reported last, which is reported once and not again in each frame it passes."""

    def is_underway(self) -> bool:
        """Every line matters to it."""
        return self.step is not None or self.leave is not None or self.arrival is not None


@dataclass
class Stop:
    """A stopped thread, and the handles given out while it stands."""

    thread: Thread
    stack: list[frames.Entry]
    body: Json
    error: BaseException | None = None
    is_unhandled: bool = False
    pending: queue.SimpleQueue[Json | None] = field(default_factory=queue.SimpleQueue)
    entries: dict[int, frames.Entry] = field(default_factory=dict)
    handles: dict[int, Holder] = field(default_factory=dict)
    is_over: bool = False
    is_evaluating: bool = False
    """Code of the user runs on behalf of a request."""
    was_interrupted: bool = False
    """Another stop happened inside an evaluation of this one."""
