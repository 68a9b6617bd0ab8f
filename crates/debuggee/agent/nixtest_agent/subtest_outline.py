"""What the text of a script says of its subtests: where they are, and what surrounds them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FrameType

from .script import Script


def names_inside(script: Script, line: int | None) -> list[str]:
    """The literal names of the subtests in the body of the `with` on this line."""
    found = _with_at(script.tree, line)
    if found is None:
        return []
    inside = [each for node in found.body for each in ast.walk(node) if isinstance(each, ast.With)]
    return [name for each in inside for name in literal_names(each)]


def is_entered_by_with(script: Script, frame: FrameType) -> bool:
    """The frame is at the header of a `with`, whose body comes next."""
    return _with_at(script.tree, frame.f_lineno) is not None


def may_be_caught(script: Script, frame: FrameType) -> bool:
    """An exception that goes on from here passes an `except` of the script, which may take it."""
    tree = script.tree
    tries = [node for node in ast.walk(tree) if isinstance(node, ast.Try) and node.handlers]
    each: FrameType | None = frame
    while each is not None:
        if script.owns(each.f_code):
            line = each.f_lineno
            if any(node.body[0].lineno <= line <= (node.body[-1].end_lineno or line) for node in tries):
                return True
            if script.is_top_level(each.f_code):
                return False
        each = each.f_back
    return False


def find(script: Script, name: str) -> ast.With | str:
    """The `with` that enters the subtest of this name and can run by itself, or why there is none."""
    tree = script.tree
    for node in _at_top_level(tree.body):
        if name in literal_names(node):
            return node
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = (each for each in ast.walk(scope) if isinstance(each, ast.With))
            if any(name in literal_names(each) for each in inside):
                what = "class" if isinstance(scope, ast.ClassDef) else "function"
                return (
                    f"the subtest {name!r} is in the {what} {scope.name!r} and needs its variables; "
                    f"call {scope.name!r} in the console"
                )
    names = [each for node in _at_top_level(tree.body) for each in literal_names(node)]
    known = f"those that can are {', '.join(map(repr, names))}" if names else "no other can"
    return f"no subtest that can run by itself is written with the name {name!r}; {known}"


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


def _at_top_level(body: list[ast.stmt]) -> Iterator[ast.With]:
    """Each `with` outside of functions and classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.With):
            yield node
        yield from _at_top_level([each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)])
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                yield from _at_top_level(part.body)
