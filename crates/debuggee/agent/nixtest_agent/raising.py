"""Stops at exceptions: where one appears in the script, where it leaves a subtest, where it ends the script."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Final

from . import evaluate, exceptions, frames, leaving, values
from .conditions import Evaluate, Verdict
from .link import Json
from .stops import Thread

if TYPE_CHECKING:
    from .session import Session

_WORDS: Final = {
    "raised": "an exception is raised",
    "assertion": "an assertion of the test failed",
    "machine": "a machine or the test driver failed",
    "subtest": "an exception leaves a subtest",
    "uncaught": "the script ends with an exception",
}


def appeared(session: Session, frame: FrameType, error: BaseException) -> None:
    """An exception appears in a frame of the script; looked at once, and not again in each frame it passes."""
    if _is_unwatched(session) or isinstance(error, StopIteration | StopAsyncIteration | GeneratorExit | leaving.Leave):
        return
    thread = session.thread_here()
    if thread.busy or error is thread.last_error or session.is_ending:
        return
    thread.last_error = error

    def look() -> None:
        found = session.exception_filters.at_raise(error, _evaluate(session, frame, error))
        if found is not None:
            _stop(session, thread, frames.live(frame, session.loaded()), error, *found)

    _looking(session, thread, look)


def left(session: Session, frame: FrameType, error: BaseException) -> None:
    """An exception leaves a subtest, whose generator is the frame's. The stop shows where it was raised."""
    if _is_unwatched(session) or not session.exception_filters.has("subtest") or isinstance(error, leaving.Leave):
        return
    thread = session.thread_here()
    if thread.busy or session.is_ending:
        return
    # Once, also if it leaves more subtests, or if the driver of 24.11 makes an exit of it.
    seen = thread.last_left
    if seen is not None and (error is seen or error.__context__ is seen):
        return
    thread.last_left = error
    if error is thread.last_shown:
        return

    def look() -> None:
        script = session.loaded()
        stack = frames.of_traceback(error.__traceback__, script)
        if not stack:
            return
        verdict = session.exception_filters.stops("subtest", error, _evaluate(session, stack[0].frame, error))
        if verdict is not None:
            stack += frames.live(stack[-1].frame.f_back, script)
            _stop(session, thread, stack, error, "subtest", verdict)

    _looking(session, thread, look)


def ends(session: Session, error: BaseException) -> None:
    """An exception ends the script: a stop at its traceback, whose frames are still alive."""
    error.__traceback__ = frames.without_agent(error.__traceback__)
    if session.is_ending or exceptions.is_ordinary_exit(error):
        return
    script = session.loaded()
    error = exceptions.to_show(error, script)
    stack = frames.of_traceback(error.__traceback__, script)
    frame = stack[0].frame if stack else None
    verdict = session.exception_filters.stops("uncaught", error, _evaluate(session, frame, error))
    if verdict is not None:
        _stop(session, session.thread_here(), stack, error, "uncaught", verdict, is_unhandled=True)


def leaves(session: Session, stack: list[frames.Entry], error: BaseException, is_kept: bool) -> None:
    """An exception that nothing will catch leaves a subtest: the stop at the end of the script, while more is possible.

    `is_kept`: the script goes on after the subtest.
    """
    thread = session.thread_here()
    if error is thread.last_left and error is thread.last_shown:
        return
    frame = stack[0].frame if stack else None
    verdict = session.exception_filters.stops("uncaught", error, _evaluate(session, frame, error))
    if verdict is not None:
        _stop(session, thread, stack, error, "subtest", verdict, is_unhandled=not is_kept)


def _is_unwatched(session: Session) -> bool:
    return session.is_forsaken or not session.is_running or session.is_on_thread_of_ours()


def _evaluate(session: Session, frame: FrameType | None, error: BaseException) -> Evaluate:
    """Conditions see the names of the frame, and the exception as `error`."""

    def in_frame(code: object) -> object:
        if frame is None:
            return eval(code, session.globals | {"error": error})  # type: ignore[arg-type]
        return evaluate.condition(code, frame, {"error": error})  # type: ignore[arg-type]

    return lambda code: session.interrupts.exposed(lambda: in_frame(code))


def _looking(session: Session, thread: Thread, look: Callable[[], None]) -> None:
    thread.busy = True
    session.interrupts.mask()
    try:
        with session.turn:
            look()
    except Exception:
        session.complain("looking at an exception of the script")
    finally:
        thread.busy = False
        session.interrupts.unmask()


def _stop(
    session: Session,
    thread: Thread,
    stack: list[frames.Entry],
    error: BaseException,
    name: str,
    verdict: Verdict,
    is_unhandled: bool = False,
) -> None:
    renderer = values.Renderer(session.interrupts)
    failure = session.last_commands.failure_of(error, session.loaded())
    description = _WORDS[name] if failure is None else failure.in_one_line()
    text = exceptions.describe(error, renderer)
    details: Json = {"description": description, "text": f"{text}; {verdict.text}" if verdict.text else text}
    thread.last_shown = error
    session.stop(thread, stack, "exception", details, error=error, failure=failure, is_unhandled=is_unhandled)
