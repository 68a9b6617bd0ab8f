"""Which lines of a script are statements, and which line events enter one. Pure: text in, values out.

The interpreter reports lines, people think in statements. A call over three lines reports its first line twice, a
`with` statement reports its line again when its block ends, and neither is a place to stop a second time. So the
lines of each scope are divided into units: a statement's header, a decorator, an `except` or `case` clause, the body
of a lambda, an element of a comprehension on a line of its own. A unit has one line that stands for it, the anchor.
A unit is entered when control comes from outside of it and of the units that belong to it; this is read off the byte
code, once per code object, when the first event there asks.
"""

from __future__ import annotations

import ast
import bisect
import dis
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Final, Literal

MODULE: Final = ("<module>", 0)

ScopeKey = tuple[str, int]
"""Name and first line of a code object, which is how a scope of the text and its code objects find each other."""


Kind = Literal["statement", "loop", "decorated", "part"]
"""What enters a unit again, or does not.

loop: has its body on the same line, so that each turn enters it. decorated: decorators are evaluated downwards, then
called upwards, and only the first time enters one. part: of an expression; a jump there is not worth a stop.
"""


@dataclass(frozen=True, eq=False)
class Unit:
    """Lines that make one step. `column` counts UTF-8 bytes from 0, as the `ast` module does."""

    anchor: int
    column: int
    parent: Unit | None = None
    """The unit this one belongs to: coming back from here to there does not enter it again."""
    kind: Kind = "statement"

    def belongs_to(self, other: Unit) -> bool:
        unit: Unit | None = self
        while unit is not None:
            if unit is other:
                return True
            unit = unit.parent
        return False


@dataclass
class Scope:
    """The units of a module, function, class, lambda or comprehension, by each line they cover."""

    units: dict[int, Unit] = field(default_factory=dict)
    one_line_loops: set[int] = field(default_factory=set)

    def anchors(self) -> set[int]:
        return {unit.anchor for unit in self.units.values()}

    def add(self, unit: Unit, last_line: int) -> Unit:
        """Let the unit cover its lines up to `last_line`, except those that an earlier unit already has."""
        if unit.kind == "loop":
            self.one_line_loops.add(unit.anchor)
        for line in range(unit.anchor, max(unit.anchor, last_line) + 1):
            self.units.setdefault(line, unit)
        return self.units[unit.anchor]


@dataclass(frozen=True)
class Block:
    """A run of statements of equal indentation: its lines, and the lines of its statements."""

    first: int
    last: int
    statements: tuple[tuple[int, int], ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Outline:
    """What the syntax tree says about lines."""

    scopes: dict[ScopeKey, Scope]
    block: Block

    def of(self, code: CodeType) -> Scope:
        """The scope of a code object; an empty one for code the interpreter made up."""
        return self.scopes.get(key(code), _NO_SCOPE)


_NO_SCOPE: Final = Scope()


def key(code: CodeType) -> ScopeKey:
    return MODULE if code.co_name == "<module>" else (code.co_name, code.co_firstlineno)


def split_lines(text: str) -> list[str]:
    """The lines as Python's tokenizer counts them; `str.splitlines` also splits at form feeds and others."""
    return re.split(r"\r\n|\r|\n", text)


def outline(tree: ast.Module, lines: Sequence[str]) -> Outline:
    walker = _Walker()
    walker.statements(tree.body, walker.scope(MODULE), None)
    return Outline(walker.scopes, _block(tree.body, 1, max(len(lines), 1), lines))


def nested(code: CodeType) -> Iterator[CodeType]:
    """The code object and all those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


def breakable(code: CodeType, scope: Scope) -> dict[int, set[int]]:
    """The anchors of the units that this code object runs, and for each the lines that it reports."""
    found: dict[int, set[int]] = {}
    for _, _, line in code.co_lines():
        unit = scope.units.get(line) if line is not None else None
        if unit is not None and line is not None:
            found.setdefault(unit.anchor, set()).add(line)
    return found


def move(line: int, hits: frozenset[int], plan: Outline) -> int | None:
    """The line where a breakpoint asked for at `line` hits, among `hits`; None when its block has none.

    A line with a statement stays. A line inside a statement goes up to the line that stands for the statement. Any
    other line goes down to the next statement of its block.
    """
    if line in hits:
        return line
    covering = [scope.units[line].anchor for scope in plan.scopes.values() if line in scope.units]
    if covering and max(covering) in hits and max(covering) < line:
        return max(covering)
    block = plan.block
    while True:
        inner = next((each for each in block.blocks if each.first <= line <= each.last), None)
        if inner is None:
            break
        block = inner
    for first, last in block.statements:
        if last < line:
            continue
        found = min((hit for hit in hits if max(first, line) <= hit <= last), default=None)
        if found is not None:
            return found
    return None


class Entries:
    """Of one code object: does a line event at this offset enter a unit?"""

    def __init__(self, code: CodeType, scope: Scope) -> None:
        self._scope = scope
        self._flow = _Flow(code)
        self._runs = [(start, line) for start, _, line in code.co_lines() if line is not None]
        self._starts = [start for start, _ in self._runs]
        self._known: dict[int, bool] = {}
        self._first: dict[Unit, int] = {}
        for start, line in self._runs:
            unit = scope.units.get(line)
            if unit is not None:
                self._first.setdefault(unit, start)

    def anchor(self, offset: int, line: int) -> int | None:
        """The anchor of the unit that is entered here; None where a unit goes on, or where there is none."""
        unit = self._scope.units.get(line)
        if unit is None:
            return None
        turns = offset in self._flow.loop_targets or offset in self._flow.loop_sources
        if turns and unit.kind == "loop":
            return unit.anchor
        # The event may come a little after the start of its run, past instructions that report nothing.
        index = bisect.bisect_right(self._starts, offset) - 1
        start = self._starts[index] if index >= 0 else offset
        if start != offset and turns:
            if offset in self._flow.loop_sources:
                return None
            start = offset
        entered = self._known.get(start)
        if entered is None:
            entered = self._known[start] = self._enters(start, unit)
        return unit.anchor if entered else None

    def _enters(self, start: int, unit: Unit) -> bool:
        if unit.kind == "decorated":
            return start == self._first[unit]
        if unit.kind == "part" and self._flow.is_passing(start):
            return False
        return self._flow.enters(start, unit, self._scope)


class _Walker(ast.NodeVisitor):
    """Collects the scopes. Statements are walked by hand; expressions are searched for lambdas and comprehensions."""

    def __init__(self) -> None:
        self.scopes: dict[ScopeKey, Scope] = {}

    def scope(self, key: ScopeKey) -> Scope:
        return self.scopes.setdefault(key, Scope())

    def statements(self, body: Iterable[ast.stmt], scope: Scope, parent: Unit | None) -> None:
        for statement in body:
            self.statement(statement, scope, parent)

    def statement(self, statement: ast.stmt, scope: Scope, parent: Unit | None) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.definition(statement, scope, parent)
            return
        body: list[ast.stmt] = getattr(statement, "body", [])
        cases: list[ast.match_case] = getattr(statement, "cases", [])
        loops = isinstance(statement, ast.For | ast.AsyncFor | ast.While) and body[0].lineno == statement.lineno
        unit = Unit(statement.lineno, statement.col_offset, parent, "loop" if loops else "statement")
        unit = scope.add(unit, _header_end(statement, body or cases))
        self.expressions(statement, scope, unit)
        for case in cases:
            clause = Unit(case.pattern.lineno, case.pattern.col_offset, parent)
            self.expressions(case, scope, scope.add(clause, _header_end(case.pattern, case.body)))
            self.statements(case.body, scope, parent)
        # The end of a `with` block reports the line of the `with` once more: its body belongs to it.
        owner = unit if isinstance(statement, ast.With | ast.AsyncWith) else parent
        self.statements(body, scope, owner)
        for handler in getattr(statement, "handlers", []):
            clause = Unit(handler.lineno, handler.col_offset, parent)
            clause = scope.add(clause, _header_end(handler, handler.body))
            self.expressions(handler, scope, clause)
            self.statements(handler.body, scope, clause)
        self.statements(getattr(statement, "orelse", []), scope, parent)
        self.statements(getattr(statement, "finalbody", []), scope, parent)

    def definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope, parent: Unit | None
    ) -> None:
        kind: Kind = "decorated" if node.decorator_list else "statement"
        for decorator in node.decorator_list:
            unit = Unit(decorator.lineno, decorator.col_offset, parent, kind)
            self.visit_expression(decorator, scope, scope.add(unit, decorator.end_lineno or 0))
        unit = Unit(node.lineno, node.col_offset, parent, kind)
        unit = scope.add(unit, _header_end(node, node.body))
        self.expressions(node, scope, unit)
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        self.statements(node.body, self.scope((node.name, first)), None)

    def expressions(self, node: ast.AST, scope: Scope, unit: Unit) -> None:
        """Search the expressions of a header; not the statements below it, not the decorators."""
        for name, value in ast.iter_fields(node):
            if name == "decorator_list":
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                    self.visit_expression(child, scope, unit)

    def visit_expression(self, node: ast.AST, scope: Scope, unit: Unit) -> None:
        pending = [(node, scope, unit)]
        while pending:
            node, scope, unit = pending.pop()
            if isinstance(node, ast.Lambda):
                inner = self.scope(("<lambda>", node.lineno))
                body = inner.add(Unit(node.body.lineno, node.body.col_offset), node.body.end_lineno or 0)
                pending.append((node.args, scope, unit))
                pending.append((node.body, inner, body))
            elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                self.comprehension(node, scope, unit)
            else:
                pending.extend((child, scope, unit) for child in ast.iter_child_nodes(node))

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope, unit: Unit
    ) -> None:
        """Element and conditions are units where they have a line of their own; on the statement's line, never.

        Since 3.12 most comprehensions run in the frame around them, before that in one of their own; both are noted.
        """
        inner = self.scope((_COMPREHENSIONS[type(node)], node.lineno))
        scopes = [inner] if isinstance(node, ast.GeneratorExp) else [scope, inner]
        parts: list[ast.expr] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for generator in node.generators:
            parts.extend(generator.ifs)
        for part in parts:
            for each in scopes:
                within = unit
                if part.lineno != unit.anchor:
                    current = each.units.get(part.lineno)
                    if current is None or current is unit:
                        within = Unit(part.lineno, part.col_offset, unit, "part")
                        for line in range(part.lineno, (part.end_lineno or part.lineno) + 1):
                            if each.units.get(line) in (None, unit):
                                each.units[line] = within
                self.visit_expression(part, each, within)
        for generator in node.generators:
            self.visit_expression(generator.iter, scope, unit)
            self.visit_expression(generator.target, scope, unit)


_COMPREHENSIONS: Final[dict[type[ast.expr], str]] = {
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


def start(node: ast.stmt | ast.match_case) -> int:
    """The first line, which is that of the first decorator."""
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _header_end(node: ast.stmt | ast.excepthandler | ast.pattern, body: Sequence[ast.stmt | ast.match_case]) -> int:
    """The last line of a compound statement's header, or of a simple statement."""
    if not body:
        return node.end_lineno or node.lineno
    ends = [node.lineno]
    for name, value in ast.iter_fields(node):
        if name in ("body", "orelse", "handlers", "finalbody", "cases", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                ends.extend(getattr(each, "end_lineno", None) or 0 for each in ast.walk(child))
    return min(max(ends), max(start(body[0]) - 1, node.lineno))


def _block(body: Sequence[ast.stmt], first: int, last: int, lines: Sequence[str]) -> Block:
    inner: list[Block] = []
    for statement in body:
        inner.extend(_inner_blocks(statement, lines))
    spans = tuple((start(statement), statement.end_lineno or statement.lineno) for statement in body)
    return Block(first, last, spans, tuple(inner))


def _inner_blocks(statement: ast.stmt, lines: Sequence[str]) -> list[Block]:
    """The blocks of a compound statement. One ends where the keyword of the next begins."""
    bodies: list[Sequence[ast.stmt]] = [getattr(statement, "body", [])]
    bodies.extend(case.body for case in getattr(statement, "cases", []))
    bodies.extend(handler.body for handler in getattr(statement, "handlers", []))
    bodies.extend([getattr(statement, "orelse", []), getattr(statement, "finalbody", [])])
    bodies = [body for body in bodies if body]
    blocks: list[Block] = []
    for index, body in enumerate(bodies):
        end = statement.end_lineno or statement.lineno
        if index + 1 < len(bodies):
            end = _keyword_before(bodies[index + 1][0], body[-1].end_lineno or 0, lines) - 1
        first = blocks[-1].last + 1 if blocks else max(statement.lineno + 1, 1)
        blocks.append(_block(body, min(first, start(body[0])), end, lines))
    return blocks


def _keyword_before(statement: ast.stmt, previous_end: int, lines: Sequence[str]) -> int:
    """The line of `else`, `except`, `case` or `finally` between two blocks."""
    for line in range(previous_end + 1, start(statement) + 1):
        if re.match(r"\s*(else|elif|except|case|finally)\b", lines[line - 1]):
            return line
    return start(statement)


@dataclass
class _Instruction:
    line: int | None
    """None where the instruction belongs to no statement, and only lets control pass."""
    predecessors: list[int] = field(default_factory=list)


_NO_NEXT: Final = frozenset(
    {
        "RETURN_VALUE",
        "RETURN_CONST",
        "RAISE_VARARGS",
        "RERAISE",
        "JUMP_FORWARD",
        "JUMP_ABSOLUTE",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
    }
)


_PASSING: Final = frozenset(
    {
        "GEN_START",
        "JUMP_FORWARD",
        "JUMP_ABSOLUTE",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "EXTENDED_ARG",
        "LIST_APPEND",
        "SET_ADD",
        "MAP_ADD",
        "RETURN_VALUE",
    }
)


class _Flow:
    """The instructions of a code object, and from where control reaches each."""

    def __init__(self, code: CodeType) -> None:
        self._instructions: dict[int, _Instruction] = {}
        self.loop_targets: set[int] = set()
        self.loop_sources: set[int] = set()
        line_at = _LineTable(code)
        jumps: list[tuple[int, int]] = []
        previous: int | None = None
        instructions = list(dis.get_instructions(code))
        # What comes before RESUME makes generators and cells, and belongs to no statement.
        resume = next((each.offset for each in instructions if each.opname == "RESUME"), -1)
        for instruction in instructions:
            offset = instruction.offset
            passing = offset <= resume or instruction.opname in _PASSING
            found = self._instructions[offset] = _Instruction(None if passing else line_at(offset))
            # 3.13 folds EXTENDED_ARG into the instruction it extends; lines begin at the former.
            start: int = getattr(instruction, "start_offset", offset)
            if start != offset:
                self._instructions[start] = found
            if previous is not None:
                found.predecessors.append(previous)
            previous = None if instruction.opname in _NO_NEXT else offset
            if instruction.opcode in _JUMPS and isinstance(instruction.argval, int):
                jumps.append((offset, instruction.argval))
                if instruction.argval <= offset:
                    self.loop_targets.add(instruction.argval)
                    self.loop_sources.add(offset)
        for source, target in jumps:
            if target in self._instructions:
                self._instructions[target].predecessors.append(source)
        offsets = sorted(self._instructions)
        for entry in getattr(dis.Bytecode(code), "exception_entries", ()):
            handler = self._instructions.get(entry.target)
            if handler is not None:
                low, high = bisect.bisect_left(offsets, entry.start), bisect.bisect_left(offsets, entry.end)
                handler.predecessors.extend(offsets[low:high])

    def is_passing(self, offset: int) -> bool:
        return offset in self._instructions and self._instructions[offset].line is None

    def enters(self, offset: int, unit: Unit, scope: Scope) -> bool:
        """Whether control can reach the instruction from outside of the unit and of what belongs to it."""
        pending = [offset]
        seen: set[int] = set()
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            instruction = self._instructions.get(current)
            if instruction is None or not instruction.predecessors:
                return True
            for source in instruction.predecessors:
                before = self._instructions[source]
                origin = scope.units.get(before.line) if before.line is not None else None
                if before.line is None:
                    pending.append(source)
                elif origin is None or not origin.belongs_to(unit):
                    return True
        return False


_JUMPS: Final = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)


class _LineTable:
    def __init__(self, code: CodeType) -> None:
        ranges = [(start, line) for start, _, line in code.co_lines()]
        self._starts = [start for start, _ in ranges]
        self._lines = [line for _, line in ranges]

    def __call__(self, offset: int) -> int | None:
        index = bisect.bisect_right(self._starts, offset) - 1
        return self._lines[index] if index >= 0 else None
