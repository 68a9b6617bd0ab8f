"""What the text of a script says of its subtests: where they are, and what surrounds them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FrameType
from typing import Any

from .script import FILE, Script


def names_inside(script: Script, line: int | None) -> list[str]:
    """The literal names of the subtests in the body of the `with` on this line."""
    found = _with_at(_tree(script), line)
    if found is None:
        return []
    inside = [each for node in found.body for each in ast.walk(node) if isinstance(each, ast.With)]
    return [name for each in inside for name in literal_names(each)]


def is_entered_by_with(script: Script, frame: FrameType) -> bool:
    """The frame is at the header of a `with`, whose body comes next."""
    return _with_at(_tree(script), frame.f_lineno) is not None


def may_be_caught(script: Script, frame: FrameType) -> bool:
    """An exception that goes on from here passes an `except` of the script, which may take it."""
    tree = _tree(script)
    tries = [node for node in ast.walk(tree) if isinstance(node, ast.Try) and node.handlers]
    each: FrameType | None = frame
    while each is not None:
        if script.owns(each.f_code):
            line = each.f_lineno
            if any(node.body[0].lineno <= line <= (node.body[-1].end_lineno or line) for node in tries):
                return True
        each = each.f_back
    return False


def literal_names(statement: ast.With) -> Iterator[str]:
    """The names by which it enters subtests, where they are written out."""
    for item in statement.items:
        call = item.context_expr
        if not isinstance(call, ast.Call):
            continue
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
        argument = call.args[0] if call.args else next((each.value for each in call.keywords), None)
        if called == "subtest" and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def _with_at(tree: ast.Module, line: int | None) -> ast.With | None:
    """The innermost `with` whose header covers the line."""
    found = None
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and line is not None:
            last = max(item.context_expr.end_lineno or node.lineno for item in node.items)
            if node.lineno <= line <= last:
                found = node
    return found


def _tree(script: Script) -> ast.Module:
    # Not `ast.parse`, which uses the builtins that a script may replace.
    tree: Any = compile(script.text, FILE, "exec", script.flags | ast.PyCF_ONLY_AST, True)
    module: ast.Module = tree
    return module
