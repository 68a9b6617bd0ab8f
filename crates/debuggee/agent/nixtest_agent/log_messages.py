"""The messages of log points: text with expressions in braces, which are evaluated where the log point is."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType
from typing import Final

from .conditions import Evaluate, Unusable, compiled, pass_on_if_deep, short_text
from .values import Renderer

_LONGEST: Final = 16 * 1024
"""In characters: the text of a string in a message."""

_TRIES: Final = 32
"""How many closing braces are looked at to find the one that ends an expression."""


@dataclass(frozen=True)
class LogMessage:
    """Literal text and expressions in turn."""

    parts: tuple[str | CodeType, ...]

    def written(self, evaluate: Evaluate, renderer: Renderer) -> str:
        """The message. What cannot be evaluated says so at its place."""
        return "".join(part if isinstance(part, str) else _value(part, evaluate, renderer) for part in self.parts)


def read(text: str, flags: int) -> LogMessage:
    """`{expression}` is evaluated; `{{` and `}}` are braces. Raises Unusable."""
    parts: list[str | CodeType] = []
    literal = ""
    at = 0
    while at < len(text):
        character = text[at]
        if text.startswith(("{{", "}}"), at):
            literal += character
            at += 2
        elif character == "{":
            code, at = _expression(text, at + 1, flags)
            parts += [literal, code]
            literal = ""
        else:
            literal += character
            at += 1
    return LogMessage((*parts, literal))


def _expression(text: str, start: int, flags: int) -> tuple[CodeType, int]:
    """The code from `start` to a closing brace, and where the text goes on. The brace may be one of the expression."""
    trouble = Unusable("the log message has a '{' without a '}'; write '{{' for a brace")
    end = start
    for attempt in range(_TRIES):
        end = text.find("}", end) + 1
        if end == 0:
            break
        inner = text[start : end - 1]
        if not inner.strip():
            raise Unusable("the log message has nothing between '{' and '}'; write '{{}}' for the braces themselves")
        try:
            return compiled(inner, flags, f"{{{inner}}} in the log message"), end
        except Unusable as error:
            # What is said is about the shortest, which most likely was meant.
            if attempt == 0:
                trouble = error
    raise trouble


def _value(code: CodeType, evaluate: Evaluate, renderer: Renderer) -> str:
    try:
        value = evaluate(code)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        pass_on_if_deep(error)
        return f"{{error: {short_text(error)}}}"
    if type(value) is str:
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    return renderer.short(value)
