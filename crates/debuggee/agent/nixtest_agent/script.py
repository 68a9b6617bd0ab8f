"""The script: compiled whole first, then cut into top-level statements that run in turn in the same globals.

Compiled whole, it fails as the driver's own `exec` of the text would. Cut, it gives a place between statements where
the agent is in control. File name and line numbers stay those of the driver: `<string>`, counted from 1.
"""

from __future__ import annotations
import __future__

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from . import lines as script_lines
from .link import Json

FILE: Final = "<string>"

_FUTURE_FLAGS: Final = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


@dataclass(frozen=True)
class Statement:
    """One top-level statement, or several on one line, and every code object in it."""

    code: CodeType
    codes: tuple[CodeType, ...]
    line: int
    last_line: int


class Script:
    """One text, compiled. Raises what the driver's own compilation of the text raises."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: Final = script_lines.split_lines(text)
        whole = compile(text, FILE, "exec", 0, True)
        self.flags: Final = whole.co_flags & _FUTURE_FLAGS
        with warnings.catch_warnings():
            # The whole text has been compiled above and has given its warnings.
            warnings.simplefilter("ignore")
            tree: Any = compile(text, FILE, "exec", ast.PyCF_ONLY_AST, True)
            self.tree: Final[ast.Module] = tree
            self.outline: Final = script_lines.outline(tree, self.lines)
            self.statements: Final = tuple(self._statements(tree))
        self._tops = {id(statement.code) for statement in self.statements}
        self._codes = {id(code): code for statement in self.statements for code in statement.codes}
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
        """For `nixtest/script`: the text, and for each line where a breakpoint can hit where its statement begins."""
        lines = sorted(self.hits)
        columns = [self.column(line) for line in lines]
        return {"text": self.text, "file": FILE, "statementLines": lines, "statementColumns": columns}

    def owns(self, code: CodeType) -> bool:
        """By identity: other code is called `<string>` too, such as what `dataclasses` makes."""
        return id(code) in self._codes

    def is_top_level(self, code: CodeType) -> bool:
        return id(code) in self._tops

    def entered(self, code: CodeType, offset: int, line: int) -> int | None:
        """The line of the statement that a line event begins; None where the event goes on with one."""
        return self._entries_of(code).anchor(offset, line)

    def one_line_loops(self, code: CodeType) -> frozenset[int]:
        """Lines that repeat without a new line event under `sys.monitoring`."""
        loops = self.outline.of(code).one_line_loops
        return frozenset(line for _, _, line in code.co_lines() if line in loops) if loops else frozenset()

    def _entries_of(self, code: CodeType) -> script_lines.Entries:
        entries = self._entries.get(id(code))
        if entries is None:
            entries = self._entries[id(code)] = script_lines.Entries(code, self.outline.of(code))
        return entries

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
            module = ast.Module(body=group, type_ignores=[])
            code = compile(module, FILE, "exec", self.flags, True)
            first, last = script_lines.start(group[0]), group[-1]
            yield Statement(code, tuple(script_lines.nested(code)), first, last.end_lineno or last.lineno)


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
