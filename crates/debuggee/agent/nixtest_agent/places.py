"""Where a value was written: functions, methods and classes of the script, and functions of the driver."""

from __future__ import annotations

import ast
from types import CodeType, FunctionType, MethodType

from . import lookup, values
from .script import FILE, Script

Place = tuple[str | None, int]
"""The path of a file, or None for the script, and a line from 1."""


def of(value: object, script: Script) -> Place | None:
    value = lookup.unwrapped(value)
    if type(value) is MethodType:
        value = value.__func__
    if type(value) is FunctionType:
        return _of_code(value.__code__, script)
    return _of_class(value, script) if values.is_a(type(value), type) else None


def _of_code(code: CodeType, script: Script) -> Place | None:
    if script.owns(code):
        return None, code.co_firstlineno
    path = code.co_filename
    return (path, code.co_firstlineno) if path.startswith("/") else None


def _of_class(value: object, script: Script) -> Place | None:
    """A class does not say where it was written before 3.13, but its functions do."""
    name: object = type.__dict__["__qualname__"].__get__(value)
    found = [node for node in ast.walk(script.tree) if isinstance(node, ast.ClassDef) and node.name == name]
    names: dict[str, object] = dict(type.__getattribute__(value, "__dict__"))
    codes = [each.__code__ for each in names.values() if type(each) is FunctionType]
    for node in found:
        last = node.end_lineno or node.lineno
        if any(script.owns(code) and node.lineno <= code.co_firstlineno <= last for code in codes):
            return None, node.lineno
    if names.get("__firstlineno__") in [node.lineno for node in found] and not codes:
        return None, found[0].lineno
    return next((_of_code(code, script) for code in codes if code.co_filename != FILE), None)
