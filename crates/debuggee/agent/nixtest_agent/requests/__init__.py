"""The table of contents: each request of the adapter, and the function that answers it.

Requests in HERE are answered on the thread that reads the link, whatever the script does. Requests in STOPPED are
answered on the stopped thread, and refused while the script runs. The functions are sorted by topic into modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .. import guests
from ..link import Json
from . import (
    again,
    assigning,
    cancelling,
    completing,
    configuring,
    evaluating,
    flowing,
    inspecting,
    machines,
    moving,
    reloading,
    subtests,
    targets,
    watching,
)
from .refusal import INTERNAL, NO_GUEST, RUNNING, UNKNOWN_COMMAND, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop

HERE: Final[dict[str, Callable[[Session, Json], Json]]] = {
    "configurationDone": configuring.configuration_done,
    "setBreakpoints": configuring.set_breakpoints,
    "setFunctionBreakpoints": configuring.set_function_breakpoints,
    "setDataBreakpoints": watching.set_data_breakpoints,
    "setExceptionBreakpoints": configuring.set_exception_breakpoints,
    "threads": inspecting.threads,
    "pause": moving.pause,
    "cancel": cancelling.cancel,
    "terminate": moving.terminate,
    "nixtest/reload": reloading.reload,
    "nixtest/machines": machines.machines,
    "nixtest/guestCommand": machines.guest_command,
    "nixtest/forgetGuestCommand": machines.forget_guest_command,
    "nixtest/endWait": machines.end_wait,
}

STOPPED: Final[dict[str, Callable[[Session, Stop, Json], Json]]] = {
    "nixtest/runSubtest": subtests.run_subtest,
    "nixtest/continueWithNextSubtest": subtests.continue_with_next,
    "nixtest/rerun": again.rerun,
    "stackTrace": inspecting.stack_trace,
    "scopes": inspecting.scopes,
    "variables": inspecting.variables,
    "evaluate": evaluating.evaluate_expression,
    "setVariable": assigning.set_variable,
    "setExpression": assigning.set_expression,
    "completions": completing.at_a_stop,
    "stepInTargets": targets.step_in_targets,
    "locations": inspecting.locations,
    "dataBreakpointInfo": watching.data_breakpoint_info,
    "exceptionInfo": inspecting.exception_info,
    "continue": moving.continue_,
    "next": moving.step("over"),
    "stepIn": moving.step("in"),
    "stepOut": moving.step("out"),
    "gotoTargets": flowing.goto_targets,
    "goto": flowing.goto,
    "restartFrame": flowing.restart_frame,
    "nixtest/goto": flowing.goto_line,
    "nixtest/skip": flowing.skip,
}


RESUMING: Final = frozenset(
    {"continue", "next", "stepIn", "stepOut", "nixtest/rerun", "nixtest/continueWithNextSubtest"}
)
"""Requests that let a stopped thread go on."""


def receive(session: Session, message: Json | None) -> None:
    """One message from the adapter, on the reader thread."""
    if message is None:
        session.say("the adapter sent a message that is no JSON object; it was ignored")
        return
    if message.get("type", "request") != "request":
        return
    command = message.get("command")
    if isinstance(command, str) and command in RESUMING:
        # Who goes on does not want to see any more what there was to see.
        cancelling.drop(session, cancelling.only_looks)
    if command == "completions" and session.is_evaluating_or_runs():
        # Whoever types does not wait for what runs.
        answer_running(session, message)
    elif isinstance(command, str) and command in STOPPED:
        if not session.hand_to_stop(message):
            answer_running(session, message)
    elif isinstance(command, str) and command in HERE:
        _answer(session, message, lambda arguments: HERE[command](session, arguments))
        if command == "terminate":
            session.terminate()
        elif command == "configurationDone":
            # Only now: with the script the process may end, and the answer has to be on the wire.
            session.configuration.set()
    else:
        session.link.fail(message, UNKNOWN_COMMAND, f"the agent has no request {command!r}; the adapter may be newer")


def answer_stopped(session: Session, stop: Stop, message: Json) -> None:
    """One request for a stopped thread, on that thread."""
    command = message["command"]
    _answer(session, message, lambda arguments: STOPPED[command](session, stop, arguments))
    has_changed, stop.has_changed = stop.has_changed, False
    if stop.is_over or session.is_ending:
        return
    if stop.has_news:
        # A breakpoint inside an evaluation was a stop of its own; after it this one stands again.
        stop.has_news = False
        session.link.event("stopped", stop.body)
    elif has_changed:
        session.link.event("invalidated", {"areas": ["variables"]})


def answer_running(session: Session, message: Json) -> None:
    """A request that no stopped thread has taken."""
    if message["command"] == "completions":
        _answer(session, message, lambda arguments: completing.while_running(session, arguments))
        return
    session.link.fail(message, RUNNING, "notStopped: the script is running; pause it first")


def _answer(session: Session, message: Json, function: Callable[[Json], Json]) -> None:
    arguments = message.get("arguments")
    try:
        body = function(arguments if isinstance(arguments, dict) else {})
    except Refused as refused:
        session.link.fail(message, refused.number, str(refused))
    except guests.Unavailable as error:
        session.link.fail(message, NO_GUEST, str(error))
    except Exception as error:
        session.complain(f"answering {message.get('command')!r}")
        session.link.fail(message, INTERNAL, f"the agent failed ({type(error).__name__}); see agent-trouble.txt")
    else:
        session.link.respond(message, body)
