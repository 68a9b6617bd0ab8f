"""Which lines of a script a jump can lead to. Pure: a syntax tree in, values out.

The interpreter keeps something on its stack inside some blocks: the iterator of a `for`, the exit of a `with`, the
exception of an `except`. A jump may leave such a block, which throws that away, and can never enter one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .lines import MODULE, ScopeKey, start


@dataclass(frozen=True, eq=False)
class Block:
    """One that keeps something on the stack, and what people call it."""

    name: str


Blocks = tuple[Block, ...]
"""From the outermost to the innermost."""


@dataclass
class Places:
    """The statements of a module, function or class, by the lines they begin on."""

    blocks: dict[int, Blocks] = field(default_factory=dict)
    """For each line that a statement begins on, the blocks around it."""
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    """First line, last line and nesting of each statement; an outer one comes before those in it."""
    clauses: dict[int, Blocks] = field(default_factory=dict)
    """The lines of `except` clauses, which are entered by exceptions only."""

    def around(self, line: int) -> Blocks:
        """The blocks around whatever stands on the line."""
        if line in self.clauses:
            return self.clauses[line]
        found = [first for first, last, _ in self.spans if first <= line <= last]
        return self.blocks.get(found[-1], ()) if found else ()

    def last_line(self, line: int) -> int:
        """The last line of the statement that begins on the line."""
        return next((last for first, last, _ in self.spans if first == line), line)

    def beside(self, line: int) -> list[int]:
        """Statements in the same blocks as that which begins on the line, and not in it."""
        here, last = self.blocks[line], self.last_line(line)
        return [each for each, blocks in self.blocks.items() if blocks == here and not line <= each <= last]


def places(tree: ast.Module) -> dict[ScopeKey, Places]:
    """Of every scope of the script; those of one key are those of one code object or of its like."""
    walker = _Walker()
    walker.statements(tree.body, walker.scope(MODULE), (), 0)
    return walker.scopes


class _Walker:
    def __init__(self) -> None:
        self.scopes: dict[ScopeKey, Places] = {}

    def scope(self, key: ScopeKey) -> Places:
        return self.scopes.setdefault(key, Places())

    def statements(self, body: Iterable[ast.stmt], scope: Places, blocks: Blocks, depth: int) -> None:
        for statement in body:
            first = start(statement)
            scope.spans.append((first, statement.end_lineno or first, depth))
            if first not in scope.clauses:
                scope.blocks.setdefault(first, blocks)
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.statements(statement.body, self.scope((statement.name, first)), (), 0)
            else:
                self.inside(statement, scope, blocks, depth + 1)

    def inside(self, statement: ast.stmt, scope: Places, blocks: Blocks, depth: int) -> None:
        body: list[ast.stmt] = getattr(statement, "body", [])
        name = _KEEPING.get(type(statement))
        self.statements(body, scope, blocks if name is None else (*blocks, Block(name)), depth)
        for case in getattr(statement, "cases", []):
            self.statements(case.body, scope, blocks, depth)
        for handler in getattr(statement, "handlers", []):
            within = (*blocks, Block("an except clause"))
            scope.clauses[handler.lineno] = within
            self.statements(handler.body, scope, within, depth)
        self.statements(getattr(statement, "orelse", []), scope, blocks, depth)
        self.statements(getattr(statement, "finalbody", []), scope, blocks, depth)


_KEEPING: Final[dict[type[ast.stmt], str]] = {
    ast.For: "a for loop",
    ast.AsyncFor: "a for loop",
    ast.With: "a with block",
    ast.AsyncWith: "a with block",
}
