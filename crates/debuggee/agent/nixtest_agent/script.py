"""The script: compiled whole first, then cut into top-level statements that run in turn in the same globals.

Compiled whole, it fails as the driver's own `exec` of the text would. Cut, it gives a place between statements where
the agent is in control. File name and line numbers stay those of the driver: `<string>`, counted from 1.
"""

from __future__ import annotations
import __future__

import ast
import functools
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from . import lines as script_lines
from . import nesting
from .link import Json

FILE: Final = "<string>"

_FUTURE_FLAGS: Final = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


@dataclass(eq=False)
class Statement:
    """One top-level statement, or several on one line, and every code object in it."""

    script: Script
    module: ast.Module
    code: CodeType
    codes: tuple[CodeType, ...]
    line: int
    last_line: int
    successor: Statement | None = None
    """The same lines in the text that replaced this one's."""

    def is_like(self, other: Statement) -> bool:
        return self.key == other.key

    @functools.cached_property
    def key(self) -> str:
        """The same for statements that do the same, wherever they stand."""
        return ast.dump(self.module)

    def lines(self) -> list[str]:
        return self.script.lines[self.line - 1 : self.last_line]

    def now(self) -> tuple[Statement, int]:
        """The newest statement that is this one, and by how many lines it stands lower."""
        newest = self
        while newest.successor is not None:
            newest = newest.successor
        return newest, newest.line - self.line


class Script:
    """One text, compiled. Raises what the driver's own compilation of the text raises.

    A text may replace another one in a run. Code of both is alive then, and each answer about a code object is by the
    text that it belongs to: its lines are counted there.
    """

    def __init__(self, text: str, before: Script | None = None) -> None:
        self.text = text
        self.version: Final[int] = 1 if before is None else before.version + 1
        self.lines: Final = script_lines.split_lines(text)
        whole = compile(text, FILE, "exec", 0, True)
        self.flags: Final = whole.co_flags & _FUTURE_FLAGS
        with warnings.catch_warnings():
            # The whole text has been compiled above and has given its warnings.
            warnings.simplefilter("ignore")
            tree: Any = compile(text, FILE, "exec", ast.PyCF_ONLY_AST, True)
            self.tree: Final[ast.Module] = tree
            self.outline: Final = script_lines.outline(tree, self.lines)
            self._places: Final = nesting.places(tree)
            self.statements: Final = tuple(self._statements(tree))
        self._parts: list[Statement] = []
        """Statements of blocks that were compiled by themselves."""
        self._codes = {id(code): code for statement in self.statements for code in statement.codes}
        # Shared by all texts of a run.
        self._owners: dict[int, Statement] = {} if before is None else before._owners
        self._owners.update((id(code), statement) for statement in self.statements for code in statement.codes)
        self._elders: list[Statement] = []
        self._entries: dict[int, script_lines.Entries] = {}
        self.reported: Final[dict[int, set[int]]] = {}
        """For each line where a breakpoint can hit, the lines whose events can be the hit."""
        for code in self._codes.values():
            for anchor, reported in script_lines.breakable(code, self.outline.of(code)).items():
                self.reported.setdefault(anchor, set()).update(reported)
        self.hits: Final = frozenset(self.reported)
        self._columns = {
            unit.anchor: unit.column for scope in self.outline.scopes.values() for unit in scope.units.values()
        }

    def announcement(self) -> Json:
        """For `nixtest/script`: the text, and where breakpoints can hit."""
        return {"text": self.text, "file": FILE} | self.statement_places()

    def statement_places(self) -> Json:
        """For each line where a breakpoint can hit where its statement begins, and which text that is."""
        lines = sorted(self.hits)
        columns = [self.column(line) for line in lines]
        return {"version": self.version, "statementLines": lines, "statementColumns": columns}

    def follow(self, before: Script, pairs: Iterable[tuple[Statement, Statement]]) -> None:
        """Take the place of another text: of these pairs, those with equal lines are known by their lines here."""
        for old, new in pairs:
            if old.lines() == new.lines():
                old.successor = new
        known = (*before._elders, *before.statements)
        self._elders = [each for each in known if each.now()[0].script is self]

    def statements_of_all(self) -> list[Statement]:
        """Its own statements, then those of the texts before it, whose functions may live on."""
        earlier = {id(each): each for each in self._owners.values() if each.script is not self}
        return [*self.statements, *earlier.values()]

    def owns(self, code: CodeType) -> bool:
        """By identity: other code is called `<string>` too, such as what `dataclasses` makes."""
        return id(code) in self._owners

    def has(self, code: CodeType) -> bool:
        """Whether the code is of this very text, and of none before it."""
        return id(code) in self._codes

    def of(self, code: CodeType) -> Script:
        """The text that the code is of."""
        owner = self._owners.get(id(code))
        return self if owner is None else owner.script

    def now(self, code: CodeType, line: int) -> tuple[Script, int]:
        """Where a line of the code's own text stands in the newest text that has it."""
        owner = self._owners.get(id(code))
        if owner is None:
            return self, line
        newest, lower = owner.now()
        return newest.script, line + lower

    def then(self, code: CodeType, line: int) -> int | None:
        """Which line of the code's own text a line of this one is."""
        owner = self._owners.get(id(code))
        if owner is None or owner.script is self:
            return line
        newest, lower = owner.now()
        return line - lower if newest.script is self and newest.line <= line <= newest.last_line else None

    def moved(self, line: int) -> int | None:
        """Where a line of this text stands in the one that replaced it, if its statement is there."""
        for each in self.statements:
            if each.line <= line <= each.last_line and each.successor is not None:
                return line + each.now()[1]
        return None

    def is_top_level(self, code: CodeType) -> bool:
        owner = self._owners.get(id(code))
        return owner is not None and owner.code is code

    def reported_for(self, anchor: int) -> set[int]:
        """The lines whose events can be the hit of a breakpoint, also in older code of the same statement."""
        reported = set(self.reported[anchor])
        for each in self._elders:
            then = anchor - each.now()[1]
            if each.line <= then <= each.last_line:
                reported |= each.script.reported.get(then, set())
        return reported

    def entered(self, code: CodeType, offset: int, line: int) -> int | None:
        """The line of the statement that a line event begins; None where the event goes on with one."""
        return self.of(code)._entries_of(code).anchor(offset, line)

    def one_line_loops(self, code: CodeType) -> frozenset[int]:
        """Lines that repeat without a new line event under `sys.monitoring`."""
        loops = self.of(code).outline.of(code).one_line_loops
        return frozenset(line for _, _, line in code.co_lines() if line in loops) if loops else frozenset()

    def _entries_of(self, code: CodeType) -> script_lines.Entries:
        entries = self._entries.get(id(code))
        if entries is None:
            entries = self._entries[id(code)] = script_lines.Entries(code, self.outline.of(code))
        return entries

    def places(self, code: CodeType) -> nesting.Places:
        """Where a jump in this code object can lead."""
        return self.of(code)._places.get(script_lines.key(code)) or nesting.Places()

    def first_lines(self, code: CodeType) -> dict[int, int]:
        """For each statement that the code object runs, by its line, the line of its first instruction."""
        units = self.of(code).outline.of(code).units
        found: dict[int, int] = {}
        for _, _, line in code.co_lines():
            unit = units.get(line) if line is not None else None
            if unit is not None and line is not None:
                found.setdefault(unit.anchor, line)
        return found

    def column(self, line: int) -> int:
        """The column, from 1, of the statement that stands on the line."""
        return self.character(line, self._columns.get(line, self._indentation(line)))

    def character(self, line: int, byte: int) -> int:
        """The column, from 1 and in code points, of a byte of the line's UTF-8."""
        if not 1 <= line <= len(self.lines):
            return 1
        encoded = self.lines[line - 1].encode("utf-8", "surrogatepass")
        return len(encoded[:byte].decode("utf-8", "replace")) + 1

    def _indentation(self, line: int) -> int:
        text = self.lines[line - 1] if 1 <= line <= len(self.lines) else ""
        return len(text) - len(text.lstrip())

    def _statements(self, tree: ast.Module) -> Iterator[Statement]:
        for index, group in enumerate(_by_line(tree.body)):
            if index > 0 and _is_string(group[0]):
                # First in a module it would be a docstring, which it is not.
                group[0] = ast.copy_location(ast.Pass(), group[0])
            yield self._statement(group)

    def _statement(self, group: list[ast.stmt]) -> Statement:
        module = ast.Module(body=group, type_ignores=[])
        code = compile(module, FILE, "exec", self.flags, True)
        first, last = script_lines.start(group[0]), group[-1]
        codes = tuple(script_lines.nested(code))
        return Statement(self, module, code, codes, first, last.end_lineno or last.lineno)

    def again(self, node: ast.stmt) -> Statement:
        """A statement outside of functions and classes, by itself: as a top-level one."""
        for each in (*self.statements, *self._parts):
            if (each.line, each.last_line) == (script_lines.start(node), node.end_lineno):
                return each
        statement = self._statement([node])
        self._parts.append(statement)
        self._codes.update((id(code), code) for code in statement.codes)
        self._owners.update((id(code), statement) for code in statement.codes)
        return statement


def invalid(text: str, error: Exception) -> Json:
    """The body of `nixtest/scriptInvalid`: what does not compile, and where."""
    body: Json = {"text": text, "message": str(error), "line": 1, "column": 1}
    if isinstance(error, SyntaxError):
        body["message"] = f"{type(error).__name__}: {error.msg}"
        body["line"] = error.lineno or 1
        body["column"] = max(error.offset or 1, 1)
        if error.end_lineno and error.end_offset and error.end_offset > 0:
            body["endLine"], body["endColumn"] = error.end_lineno, error.end_offset
    else:
        body["message"] = f"{type(error).__name__}: {error}"
    if "\0" in text:
        before = script_lines.split_lines(text[: text.index("\0")])
        body["line"], body["column"] = len(before), len(before[-1]) + 1
        body.pop("endLine", None)
        body.pop("endColumn", None)
    return body


def _by_line(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Statements in a row, those that share a line together: a line is run as one, and stopped at once."""
    group: list[ast.stmt] = []
    for node in body:
        if group and node.lineno > (group[-1].end_lineno or 0):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _is_string(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
