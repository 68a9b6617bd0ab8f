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

from .interrupts import Interrupts
from .link import Json

LONGEST: Final = 240
"""In characters: the text of a value in a list of variables."""

_LONGEST_FULL: Final = 4 * 1024 * 1024
_ELEMENTS: Final = 12
_DEPTH: Final = 4
_SECONDS_PER_VALUE: Final = 0.3
_SECONDS_PER_REQUEST: Final = 1.0
_WITHOUT_COUNT: Final = 2000
"""How many children a client gets that does not say how many it wants."""

_SCALARS: Final = (int, float, complex, bool, type(None), type(...), type(NotImplemented), range, slice)


@dataclass(frozen=True)
class Child:
    name: str
    value: object
    expression: str | None
    """Python text that evaluates to the child, for clients that add it to their watches."""
    note: str | None = None
    """Shown instead of a value that is none: how many more there are."""


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
        if _is_one_of(kind, _SCALARS):
            return repr(value)
        shape = _container(value)
        if shape is not None and _is_inherited(kind, shape):
            return self._container_text(value, shape, depth, room)
        if _is_a(kind, type):
            named: Any = value
            return f"<class '{type_name(named)}'>"
        if _is_one_of(kind, _CALLABLES):
            return f"<function {_safe_name(value)}>"
        if kind is types.ModuleType:
            return f"<module '{_safe_name(value)}'>"
        if _class_attribute(kind, "__repr__") is object.__repr__:
            return f"<{type_name(kind)} object>"
        text = self._guarded(lambda: repr(value))
        return text if text is not None else f"<{type_name(kind)} object: its __repr__ failed or took too long>"

    def _container_text(self, value: Any, shape: Any, depth: int, room: int) -> str:
        size: int = shape.__len__(value)
        opening, closing = _BRACKETS[shape]
        if type(value) is not shape:
            opening, closing = f"{type_name(type(value))}({opening}", f"{closing})"
        if size == 0:
            return _EMPTY.get(type(value), opening + closing) if _is_one_of(type(value), _EMPTY) else opening + closing
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


def describe(renderer: Renderer, child: Child, reference: Callable[[object, str | None], int]) -> Json:
    """A `Variable` of the protocol; `reference` gives out the handle of its children."""
    if child.note is not None:
        return {"name": child.name, "value": child.note, "variablesReference": 0}
    body: Json = {"name": child.name, "value": renderer.short(child.value), "type": type_name(type(child.value))}
    if child.expression is not None:
        body["evaluateName"] = child.expression
    body |= children_of(child.value, child.expression, reference)
    body["presentationHint"] = _hint(child)
    return body


def children_of(value: object, expression: str | None, reference: Callable[[object, str | None], int]) -> Json:
    """The fields that tell a client how many children there are, and how to ask for them."""
    named, indexed = counts(value)
    if named + indexed == 0:
        return {"variablesReference": 0}
    body: Json = {"variablesReference": reference(value, expression)}
    if indexed:
        body["indexedVariables"] = indexed
    if named:
        body["namedVariables"] = named
    return body


def counts(value: object) -> tuple[int, int]:
    """How many named and how many indexed children."""
    shape = _container(value)
    attributes = sum(1 for _ in _attributes(value))
    if shape is None:
        return attributes, 0
    size: int = shape.__len__(value)  # type: ignore[attr-defined]
    return (attributes + size, 0) if shape is dict else (attributes, size)


def children(value: object, expression: str | None, start: int, count: int, kind: str | None) -> Iterator[Child]:
    """Children from `start` on, `count` of them, or all if that is 0; only "indexed" or "named" ones if asked."""
    shape = _container(value)
    wanted = count if count > 0 else _WITHOUT_COUNT
    named, indexed = counts(value)
    if kind == "indexed" or (kind is None and indexed):
        yield from islice(_indexed(value, shape, expression, start), wanted)
        if count == 0 and indexed - start > wanted:
            yield Child("…", None, None, f"{indexed - start - wanted} more")
    if kind == "indexed":
        return
    start = start if kind == "named" or not indexed else 0
    yield from islice(_named(value, shape, expression), start, start + wanted)
    if count == 0 and named - start > wanted:
        yield Child("…", None, None, f"{named - start - wanted} more")


def _indexed(value: Any, shape: type | None, expression: str | None, start: int) -> Iterator[Child]:
    if shape is None or shape is dict:
        return
    reachable = expression is not None and shape in (list, tuple)
    for index, element in enumerate(islice(_elements(value, shape), start, None), start):
        yield Child(f"[{index}]", element, f"{expression}[{index}]" if reachable else None)


def _named(value: Any, shape: type | None, expression: str | None) -> Iterator[Child]:
    if shape is dict:
        for key, item in list(dict.items(value)):
            simple = _is_one_of(type(key), (str, int, bool, bytes, float))
            name = _quoted(key, LONGEST) if type(key) is str else _key_text(key)
            yield Child(name, item, f"{expression}[{key!r}]" if expression is not None and simple else None)
    for name, item in _attributes(value):
        usable = expression is not None and name.isidentifier()
        yield Child(name, item, f"{expression}.{name}" if usable else None)


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    """What the instance itself holds: its dictionary and its slots. No property and no `__getattr__` runs."""
    kind = type(value)
    if _is_one_of(kind, _PLAIN) or _is_a(kind, type):
        return
    if _is_a(kind, BaseException):
        yield "args", BaseException.args.__get__(value)  # type: ignore[attr-defined]
    for base in type.__getattribute__(kind, "__mro__"):
        for name, member in list(type.__getattribute__(base, "__dict__").items()):
            if type(member) is types.MemberDescriptorType and not name.startswith("__") and base.__flags__ & _HEAP_TYPE:
                try:
                    yield name, member.__get__(value)
                except AttributeError:
                    continue
    own = _own_dictionary(value, kind)
    if own is not None:
        names = [name for name in own if type(name) is str and not name.startswith("__")]
        for name in sorted(names, key=lambda each: each.startswith("_")):
            yield name, own[name]


def _own_dictionary(value: object, kind: type) -> dict[Any, Any] | None:
    if kind is types.ModuleType:
        found: object = types.ModuleType.__getattribute__(value, "__dict__")
        return found if type(found) is dict else None
    for base in type.__getattribute__(kind, "__mro__"):
        member = type.__getattribute__(base, "__dict__").get("__dict__")
        if type(member) is types.GetSetDescriptorType:
            found = member.__get__(value)
            return dict(found) if type(found) is dict else None
    return None


_HEAP_TYPE: Final = 1 << 9
"""The flag of classes made in Python; the slots of others are of no interest."""

_PLAIN: Final = (
    *_SCALARS,
    str,
    bytes,
    bytearray,
    list,
    tuple,
    dict,
    set,
    frozenset,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.CodeType,
    types.FrameType,
)
_BRACKETS: Final[dict[type, tuple[str, str]]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


_EMPTY: Final[dict[type, str]] = {set: "set()", frozenset: "frozenset()"}


def _container(value: object) -> type | None:
    """The built-in container that the value is, by its real type."""
    kind = type(value)
    return next((shape for shape in _BRACKETS if _is_a(kind, shape)), None)


def _is_inherited(kind: type, shape: type) -> bool:
    return _class_attribute(kind, "__repr__") is shape.__dict__["__repr__"]


def _class_attribute(kind: type, name: str) -> object:
    for base in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(base, "__dict__")
        if name in found:
            return found[name]
    return None


def _is_a(kind: type, other: type) -> bool:
    """`isinstance` would ask the value's `__class__`, and a metaclass may redefine equality."""
    return any(base is other for base in type.__getattribute__(kind, "__mro__"))


def _is_one_of(kind: type, kinds: Iterable[type]) -> bool:
    return any(kind is each for each in kinds)


def _elements(value: Any, shape: type) -> Iterator[Any]:
    if shape is dict:
        yield from list(islice(dict.items(value), _ELEMENTS + 1))
        return
    iterate: Callable[[Any], Iterator[Any]] = shape.__iter__  # type: ignore[attr-defined]
    yield from iterate(value)


def _hint(child: Child) -> Json:
    value = child.value
    is_function = _is_one_of(type(value), _CALLABLES)
    kind = "class" if _is_a(type(value), type) else "method" if is_function else "data"
    hint: Json = {"kind": kind}
    if child.name.startswith("_"):
        hint["visibility"] = "private"
    return hint


_CALLABLES: Final = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def _quoted(value: Any, room: int) -> str:
    if len(value) <= room:
        return repr(value)
    return repr(value[:room])[:-1] + "…'"


def _bytes_text(value: Any, room: int) -> str:
    return repr(value) if len(value) <= room else f"{bytes(value[:room])!r}…"


def _int_text(value: Any) -> str:
    # Python refuses to write out very long integers, and is slow for long ones.
    return repr(value) if value.bit_length() <= 4096 else f"<int of {value.bit_length()} bits>"


def _key_text(key: object) -> str:
    kind = type(key)
    if kind is int:
        return _int_text(key)
    if _is_one_of(kind, _SCALARS) or kind is bytes:
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
