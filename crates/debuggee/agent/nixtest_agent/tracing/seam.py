"""The seam between the interpreter's events and the session: what each side may ask of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Protocol


@dataclass
class Interest:
    """Which line events matter now. Written by the session, read by every line event, so it holds plain values.

    A change takes effect with `Tracing.refresh`.
    """

    alert: bool = False
    """Every line of the script matters: a step, a pause, a stopped thread, an end that was asked for."""
    hot_lines: frozenset[int] = frozenset()
    """Lines with a breakpoint."""
    raises: bool = False
    """Exceptions raised in the script matter."""
    returns: bool = False
    """What calls return matters: a step is under way."""
    codes: dict[int, CodeType] = field(default_factory=dict)
    """The script's code objects by identity. Nothing else is ever reported."""
    blocks: dict[int, CodeType] = field(default_factory=dict)
    """Of the driver: generators behind a `with` of the script, in which an exception that leaves the block appears."""
    starts: dict[int, CodeType] = field(default_factory=dict)
    """Functions, of the script or of the driver, whose beginnings matter. Replaced as a whole."""
    one_line_loops: dict[int, frozenset[int]] = field(default_factory=dict)
    """By code object, the lines of loops whose body is on the same line."""


class Observer(Protocol):
    """The session, as the back ends see it. Called on the thread where it happens, inside the event."""

    def on_line(self, frame: FrameType, line: int, begins: bool) -> None:
        """A line is about to run. `begins`: a statement begins for certain, whatever the frame's position says."""

    def on_raise(self, frame: FrameType, error: BaseException) -> None:
        """An exception appears in a script frame: raised there, or coming out of a call."""

    def on_return(self, frame: FrameType, value: object) -> None:
        """A frame returns, or is about to; it is the script's, or was called by it."""

    def on_start(self, frame: FrameType) -> None:
        """A function of `Interest.starts` begins."""

    def on_leaving(self, frame: FrameType, error: BaseException) -> None:
        """An exception leaves a `with` block of the script whose generator is the frame's."""


class Tracing(Protocol):
    """A back end."""

    name: str

    def start(self) -> None:
        """Before the script runs, on its thread."""

    def adopt(self, codes: Iterable[CodeType]) -> None:
        """Report these code objects from now on. They are in `Interest.codes`."""

    def refresh(self) -> None:
        """`Interest` has changed: every location reports again, in frames that are running too."""

    def call(self, function: Callable[[], object]) -> object:
        """Call `function` from inside an event with events on, which otherwise are off there."""

    can_prompt: bool
    """Whether `prompt` works."""

    def prompt(self, frame: FrameType) -> None:
        """In a line event, after a jump: a further line event in the frame, before anything runs there."""

    def again(self) -> None:
        """On the script's thread, after an exception was raised from an event: events go on as before."""

    def raise_in(self, frame: FrameType, error: BaseException) -> None:
        """Raise `error` at the top of the body of a `with`, which a frame of the script on this thread is entering.

        Whoever takes the exception calls `again`.
        """

    def stop(self) -> None:
        """After the script, on its thread."""
