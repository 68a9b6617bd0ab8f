"""Code that a client sends."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from .. import evaluate, frames, values
from ..link import Json
from .handles import entry_of, references
from .refusal import BAD_ARGUMENTS, EVALUATION, Refused

if TYPE_CHECKING:
    from ..session import Session
    from ..stops import Stop


def evaluate_expression(session: Session, stop: Stop, arguments: Json) -> Json:
    text = arguments.get("expression")
    script = session.script
    if not isinstance(text, str) or script is None:
        raise Refused(BAD_ARGUMENTS, "evaluate needs an expression; send one")
    context = arguments.get("context") or "repl"
    frame = entry_of(session, arguments).frame if arguments.get("frameId") is not None else None

    def run() -> object:
        return evaluate.run(text, session.globals, frame, script.flags, hover=context == "hover")

    renderer = values.Renderer(session.interrupts)
    try:
        value = session.run_user_code(stop, run) if context == "repl" else session.run_unobserved(stop, run)
    except evaluate.Unsuitable as error:
        raise Refused(EVALUATION, str(error)) from error
    except BaseException as error:
        raise Refused(EVALUATION, _failure(error, renderer)) from error
    if value is evaluate.NOTHING:
        return {"result": "", "variablesReference": 0}
    renderer = values.Renderer(session.interrupts)
    shown = renderer.full(value) if context == "clipboard" else renderer.short(value)
    body: Json = {"result": shown, "type": values.type_name(type(value))}
    return body | values.children_of(value, _as_operand(text), references(session, stop))


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
