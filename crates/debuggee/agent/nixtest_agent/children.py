"""What is inside a value, to be unfolded: elements, items, attributes, properties. A page costs no more than it shows.

Nothing of the user runs to list them. A property is computed when a person unfolds it, not before.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from . import places, values
from .link import Json
from .script import Script

_WITHOUT_COUNT: Final = 2000
"""How many children a client gets that does not say how many it wants."""

_LARGE: Final = 100
"""A dictionary with more items has them indexed, because clients ask for pages of those only."""

_HEAP_TYPE: Final = 1 << 9
"""The flag of classes made in Python; the slots of others are of no interest."""

Reference = Callable[[object, "str | None"], int]


@dataclass(frozen=True)
class Property:
    """A property that has not been read."""

    owner: object
    name: str
    is_read_only: bool


@dataclass(frozen=True)
class Child:
    name: str
    value: object
    expression: str | None
    """Python text that evaluates to the child, for clients that add it to their watches."""
    note: str | None = None
    """Shown instead of a value that is none: how many more there are."""
    is_read_only: bool = False


def describe(renderer: values.Renderer, child: Child, reference: Reference, script: Script) -> Json:
    """A `Variable` of the protocol; `reference` gives out the handle of its children, and of where it was written."""
    if child.note is not None:
        return {"name": child.name, "value": child.note, "variablesReference": 0}
    if type(child.value) is Property:
        body: Json = {"name": child.name, "value": "…", "type": "property"}
        body["variablesReference"] = reference(child.value, child.expression)
    else:
        body = {"name": child.name, "value": renderer.short(child.value)}
        body["type"] = values.type_name(type(child.value))
        body |= fields_of(child.value, child.expression, reference)
        body |= place_of(child.value, reference, script)
    if child.expression is not None:
        body["evaluateName"] = child.expression
    body["presentationHint"] = _hint(child)
    return body


def fields_of(value: object, expression: str | None, reference: Reference) -> Json:
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


def place_of(value: object, reference: Reference, script: Script) -> Json:
    """The field by which a client asks where a value was written, if that is known."""
    if places.of(value, script) is None:
        return {}
    return {"valueLocationReference": reference(value, None)}


def counts(value: object) -> tuple[int, int]:
    """How many named and how many indexed children."""
    shape = values.container(value)
    size: int = shape.__len__(value) if shape is not None else 0  # type: ignore[attr-defined]
    held = sum(1 for _ in attributes(value)) + len(_properties(value))
    return (held + size, 0) if _has_named_items(shape, size) else (held, size)


def of(value: object, expression: str | None, start: int, count: int, kind: str | None) -> list[Child]:
    """Children from `start` on, `count` of them, or all if that is 0; only "indexed" or "named" ones if asked."""
    shape = values.container(value)
    named, indexed = counts(value)
    before = 0 if kind == "named" else indexed
    total = {"indexed": indexed, "named": named}.get(kind or "", named + indexed)
    end = min(total, start + (count or _WITHOUT_COUNT))
    found: list[Child] = []
    if kind != "named" and shape is not None and start < indexed:
        found = _indexed(value, shape, expression, start, min(end, indexed))
    if kind != "indexed" and end > before:
        found += islice(_named(value, shape, expression), max(start - before, 0), end - before)
    if count == 0 and end < total:
        found.append(Child("…", None, None, f"{total - end} more; ask for them by pages"))
    return found


def read(renderer: values.Renderer, found: Property, expression: str | None) -> Child:
    """The value of a property, which a person has asked for."""
    value = renderer.read(lambda: getattr(found.owner, found.name))
    if type(value) is values.Failed:
        return Child(found.name, None, None, value.text)
    return Child(found.name, value, expression, is_read_only=found.is_read_only)


def _has_named_items(shape: type | None, size: int) -> bool:
    return shape is dict and size <= _LARGE


def _indexed(value: Any, shape: type, expression: str | None, start: int, end: int) -> list[Child]:
    """A page is taken out at once, before anything of the user runs that might change the container."""
    if shape is dict:
        return [_item(key, item, expression) for key, item in _slice(lambda: iter(dict.items(value)), start, end)]
    if shape in (list, tuple):
        elements: list[Any] = list(shape.__getitem__(value, slice(start, end)))
    else:
        elements = _slice(lambda: shape.__iter__(value), start, end)  # type: ignore[attr-defined]
    reachable = expression is not None and shape in (list, tuple)
    return [
        Child(f"[{index}]", element, f"{expression}[{index}]" if reachable else None, is_read_only=shape is not list)
        for index, element in enumerate(elements, start)
    ]


def _slice(iterate: Callable[[], Iterator[Any]], start: int, end: int) -> list[Any]:
    try:
        return list(islice(iterate(), start, end))
    except RuntimeError:
        # Another thread has changed it meanwhile; a copy is made without a break.
        return list(iterate())[start:end]


def _item(key: object, item: object, expression: str | None) -> Child:
    simple = values.is_one_of(type(key), (str, int, bool, bytes, float))
    return Child(values.key_name(key), item, f"{expression}[{key!r}]" if expression is not None and simple else None)


def _named(value: Any, shape: type | None, expression: str | None) -> Iterator[Child]:
    if shape is not None and _has_named_items(shape, shape.__len__(value)):  # type: ignore[attr-defined]
        for key, item in list(dict.items(value)):
            yield _item(key, item, expression)
    for name, item in attributes(value):
        usable = expression is not None and name.isidentifier()
        yield Child(name, item, f"{expression}.{name}" if usable else None)
    for each in _properties(value):
        yield Child(each.name, each, f"{expression}.{each.name}" if expression is not None else None)


def _properties(value: object) -> list[Property]:
    """Public ones, of classes made in Python."""
    kind = type(value)
    if values.is_one_of(kind, _PLAIN) or values.is_a(kind, type) or values.is_a(kind, BaseException):
        return []
    found: dict[str, Property] = {}
    hidden: set[str] = set()
    for base in type.__getattribute__(kind, "__mro__"):
        for name, member in list(type.__getattribute__(base, "__dict__").items()):
            if type(member) is property and not name.startswith("_") and name not in hidden:
                found.setdefault(name, Property(value, name, member.fset is None))
            hidden.add(name)
    return sorted(found.values(), key=lambda each: each.name)


def attributes(value: object) -> Iterator[tuple[str, object]]:
    """What the instance itself holds: its dictionary and its slots. No property and no `__getattr__` runs."""
    kind = type(value)
    if values.is_one_of(kind, _PLAIN) or values.is_a(kind, type):
        return
    if values.is_a(kind, BaseException):
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


def _hint(child: Child) -> Json:
    value = child.value
    if type(value) is Property:
        body: Json = {"kind": "property", "lazy": True}
        return body | {"attributes": ["readOnly"]} if value.is_read_only else body
    is_function = values.is_one_of(type(value), values.CALLABLES)
    body = {"kind": "class" if values.is_a(type(value), type) else "method" if is_function else "data"}
    if child.name.startswith("_"):
        body["visibility"] = "private"
    return body | {"attributes": ["readOnly"]} if child.is_read_only else body


_PLAIN: Final = (
    *values.SCALARS,
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
