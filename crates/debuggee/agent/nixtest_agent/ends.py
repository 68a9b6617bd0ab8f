"""The stops at which a script has nothing more to run: after its last statement, and at the exception that ends it.

The driver still waits in its `exec`, so machines live, and whatever is asked at other stops can be asked here.
"""

from __future__ import annotations

import ast
from types import FrameType
from typing import TYPE_CHECKING, Any

from . import exceptions, frames, raising
from .link import Json
from .program import Program
from .script import FILE, Script

if TYPE_CHECKING:
    from .session import Session


def at_last_statement(session: Session, program: Program) -> bool:
    """The last statement has run: stop there once more, if that is wanted. Whether there is more to run after it."""
    if session.settings.stop_at_end and not session.is_ending:
        script = session.loaded()
        line = program.statements[program.current].line if program.statements else 1
        position = frames.Position(line, script.column(line))
        entry = frames.Entry(_frame(session.globals), position, True, True, script)
        _stop_at_end(session, [entry])
    return not program.is_at_end()


def at_exception(session: Session, script: Script, error: BaseException) -> None:
    """An exception ends the script."""
    error.__traceback__ = frames.without_agent(error.__traceback__)
    if exceptions.is_ordinary_exit(error):
        if session.settings.stop_at_end and not session.is_ending:
            _stop_at_end(session, frames.of_traceback(error.__traceback__, script))
    elif session.settings.stop_on_failure and not session.subtests.was_told(exceptions.to_show(error, script)):
        raising.ends(session, error)


def _stop_at_end(session: Session, stack: list[frames.Entry]) -> None:
    details: Json = {"description": "the test script has ended"}
    session.stop(session.thread_here(), stack, "end", details, is_unhandled=True)


def _frame(names: dict[str, Any]) -> FrameType:
    """A frame of the script's top level, where no statement runs any more: that of one that fails at once."""
    division = ast.BinOp(ast.Constant(1), ast.Div(), ast.Constant(0))
    tree = ast.fix_missing_locations(ast.Module([ast.Expr(division)], []))
    try:
        exec(compile(tree, FILE, "exec"), names)
    except ZeroDivisionError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            return error.__traceback__.tb_next.tb_frame
    raise RuntimeError("a division by zero gave a result")
