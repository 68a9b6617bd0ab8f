"""How values look: short texts, and children to unfold. Values may be hostile, so they are read from below.

Built-in types are rendered here, through their own methods and never through a subclass's. The only user code that
runs is `__repr__`, on the main thread, within a time limit; a class is told from `type(value)`, never `__class__`.
"""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from .interrupts import Interrupts, TooSlow

LONGEST: Final = 240
"""In characters: the text of a value in a list of variables."""

_LONGEST_FULL: Final = 4 * 1024 * 1024
_ELEMENTS: Final = 12
_DEPTH: Final = 4
_SECONDS_PER_VALUE: Final = 0.3
_SECONDS_PER_REQUEST: Final = 1.0
_SECONDS_PER_READ: Final = 2.0
SCALARS: Final = (int, float, complex, bool, type(None), type(...), type(NotImplemented), range, slice)


@dataclass(frozen=True)
class Failed:
    """Why there is no value."""

    text: str


class Renderer:
    """Renders the values of one request, which have a time budget together."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._end = time.monotonic() + _SECONDS_PER_REQUEST

    def short(self, value: object) -> str:
        return _clip(self._text(value, _DEPTH, LONGEST), LONGEST)

    def full(self, value: object) -> str:
        """For the clipboard: Python's own text, if it comes in time."""
        text = self._guarded(lambda: repr(value))
        return _clip(text, _LONGEST_FULL) if text is not None else self._text(value, _DEPTH, LONGEST)

    def text_of(self, error: BaseException) -> str:
        """An exception's message."""
        text = self._guarded(lambda: str(error))
        return text if text is not None else "(its text cannot be shown)"

    def _text(self, value: object, depth: int, room: int) -> str:
        kind = type(value)
        if kind is str:
            return _quoted(value, room)
        if kind is bytes or kind is bytearray:
            return _bytes_text(value, room)
        if kind is int:
            return _int_text(value)
        if is_one_of(kind, SCALARS):
            return repr(value)
        shape = container(value)
        if shape is not None and _is_inherited(kind, shape):
            return self._container_text(value, shape, depth, room)
        if is_a(kind, type):
            named: Any = value
            return f"<class '{type_name(named)}'>"
        if is_one_of(kind, CALLABLES):
            return f"<function {_safe_name(value)}>"
        if kind is types.ModuleType:
            return f"<module '{_safe_name(value)}'>"
        if class_attribute(kind, "__repr__") is object.__repr__:
            return f"<{type_name(kind)} object>"
        text = self._guarded(lambda: repr(value))
        return text if text is not None else f"<{type_name(kind)} object: its __repr__ failed or took too long>"

    def _container_text(self, value: Any, shape: Any, depth: int, room: int) -> str:
        size: int = shape.__len__(value)
        opening, closing = _BRACKETS[shape]
        if type(value) is not shape:
            opening, closing = f"{type_name(type(value))}({opening}", f"{closing})"
        if size == 0:
            return _EMPTY.get(type(value), opening + closing) if is_one_of(type(value), _EMPTY) else opening + closing
        if depth == 0:
            return f"{opening}…{closing}"
        parts: list[str] = []
        length = 0
        for element in islice(_elements(value, shape), _ELEMENTS):
            if length > room:
                break
            if shape is dict:
                key, item = element
                part = f"{self._text(key, depth - 1, room)}: {self._text(item, depth - 1, room)}"
            else:
                part = self._text(element, depth - 1, room)
            parts.append(part)
            length += len(part)
        if len(parts) < size:
            parts.append("…")
        elif shape is tuple and size == 1:
            parts.append("")
            return f"{opening}{parts[0]},{closing}"
        return opening + ", ".join(parts) + closing

    def read(self, function: Callable[[], object]) -> object:
        """What code of the user returns, called because a person asked for this very value; else Failed."""
        if not self._interrupts.can_limit_time():
            return Failed("only the script's main thread can compute this; evaluate it in the Debug Console")
        try:
            return self._interrupts.within(_SECONDS_PER_READ, function)
        except TooSlow:
            return Failed(f"it took longer than {_SECONDS_PER_READ:g} s; evaluate it in the Debug Console")
        except BaseException as error:
            text = self.text_of(error)
            return Failed(f"{type(error).__name__}: {text}" if text else type(error).__name__)

    def _guarded(self, function: Callable[[], object]) -> str | None:
        """The text that user code returns; None if it raises, returns something else, is late or may not run here."""
        remaining = self._end - time.monotonic()
        if remaining <= 0 or not self._interrupts.can_limit_time():
            return None
        try:
            text = self._interrupts.within(min(remaining, _SECONDS_PER_VALUE), function)
        except BaseException:
            # Whatever it is, also TooSlow and SystemExit: it is the value's fault, and only a text is missing.
            return None
        return text if type(text) is str else None


def type_name(kind: type) -> str:
    """Qualified, but without `builtins`. Metaclasses may lie, so `type` is asked directly."""
    name: object = type.__dict__["__qualname__"].__get__(kind)
    try:
        module: object = type.__dict__["__module__"].__get__(kind)
    except AttributeError:
        return str(name)
    if type(module) is not str or module in ("builtins", ""):
        return str(name)
    return f"{module}.{name}"


_BRACKETS: Final[dict[type, tuple[str, str]]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


_EMPTY: Final[dict[type, str]] = {set: "set()", frozenset: "frozenset()"}


def container(value: object) -> type | None:
    """The built-in container that the value is, by its real type."""
    kind = type(value)
    return next((shape for shape in _BRACKETS if is_a(kind, shape)), None)


def _is_inherited(kind: type, shape: type) -> bool:
    return class_attribute(kind, "__repr__") is shape.__dict__["__repr__"]


def class_attribute(kind: type, name: str) -> object:
    """What the class has under the name, as it is kept there; None if nothing."""
    for base in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(base, "__dict__")
        if name in found:
            return found[name]
    return None


def is_a(kind: type, other: type) -> bool:
    """`isinstance` would ask the value's `__class__`, and a metaclass may redefine equality."""
    return any(base is other for base in type.__getattribute__(kind, "__mro__"))


def is_one_of(kind: type, kinds: Iterable[type]) -> bool:
    return any(kind is each for each in kinds)


def _elements(value: Any, shape: type) -> Iterator[Any]:
    if shape is dict:
        yield from list(islice(dict.items(value), _ELEMENTS + 1))
        return
    iterate: Callable[[Any], Iterator[Any]] = shape.__iter__  # type: ignore[attr-defined]
    yield from iterate(value)


CALLABLES: Final = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def _quoted(value: Any, room: int) -> str:
    if len(value) <= room:
        return repr(value)
    return repr(value[:room])[:-1] + "…'"


def _bytes_text(value: Any, room: int) -> str:
    return repr(value) if len(value) <= room else f"{bytes(value[:room])!r}…"


def _int_text(value: Any) -> str:
    # Python refuses to write out very long integers, and is slow for long ones.
    return repr(value) if value.bit_length() <= 4096 else f"<int of {value.bit_length()} bits>"


def key_name(key: object) -> str:
    """Under which name the value of a dictionary's key is shown."""
    return _quoted(key, LONGEST) if type(key) is str else _key_text(key)


def _key_text(key: object) -> str:
    kind = type(key)
    if kind is int:
        return _int_text(key)
    if is_one_of(kind, SCALARS) or kind is bytes:
        return _clip(repr(key), LONGEST)
    if kind is tuple or kind is frozenset:
        return "(" + ", ".join(_key_text(each) for each in islice(iter(key), _ELEMENTS)) + ")"  # type: ignore[call-overload]
    return repr(key)[:LONGEST] if kind is str else f"<{type_name(kind)} object>"


def _safe_name(value: object) -> str:
    try:
        found = getattr(value, "__qualname__", None) or getattr(value, "__name__", "?")
    except Exception:
        return "?"
    return found if type(found) is str else "?"


def _clip(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
