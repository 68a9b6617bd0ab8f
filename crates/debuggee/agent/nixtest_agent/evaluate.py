"""Evaluates what a client sends, in a frame of the script.

Function variables are visible inside lambdas and comprehensions of the code too, and assignments reach the frame.
Whether breakpoints may hit meanwhile, and who answers, is not decided here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any, Final, Literal

from .frames import EVALUATED

NOTHING: Final = object()
"""What statements evaluate to."""

_CO_OPTIMIZED: Final = 0x1
_HARMLESS: Final = (
    ast.Expression,
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.Slice,
    ast.Tuple,
    ast.UnaryOp,
    ast.USub,
    ast.Load,
)


Kind = Literal["statements", "expression", "hover"]
"""What a text may be: anything, one expression, or one that runs no code of the user."""

_NEW_VALUE: Final = " new value"
"""The name of a value that is about to be assigned; no script can spell it."""


class Unsuitable(Exception):
    """The code is not of the kind that may be evaluated here."""


def run(text: str, names: dict[str, Any], frame: FrameType | None, flags: int, kind: Kind = "statements") -> object:
    """The value of an expression, or of the last one of several statements; NOTHING if there is none.

    `names` are the script's globals, used where there is no frame. Raises whatever the code raises.
    """
    return _run(_parse(text, flags, kind), names, frame, flags, {})


def assign(target: str, value: object, names: dict[str, Any], frame: FrameType | None, flags: int) -> None:
    """Give the value to whatever may stand on the left of `=`: a name, an attribute, an element, or several of them."""
    parsed: Any = compile(_dedent(target), EVALUATED, "eval", flags | ast.PyCF_ONLY_AST, True)
    assigned = _as_target(parsed.body, target)
    statement = ast.Assign([assigned], ast.Name(_NEW_VALUE, ast.Load()))
    body: list[ast.stmt] = [ast.fix_missing_locations(ast.copy_location(statement, parsed.body))]
    if frame is not None:
        # A name that the function only reads is a global's.
        borrowed = sorted(name for name in _assigned(body) if name not in frame.f_locals and name in frame.f_globals)
        if borrowed:
            body.insert(0, ast.copy_location(ast.Global(borrowed), parsed.body))
    _run(body, names, frame, flags, {_NEW_VALUE: value})


def _run(
    body: list[ast.stmt], names: dict[str, Any], frame: FrameType | None, flags: int, supplied: dict[str, object]
) -> object:
    if frame is not None and frame.f_locals is not frame.f_globals:
        return _in_function(body, frame, flags, supplied)
    names = names if frame is None else frame.f_globals
    names.update(supplied)
    try:
        return _execute(body, names, flags)
    finally:
        for name in supplied:
            names.pop(name, None)


def _as_target(node: ast.expr, text: str) -> ast.expr:
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        node.ctx = ast.Store()
    elif isinstance(node, ast.Tuple | ast.List):
        node.ctx = ast.Store()
        node.elts = [_as_target(each, text) for each in node.elts]
    else:
        raise Unsuitable(f"{text.strip()} cannot be assigned to; name a variable, an attribute or an element")
    return node


def condition(code: CodeType, frame: FrameType, more: dict[str, Any] | None = None) -> object:
    """The value of a condition in a frame; it sees `more` names, if there are any."""
    if frame.f_locals is frame.f_globals and more is None:
        return eval(code, frame.f_globals)
    return eval(code, _merged(frame) | (more or {}))


def may_change(text: str, flags: int) -> bool:
    """Whether running the text may have changed something: it does more than to read."""
    try:
        tree: Any = compile(_dedent(text), EVALUATED, "eval", flags | ast.PyCF_ONLY_AST, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return any(isinstance(node, ast.Call | ast.NamedExpr | ast.Await) for node in ast.walk(tree))


def _parse(text: str, flags: int, kind: Kind) -> list[ast.stmt]:
    text = _dedent(text)
    only_tree = flags | ast.PyCF_ONLY_AST
    if kind != "statements":
        expression: Any = compile(text, EVALUATED, "eval", only_tree, True)
        if kind == "hover" and not all(isinstance(node, _HARMLESS) for node in ast.walk(expression)):
            raise Unsuitable("a hover evaluates names, attributes and subscripts only")
    tree: Any = compile(text, EVALUATED, "exec", only_tree, True)
    body: list[ast.stmt] = tree.body
    return body


def _dedent(text: str) -> str:
    """Without the indentation of the first line, which clients send along with a selection."""
    lines = text.strip("\r\n").expandtabs().split("\n")
    indentation = len(lines[0]) - len(lines[0].lstrip(" "))
    return "\n".join(line[indentation:] if line[:indentation].isspace() else line for line in lines).strip()


def _execute(body: list[ast.stmt], names: dict[str, Any], flags: int) -> object:
    last = body[-1] if body else None
    statements = body[:-1] if isinstance(last, ast.Expr) else body
    if statements:
        exec(compile(ast.Module(statements, []), EVALUATED, "exec", flags, True), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), EVALUATED, "eval", flags, True), names)
    return NOTHING


def _in_function(body: list[ast.stmt], frame: FrameType, flags: int, supplied: dict[str, object]) -> object:
    """Run in one dictionary of globals and variables, then bring back what changed to where it belongs."""
    variables = dict(frame.f_locals)
    before = _merged(frame)
    names = before | supplied
    try:
        return _execute(body, names, flags)
    finally:
        declared_global = {name for node in _walk(body, ast.Global) for name in node.names}
        assigned = _assigned(body)
        changed = {
            name: value
            for name, value in names.items()
            if (name not in before or before[name] is not value) and name != "__builtins__" and name not in supplied
        }
        for name, value in changed.items():
            if name in declared_global or (name not in variables and name not in assigned):
                frame.f_globals[name] = value
            else:
                set_variable(frame, name, value)
        for name in before.keys() - names.keys():
            if name in variables and name not in declared_global:
                _delete_variable(frame, name)
            else:
                frame.f_globals.pop(name, None)


def _merged(frame: FrameType) -> dict[str, Any]:
    return frame.f_globals | dict(frame.f_locals)


def _walk(body: list[ast.stmt], kind: type[Any]) -> Iterable[Any]:
    """Nodes of the code's own scope: not inside functions and classes it defines."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, kind):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def _assigned(body: list[ast.stmt]) -> set[str]:
    names = {node.id for node in _walk(body, ast.Name) if isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in _walk(body, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}  # type: ignore[arg-type]
    for node in _walk(body, ast.alias):
        names.add((node.asname or node.name).partition(".")[0])
    return names


def set_variable(frame: FrameType, name: str, value: object) -> None:
    # One reference to the mapping: before 3.13 each access to `f_locals` reads the variables again.
    mapping: Any = frame.f_locals
    mapping[name] = value
    _write_back(frame, mapping, clear=0)


def _delete_variable(frame: FrameType, name: str) -> None:
    mapping: Any = frame.f_locals
    try:
        del mapping[name]
    except ValueError as error:
        # 3.13 and later cannot unbind a function's variable from outside.
        raise Unsuitable(f"this Python cannot delete the variable {name!r} of a function from outside") from error
    _write_back(frame, mapping, clear=1)


def _write_back(frame: FrameType, mapping: Any, clear: int) -> None:
    """Before 3.13 (PEP 667) `f_locals` of a function is a copy, and only the C interface copies it back."""
    if not frame.f_code.co_flags & _CO_OPTIMIZED or type(mapping) is not dict:
        return
    try:
        import ctypes

        copy_back = ctypes.pythonapi.PyFrame_LocalsToFast
    except (ImportError, AttributeError) as error:
        raise Unsuitable("this Python cannot change a function's variables: ctypes does not work") from error
    copy_back(ctypes.py_object(frame), ctypes.c_int(clear))
