"""Subtests at a stop: one again, and going on after the one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import exceptions, subtest_outline, values
from ..link import Json
from ..script import Statement
from .refusal import BAD_ARGUMENTS, CANNOT_GO, EVALUATION, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def continue_with_next(session: Session, stop: Stop, arguments: Json) -> Json:
    """What is about to leave the innermost subtest is kept for the end of the script, which goes on after it."""
    subtest = session.subtests.innermost(stop.thread.ident)
    if stop.error is None or subtest is None:
        raise Refused(CANNOT_GO, "no exception is about to leave a subtest here; do it at the stop of one that fails")
    subtest.goes_on = True
    session.resume(stop, None, stop.thread)
    session.link.event("continued", {"threadId": stop.thread.number, "allThreadsContinued": True})
    return {"name": subtest.name}


def run_subtest(session: Session, stop: Stop, arguments: Json) -> Json:
    """One `with subtest(…)` of the script once more, in the script's globals. The answer comes when it has ended."""
    name = arguments.get("name")
    if not isinstance(name, str) or not name:
        raise Refused(BAD_ARGUMENTS, "name the subtest that is to run again, as the script writes it")
    script = session.loaded()
    found = subtest_outline.find(script, name)
    if isinstance(found, str):
        raise Refused(CANNOT_GO, found)
    statement = script.again(found)
    session.know(statement)
    outer = session.subtests.begin_run(takes_all=True)
    try:
        session.run_user_code(stop, lambda: _execute(session, statement))
        failures = session.subtests.run.failures
        error = failures[0].shown if failures else None
    except Exception as raised:
        error = raised
    except SystemExit as exit:
        if session.is_ending:
            raise
        error = exceptions.to_show(exit, script)
    except KeyboardInterrupt as interrupt:
        raise Refused(EVALUATION, "the subtest was interrupted") from interrupt
    finally:
        session.subtests.end_run(outer)
    if error is None:
        return {"name": name, "outcome": "passed"}
    text = exceptions.describe(error, values.Renderer(session.interrupts))
    return {"name": name, "outcome": "failed", "error": text}


def _execute(session: Session, statement: Statement) -> None:
    exec(statement.code, session.globals)
