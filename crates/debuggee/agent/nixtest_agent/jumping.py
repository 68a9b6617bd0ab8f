"""Going to another line: where a stopped thread may be sent, and the jump itself.

Top-level statements are the runner's own; it is told which is next. Inside one, and inside a function, the interpreter
jumps: it lets the line of a frame be set, in a line event only. After such a jump nothing may be raised in the same
event, because the interpreter would look for handlers at the old place, with the stack of the new one; `Thread.jumped`
says so.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import TYPE_CHECKING

from . import frames
from .nesting import Places

if TYPE_CHECKING:
    from .script import Script
    from .session import Session
    from .stops import Thread


class Impossible(Exception):
    """The line cannot be reached, and why: the end of a sentence."""


def obstacle(script: Script, code: CodeType, source: int, target: int) -> str | None:
    """Why the interpreter cannot jump between these lines of a code object; None if nothing speaks against it."""
    places = script.places(code)
    if target not in places.blocks or target not in script.first_lines(code):
        return "no statement begins there"
    around, wanted = places.around(source), places.blocks[target]
    if wanted != around[: len(wanted)]:
        entered = next(block for index, block in enumerate(wanted) if around[index : index + 1] != (block,))
        return f"it is in {entered.name} that the script is not in"
    if source == target and source in script.of(code).outline.of(code).one_line_loops:
        return "the loop stands on one line"
    if _detour(script, code, places, source, target) is _NONE:
        return "Python cannot begin a block anew from inside of it when nothing stands beside it"
    return None


def jump(thread: Thread, script: Script, frame: FrameType, source: int, target: int) -> None:
    """Let the frame go on at the statement that begins on `target`. Raises `Impossible`."""
    if thread.event_frame is not frame:
        raise Impossible("the script does not stand at the beginning of a line there")
    code = frame.f_code
    problem = obstacle(script, code, source, target)
    if problem is not None:
        raise Impossible(problem)
    if target == source:
        return
    detour = _detour(script, code, script.places(code), source, target)
    steps = [*([detour] if detour else []), script.first_lines(code)[target]]
    try:
        for line in steps:
            setattr(frame, "f_lineno", line)  # noqa: B010
            thread.jumped = True
    except ValueError as error:
        raise Impossible(f"Python says: {error}") from error


def arrive(session: Session, thread: Thread, frame: FrameType, anchor: int) -> None:
    """At the first line of a statement that a request sent the script to: stop at the line that was meant."""
    target, thread.arrival = thread.arrival, None
    script = session.loaded()
    details = {}
    if target is not None and target != anchor:
        try:
            jump(thread, script, frame, anchor, target)
            anchor = target
        except Impossible as error:
            details["description"] = f"the line inside the statement cannot be reached: {error}"
    session.stop(thread, frames.live(frame, script, anchor), "goto", details)


_NONE = 0


def _detour(script: Script, code: CodeType, places: Places, source: int, target: int) -> int | None:
    """A line to jump to first; None if it is not needed, `_NONE` if it is and there is none.

    From inside a block a jump to its head would end in what the head does at the end of the block.
    """
    last = places.last_line(target)
    if not target < source <= last:
        return None
    if not places.blocks[target] and not script.is_top_level(code):
        # Where the function begins.
        return code.co_firstlineno
    lines = script.first_lines(code)
    return next((lines[line] for line in places.beside(target) if line in lines), _NONE)
