"""What a step waits for. A step compares frames, not lines, so that recursion and loops need no special care.

Only the beginnings of statements are offered to it. That a function has returned shows when a statement begins in
one of the frames that called it; no return event is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FrameType
from typing import Literal

from . import calls
from .script import Script

Kind = Literal["in", "over", "out", "entry"]


@dataclass(frozen=True)
class Step:
    """Of one thread. The frames are kept, not their numbers: a number is used again when its frame is gone."""

    kind: Kind
    frames: tuple[FrameType, ...]
    """Where the step may end: the frame it began in, unless it steps out, and those that called it."""
    top_level: bool
    """It may end at the next top-level statement, which runs in a frame of its own."""
    origin: FrameType | None = None
    """Where it began."""

    target: calls.Call | None = None
    """The call that it goes into; without it, it ends as a step over does."""

    def ends_in(self, frame: FrameType, is_top_level: bool) -> bool:
        if self.target is not None and self.origin is not None and frame.f_back is self.origin:
            return self.target.is_made_by(self.origin, frame)
        if self.kind in ("in", "entry") or (self.top_level and is_top_level):
            return True
        return any(frame is each for each in self.frames)


def begin(kind: Kind, frame: FrameType | None, script: Script, target: calls.Call | None = None) -> Step:
    """A step from `frame`, the innermost script frame of its thread."""
    frames: list[FrameType] = []
    each = frame
    while each is not None:
        if script.owns(each.f_code):
            frames.append(each)
        each = each.f_back
    ending = frames[1:] if kind == "out" else frames
    is_top_level = any(script.is_top_level(each.f_code) for each in ending)
    return Step(kind if target is None else "over", tuple(ending), is_top_level, frame, target)


def entry() -> Step:
    """Ends at the first statement."""
    return Step("entry", (), True)
