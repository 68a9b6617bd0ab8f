"""The calls of a statement, in the order in which they are made, so that a step can go into one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import Any

from .script import Script

_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases", "decorator_list")


@dataclass(frozen=True)
class Call:
    """One call. Lines from 1, columns are bytes from 0, as the `ast` module counts."""

    function: str
    """The text of what is called."""
    line: int
    column: int
    end_line: int
    end_column: int

    def is_made_by(self, caller: FrameType, callee: FrameType) -> bool:
        """Whether the caller stands at this call, and is therefore in the callee."""
        positions = getattr(caller.f_code, "co_positions", None)
        if positions is None:
            # Python 3.10 knows lines only.
            return callee.f_code.co_name == self.function.rpartition(".")[2]
        found = next(islice(positions(), caller.f_lasti // 2, None), None)
        return found is not None and (found[1], found[3]) == (self.end_line, self.end_column)


def of_statement(script: Script, line: int) -> list[Call]:
    """Those of the statements that begin on the line; of a compound one those of its head."""
    found: list[Call] = []
    for node in ast.walk(script.tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            found.extend(_call(script, each) for each in _heads(node))
    return found


def _call(script: Script, node: ast.Call) -> Call:
    function = ast.get_source_segment(script.text, node.func) or "…"
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Call(" ".join(function.split()), node.lineno, node.col_offset, end_line, end_column)


def _heads(statement: ast.stmt) -> Iterator[ast.Call]:
    for name, value in _in_order(statement):
        if name not in _BLOCKS:
            yield from _calls(value)


def _calls(value: Any) -> Iterator[ast.Call]:
    if isinstance(value, list):
        for each in value:
            yield from _calls(each)
    elif isinstance(value, ast.Lambda | ast.stmt) or not isinstance(value, ast.AST):
        # What a lambda calls is called when it is.
        return
    else:
        for _, inner in _in_order(value):
            yield from _calls(inner)
        if isinstance(value, ast.Call):
            yield value


def _in_order(node: ast.AST) -> list[tuple[str, Any]]:
    """The fields of a node as they are evaluated: of an assignment the value comes first, of a choice the test."""
    fields = list(ast.iter_fields(node))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.AsyncFor | ast.IfExp):
        fields.sort(key=lambda field: field[0] not in ("iter", "value", "test"))
    return fields
