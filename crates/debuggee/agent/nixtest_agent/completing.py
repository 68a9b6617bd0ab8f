"""What may follow in the Debug Console, from the text before the cursor and the names that are there. Runs no code of
the user, so an attribute that would have to be computed leads nowhere.
"""

from __future__ import annotations

import builtins
import keyword
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from . import children, lookup, values

MOST: Final = 500
"""As many are offered; whoever sees more than that types on."""

_OPERAND: Final = r"[^\W\d]\w*(?:\.[^\W\d]\w*|\[(?:\d+|'[^'\\\n]*'|\"[^\"\\\n]*\")\])*"
_ATTRIBUTE: Final = re.compile(rf"(?<![\w.\])])({_OPERAND})\s*\.\s*(\w*)\Z")
_KEY: Final = re.compile(rf"(?<![\w.\])])({_OPERAND})\[(['\"])([^'\"\\\n]*)\Z")
_NAME: Final = re.compile(r"(?<![\w.])([^\W\d]\w*)?\Z")
_CALLED: Final = re.compile(rf"(?<![\w.\])])({_OPERAND})\s*\Z")


@dataclass(frozen=True)
class Completion:
    label: str
    kind: str
    """One of the protocol's."""
    detail: str
    typed: int
    """So many characters before the cursor are replaced."""
    text: str | None = None
    """What is put in, where that is not the label."""


@dataclass(frozen=True)
class Names:
    """The names that are there, the nearest first."""

    scopes: list[Mapping[str, Any]]
    machines: frozenset[str]
    """Which of them are machines."""


def complete(before: str, names: Names) -> list[Completion]:
    """`before` is the text up to the cursor."""
    scopes = [*names.scopes, vars(builtins)]
    key = _KEY.search(before)
    if key is not None and not _is_in_string(before[: key.start(2)]):
        return _first(_keys(lookup.expression(key[1], scopes), key[2], key[3]))
    if _is_in_string(before):
        return []
    attribute = _ATTRIBUTE.search(before)
    if attribute is not None:
        return _first(_attributes(lookup.expression(attribute[1], scopes), attribute[2]))
    name = _NAME.search(before)
    if name is None:
        return []
    typed = name[1] or ""
    return _first([*_arguments(before[: name.start()], typed, scopes), *_names(names, typed)])


def _first(found: Iterable[Completion]) -> list[Completion]:
    return [each for each, _ in zip(found, range(MOST), strict=False)]


def _keys(value: object, quote: str, typed: str) -> Iterator[Completion]:
    if type(value) is not dict:
        return
    for key in list(value):
        if type(key) is str and key.startswith(typed) and key.isprintable() and quote not in key and "\\" not in key:
            detail = values.type_name(type(value[key]))
            yield Completion(key, _kind(value[key]), detail, len(typed), f"{key}{quote}]")


def _attributes(value: object, typed: str) -> list[Completion]:
    if value is lookup.MISSING:
        return []
    found = [(name, item) for name, item in lookup.names_of(value) if _matches(name, typed)]
    return [Completion(name, _kind(item), _detail(item), len(typed)) for name, item in _sorted(found)]


def _arguments(before: str, typed: str, scopes: list[Mapping[str, Any]]) -> Iterator[Completion]:
    """Keyword arguments of the call that the cursor is in."""
    opening = _open_call(before)
    called = _CALLED.search(before[:opening]) if opening is not None else None
    if called is None:
        return
    text = called[1]
    owner, dot, name = text.rpartition(".")
    value = lookup.expression(owner, scopes) if dot else lookup.MISSING
    is_of_instance = bool(dot) and type(value) is not types.ModuleType and not values.is_a(type(value), type)
    is_bound = is_of_instance and all(own != name for own, _ in children.attributes(value))
    for parameter in lookup.parameters(lookup.expression(text, scopes), is_bound):
        if parameter.startswith(typed) and not re.search(rf"\b{parameter}\s*=", before[opening:]):
            yield Completion(f"{parameter}=", "field", f"argument of {text}", len(typed))


def _names(names: Names, typed: str) -> Iterator[Completion]:
    seen: set[str] = set()
    for scope in names.scopes:
        found = [(name, item) for name, item in list(scope.items()) if type(name) is str and name.isidentifier()]
        for name, item in _sorted([(name, item) for name, item in found if _matches(name, typed)]):
            if name not in seen:
                seen.add(name)
                detail = "machine" if name in names.machines else _detail(item)
                yield Completion(name, _kind(item), detail, len(typed))
    if not typed:
        return
    for name, item in _sorted([(name, item) for name, item in vars(builtins).items() if _matches(name, typed)]):
        if name not in seen:
            yield Completion(name, _kind(item), "builtin", len(typed))
    for word in [*keyword.kwlist, *keyword.softkwlist]:
        if word.startswith(typed) and word not in ("True", "False", "None", "_"):
            yield Completion(word, "keyword", "keyword", len(typed))


def _matches(name: str, typed: str) -> bool:
    """Names that begin with an underscore are for those who type one; two, for those who type two."""
    if not name.startswith(typed):
        return False
    return not name.startswith("__" if typed.startswith("_") else "_") or typed.startswith("__")


def _sorted(found: list[tuple[str, object]]) -> list[tuple[str, object]]:
    return sorted(found, key=lambda each: (each[0].startswith("_"), each[0].lower()))


def _kind(value: object) -> str:
    kind = type(value)
    if kind in (types.FunctionType, types.BuiltinFunctionType):
        return "function"
    if kind in (types.MethodType, classmethod, staticmethod, types.MethodDescriptorType, types.WrapperDescriptorType):
        return "method"
    if kind is property or kind in (types.MemberDescriptorType, types.GetSetDescriptorType):
        return "property"
    if kind is types.ModuleType:
        return "module"
    return "class" if values.is_a(kind, type) else "variable"


def _detail(value: object) -> str:
    if type(value) is types.FunctionType:
        return f"({', '.join(lookup.parameters(value))})"
    return values.type_name(type(value))


def _is_in_string(text: str) -> bool:
    """Whether the text ends inside a string or a comment."""
    return _scan(text)[0]


def _open_call(text: str) -> int | None:
    """Where the innermost open parenthesis is, if what is open last is one."""
    opened = _scan(text)[1]
    return opened[-1][1] if opened and opened[-1][0] == "(" else None


def _scan(text: str) -> tuple[bool, list[tuple[str, int]]]:
    """Whether the end is in a string or comment, and which brackets are open there."""
    opened: list[tuple[str, int]] = []
    index = 0
    while index < len(text):
        if text[index] == "#":
            end = text.find("\n", index)
            if end < 0:
                return True, opened
            index = end
        elif text[index] in "'\"":
            quote = text[index : index + 3] if text[index : index + 3] in ("'''", '"""') else text[index]
            index += len(quote)
            while not text.startswith(quote, index):
                if index >= len(text) or (text[index] == "\n" and len(quote) == 1):
                    return True, opened
                index += 2 if text[index] == "\\" else 1
            index += len(quote) - 1
        elif text[index] in "([{":
            opened.append((text[index], index))
        elif text[index] in ")]}" and opened:
            opened.pop()
        index += 1
    return False, opened
