"""Code that a client sends."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from .. import assigning, children, evaluate, frames, values
from ..interrupts import Cancelled
from ..link import Json
from .handles import entry_of, references
from .refusal import BAD_ARGUMENTS, CANCELLED, EVALUATION, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ..session import Session
    from ..stops import Stop


def evaluate_expression(session: Session, stop: Stop, arguments: Json) -> Json:
    text = arguments.get("expression")
    if not isinstance(text, str) or session.script is None:
        raise Refused(BAD_ARGUMENTS, "evaluate needs an expression; send one")
    context = arguments.get("context") or "repl"
    frame = frame_of(session, arguments)
    flags = session.script.flags
    kind: evaluate.Kind = "hover" if context == "hover" else "statements"
    is_console = context == "repl"

    def run() -> object:
        return evaluate.run(text, session.globals, frame, flags, kind)

    try:
        value = attempt(session, stop, run, session.run_user_code if is_console else None)
    finally:
        stop.has_changed |= is_console and evaluate.may_change(text, flags)
    if value is evaluate.NOTHING:
        return {"result": "", "variablesReference": 0}
    renderer = values.Renderer(session.interrupts)
    shown = renderer.full(value) if context == "clipboard" else renderer.short(value)
    body: Json = {"result": shown, "type": values.type_name(type(value))}
    reference = references(session, stop, frame)
    body |= children.fields_of(value, _as_operand(text), reference)
    return body | children.place_of(value, reference, session.loaded())


def frame_of(session: Session, arguments: Json) -> FrameType | None:
    return entry_of(session, arguments).frame if arguments.get("frameId") is not None else None


def attempt(
    session: Session,
    stop: Stop,
    function: Callable[[], object],
    call: Callable[[Stop, Callable[[], object]], object] | None = None,
) -> object:
    """What code of the user returns; what it raises refuses the request. `call` runs it, by default unobserved."""
    try:
        return (call or session.run_unobserved)(stop, function)
    except (evaluate.Unsuitable, assigning.Unchangeable) as error:
        raise Refused(EVALUATION, str(error)) from error
    except BaseException as error:
        if stop.is_cancelled or isinstance(error, Cancelled):
            raise Refused(CANCELLED, "cancelled") from error
        raise Refused(EVALUATION, _failure(error, values.Renderer(session.interrupts))) from error


def _failure(error: BaseException, renderer: values.Renderer) -> str:
    name = type(error).__name__
    text = error.msg if isinstance(error, SyntaxError) else renderer.text_of(error)
    return f"{name}: {text}" if text else name


def _as_operand(text: str) -> str | None:
    """The text in a form that `.name` and `[key]` can follow; None if it is no expression."""
    try:
        # Not `ast.parse`, which uses the builtins that a script may replace.
        parsed: Any = compile(text.strip(), frames.EVALUATED, "eval", ast.PyCF_ONLY_AST, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    simple = isinstance(parsed.body, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return text.strip() if simple else f"({text.strip()})"
