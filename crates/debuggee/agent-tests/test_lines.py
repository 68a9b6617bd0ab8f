"""Which line events begin a statement: every kind of statement, counted, on each tracing back end.

In `fixtures/statements.py.txt` each line says how often it is entered. In this one file tests do not start a driver:
the tracing runs in the test's own process.
"""

from __future__ import annotations

import os
import re
import sys
import unittest
from collections import Counter
from pathlib import Path
from types import FrameType
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "agent"))

from cases import BACK_ENDS
from nixtest_agent import lines, script, tracing

FIXTURE = Path(__file__).resolve().parent / "fixtures" / "statements.py.txt"


class Counting:
    """Counts the statements entered, by line and code object."""

    def __init__(self, subject: script.Script) -> None:
        self.subject = subject
        self.entered: Counter[tuple[int, str]] = Counter()

    def on_line(self, frame: FrameType, line: int, begins: bool) -> None:
        anchor = line if begins else self.subject.entered(frame.f_code, frame.f_lasti, line)
        if anchor is not None:
            self.entered[anchor, frame.f_code.co_name] += 1

    def on_raise(self, frame: FrameType, error: BaseException) -> None:
        return

    def on_return(self, frame: FrameType, value: object) -> None:
        return

    def on_start(self, frame: FrameType) -> None:
        return

    def on_leaving(self, frame: FrameType, error: BaseException) -> None:
        return


def expected(text: str) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        marked = re.search(r"#= (.*)$", line)
        if marked is not None:
            pairs = [part.split() for part in marked.group(1).split(", ")]
            found[number] = {(pair[0] if len(pair) == 2 else "<module>"): int(pair[-1]) for pair in pairs}
    return found


def count(back_end: str, text: str) -> dict[int, dict[str, int]]:
    subject = script.Script(text)
    interest = tracing.Interest(alert=True)
    for statement in subject.statements:
        for code in statement.codes:
            interest.codes[id(code)] = code
            if loops := subject.one_line_loops(code):
                interest.one_line_loops[id(code)] = loops
    observer = Counting(subject)
    with mock.patch.dict(os.environ, {"NIXTEST_DAP_TRACING": back_end}):
        chosen = tracing.choose(observer, interest)
    if chosen.name != back_end:
        raise AssertionError(f"{back_end} is not to be had")
    chosen.start()
    try:
        names: dict[str, object] = {}
        for statement in subject.statements:
            chosen.adopt(statement.codes)
            exec(statement.code, names)
    finally:
        chosen.stop()
    found: dict[int, dict[str, int]] = {}
    for (line, name), times in observer.entered.items():
        # Comprehensions have a code object of their own before 3.12, and none after.
        kind = "comp" if name.endswith("comp>") or _is_element(text, line) else name
        found.setdefault(line, {})[kind] = times
    return found


def _is_element(text: str, line: int) -> bool:
    return "#= comp" in text.split("\n")[line - 1]


class Statements(unittest.TestCase):
    maxDiff = None

    def test_every_statement_is_entered_as_often_as_it_runs(self) -> None:
        text = FIXTURE.read_text()
        lines_of_text = text.split("\n")
        for back_end in BACK_ENDS:
            with self.subTest(back_end):
                found, wanted = count(back_end, text), expected(text)
                # `with held("a"), \` cannot carry a remark.
                for line in [line for line in found if lines_of_text[line - 1].endswith("\\")]:
                    self.assertEqual(found.pop(line), {"deep": 1})
                # 3.13 gives the test of a condition to the line of the element, also where it fails.
                element = lines_of_text.index("  v: v") + 1
                self.assertIn(sum(found.pop(element).values()), (2, 3))
                different = {
                    f"{line}: {lines_of_text[line - 1].strip()}": (found.get(line), wanted.get(line))
                    for line in found.keys() | wanted.keys()
                    if found.get(line) != wanted.get(line)
                }
                self.assertEqual(different, {})

    def test_a_breakpoint_can_hit_wherever_a_statement_is_entered(self) -> None:
        text = FIXTURE.read_text()
        hits = script.Script(text).hits
        self.assertEqual([line for line in expected(text) if line not in hits], [])


class Text(unittest.TestCase):
    def test_lines_end_where_python_says(self) -> None:
        self.assertEqual(lines.split_lines("a\r\nb\rc\nd\x0ce\u2028f"), ["a", "b", "c", "d\x0ce\u2028f"])

    def test_columns_count_code_points(self) -> None:
        subject = script.Script("x = 'ä😀'; y = 1\n")
        self.assertEqual(subject.character(1, len("x = 'ä😀'; ".encode())), 11)

    def test_a_module_without_statements(self) -> None:
        for text in ("", "# only a remark", "\n\n"):
            self.assertEqual(script.Script(text).hits, frozenset())

    def test_a_string_in_the_middle_is_no_docstring(self) -> None:
        names: dict[str, object] = {}
        for statement in script.Script("a = 1\n'text'\n").statements:
            exec(statement.code, names)
        self.assertNotIn("__doc__", names)
