"""Looks things up without running any code of the user: no property, no `__getattr__`, no subclass's `__getitem__`."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final

from . import children, values

MISSING: Final = object()


def expression(text: str, scopes: list[Mapping[str, Any]]) -> object:
    """The value of names, attributes and elements; MISSING where finding it would run code, or where there is none."""
    try:
        tree: Any = compile(text.strip(), "<looked up>", "eval", ast.PyCF_ONLY_AST, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return MISSING
    return _node(tree.body, scopes)


def _node(node: ast.expr, scopes: list[Mapping[str, Any]]) -> object:
    if isinstance(node, ast.Name):
        return next((scope[node.id] for scope in scopes if node.id in scope), MISSING)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute):
        return attribute(_node(node.value, scopes), node.attr)
    if isinstance(node, ast.Subscript):
        return _element(_node(node.value, scopes), _node(node.slice, scopes))
    return MISSING


def attribute(value: object, name: str) -> object:
    """An attribute as it is kept: on the instance, else on its class. Methods come as the functions they are."""
    if value is MISSING:
        return MISSING
    for own, item in children.attributes(value):
        if own == name:
            return item
    kind: Any = value if values.is_a(type(value), type) else type(value)
    found = values.class_attribute(kind, name)
    return MISSING if found is None else _plain(found)


def _plain(found: object) -> object:
    if type(found) in (staticmethod, classmethod):
        inner: object = found.__func__  # type: ignore[attr-defined]
        return inner
    # Other descriptors would have to be asked.
    return found if type(found) in _AS_THEY_ARE or not _is_descriptor(found) else MISSING


def _is_descriptor(found: object) -> bool:
    return values.class_attribute(type(found), "__get__") is not None


def _element(value: Any, key: object) -> object:
    kind = type(value)
    try:
        if kind is dict and type(key) in (str, int, bool, bytes, type(None)):
            return dict.get(value, key, MISSING)
        if kind in (list, tuple) and type(key) is int:
            return value[key]
    except IndexError:
        pass
    return MISSING


def names_of(value: object) -> Iterator[tuple[str, object]]:
    """The names that may follow a dot, each once, with what is kept there; the instance's own come first."""
    seen: set[str] = set()
    layers: list[Iterator[tuple[str, object]]] = [iter(list(children.attributes(value)))]
    kinds = [type(value)]
    if values.is_a(type(value), type):
        kinds.insert(0, value)  # type: ignore[arg-type]
    for kind in kinds:
        for base in type.__getattribute__(kind, "__mro__"):
            layers.append(iter(list(type.__getattribute__(base, "__dict__").items())))
    for layer in layers:
        for name, item in layer:
            if type(name) is str and name.isidentifier() and name not in seen:
                seen.add(name)
                yield name, item


def unwrapped(function: object) -> object:
    """What `functools.wraps` says that a function stands for."""
    for _ in range(_LONGEST_CHAIN):
        if type(function) is not types.FunctionType or "__wrapped__" not in function.__dict__:
            break
        function = function.__dict__["__wrapped__"]
    return function


def parameters(function: object, is_bound: bool = False) -> list[str]:
    """The names by which arguments may be given; what is bound already is left out."""
    for _ in range(_LONGEST_CHAIN):
        if type(function) is types.MethodType:
            function, is_bound = function.__func__, True
        elif values.is_a(type(function), type):
            function, is_bound = values.class_attribute(function, "__init__"), True  # type: ignore[arg-type]
        elif type(function) is types.FunctionType and "__wrapped__" in function.__dict__:
            function = function.__dict__["__wrapped__"]
        else:
            break
    if type(function) is not types.FunctionType:
        return []
    code = function.__code__
    first = max(code.co_posonlyargcount, 1 if is_bound else 0)
    return list(code.co_varnames[first : code.co_argcount + code.co_kwonlyargcount])


_LONGEST_CHAIN: Final = 20
_AS_THEY_ARE: Final = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)
