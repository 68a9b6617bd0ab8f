"""Where the script goes on: another line, a frame once more, another text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import frames, jumping, leaving
from .. import lines as script_lines
from ..link import Json
from .handles import entry_of
from .refusal import BAD_ARGUMENTS, CANNOT_GO, STALE, Refused

if TYPE_CHECKING:
    from ..script import Script
    from ..session import Session
    from ..stops import Stop


@dataclass(frozen=True)
class Target:
    """A line of the newest text that a stop can go to; with the index of its statement if that is to be run."""

    line: int
    index: int | None


def goto_targets(session: Session, stop: Stop, arguments: Json) -> Json:
    """For each line of the script that was asked for: what stands there, if it can be gone to from here."""
    asked = arguments.get("lines")
    if not isinstance(asked, list) or not all(type(line) is int for line in asked):
        raise Refused(BAD_ARGUMENTS, "gotoTargets needs a list of lines; send one")
    script = session.loaded()
    found: dict[int, Target] = {}
    problems: list[str] = []
    for line in asked:
        anchor = script_lines.move(line, script.hits, script.outline)
        if anchor is None or anchor in found:
            continue
        target = _target(session, stop, script, anchor)
        if isinstance(target, Target):
            found[anchor] = target
        else:
            problems.append(target)
    listed: list[Json] = []
    for target in found.values():
        number = session.number()
        stop.lines[number] = target
        text = script.lines[target.line - 1].strip()
        listed.append({"id": number, "label": text, "line": target.line, "column": script.column(target.line)})
    return {"targets": listed, "problems": list(dict.fromkeys(problems))}


def goto(session: Session, stop: Stop, arguments: Json) -> Json:
    wanted = arguments.get("targetId")
    if not isinstance(wanted, int) or wanted not in stop.lines:
        raise Refused(STALE, f"there is no target {wanted!r} now; ask for the targets again")
    if arguments.get("threadId") != stop.thread.number:
        raise Refused(
            CANNOT_GO, f"only the thread that stopped last can go elsewhere; name thread {stop.thread.number}"
        )
    target = stop.lines[wanted]
    if target.index is not None:
        go_to_statement(session, stop, target.index, target.line)
    else:
        then = session.loaded().then(stop.stack[0].frame.f_code, target.line)
        if then is None:
            raise Refused(CANNOT_GO, "the line was changed since the targets were asked for; ask again")
        _jump(session, stop, then)
    return {}


def goto_line(session: Session, stop: Stop, arguments: Json) -> Json:
    """The first of the lines that can be gone to; for people, who say a line and mean it."""
    found = goto_targets(session, stop, arguments)
    if not found["targets"]:
        reason = next(iter(found["problems"]), "there is no statement")
        raise Refused(CANNOT_GO, f"the script cannot go there: {reason}")
    return goto(session, stop, {"threadId": stop.thread.number, "targetId": found["targets"][0]["id"]})


def skip(session: Session, stop: Stop, arguments: Json) -> Json:
    """Past the top-level statement that the script is in, without the rest of it."""
    program = session.program
    go_to_statement(session, stop, program.current + 1 if program is not None else 0, None)
    return {}


def restart_frame(session: Session, stop: Stop, arguments: Json) -> Json:
    """The script's frame: its statement again. A function's: back to its first, with its variables as they are."""
    entry = entry_of(session, arguments)
    if entry.is_top_level:
        program = session.program
        go_to_statement(session, stop, program.current if program is not None else 0, None)
        return {}
    if not stop.stack or entry is not stop.stack[0]:
        reason = "a function that waits for a call cannot begin again in Python; choose the frame on top, or testScript"
        raise Refused(CANNOT_GO, reason)
    if not entry.is_script:
        raise Refused(CANNOT_GO, "only frames of the script can be restarted; choose one")
    script, code = session.loaded(), entry.frame.f_code
    # Some statements, such as `global`, are none to the interpreter.
    first = min(script.places(code).blocks.keys() & script.first_lines(code).keys(), default=None)
    if first is None:
        raise Refused(CANNOT_GO, "the frame has no statements to begin with; choose the frame that called it")
    _jump(session, stop, first)
    return {}


def _target(session: Session, stop: Stop, script: Script, line: int) -> Target | str:
    """The target, or why there is none."""
    top = stop.stack[0] if stop.stack else None
    program = session.program
    if program is None or stop.thread.ident != session.main:
        index = None
    else:
        index = program.index_of(line)
    statement = program.statements[index] if program is not None and index is not None else None
    if statement is not None and line == statement.line:
        return Target(line, index)
    if top is not None and top.is_script and not stop.is_unhandled:
        code = top.frame.f_code
        then = script.then(code, line)
        if then is not None and then in script.first_lines(code):
            return jumping.obstacle(script, code, top.position.line, then) or Target(line, None)
    if statement is not None and line in script.first_lines(statement.code):
        return jumping.obstacle(script, statement.code, statement.line, line) or Target(line, index)
    return "it is in a function that the script does not stand in"


def _jump(session: Session, stop: Stop, line: int) -> None:
    """In the frame on top, by a line of its own text; it goes on standing, and the stop is told anew."""
    top = stop.stack[0]
    if stop.is_unhandled or stop.thread.event_frame is not top.frame:
        raise Refused(CANNOT_GO, "Python can jump inside a function only at the beginning of a line; step once first")
    try:
        jumping.jump(stop.thread, session.loaded(), top.frame, top.position.line, line)
    except jumping.Impossible as error:
        raise Refused(CANNOT_GO, f"the line cannot be gone to: {error}") from error
    stop.move(frames.live(top.frame, session.loaded(), line))


def go_to_statement(session: Session, stop: Stop, index: int, line: int | None) -> None:
    """Leave the current top-level statement, if one is under way, and run this one."""
    program = session.program
    if program is None or stop.thread.ident != session.main:
        raise Refused(CANNOT_GO, "only the thread testScript can go to another statement; choose that thread")
    if len(session.stops) > 1:
        raise Refused(CANNOT_GO, "an evaluation stands here; let it come to its end first")
    if stop.thread.jumped and not session.tracing.can_prompt:
        raise Refused(CANNOT_GO, "this Python cannot leave a statement right after a jump inside it; step once first")
    program.go_to(index, line)
    if program.is_executing:
        leaving.request(stop.thread, program)
    session.resume(stop, None, stop.thread)
