"""The order of a run: the top-level statements of the script, which of them runs, and which is next."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .script import Script, Statement


@dataclass(frozen=True)
class Difference:
    """What a new text has otherwise before the place that the run has reached, so that it does not count.

    The lines are those of the new text; where a statement was removed, those where it stood in the old one.
    """

    kind: Literal["changed", "added", "removed"]
    line: int
    last_line: int


class Program:
    """Of one run. Changed by the thread that runs it and by requests, so each step is taken under a lock."""

    def __init__(self, script: Script) -> None:
        self.statements: list[Statement] = list(script.statements)
        self.current = -1
        """The index of the statement that runs or ran last; -1 before the first."""
        self.is_executing = False
        """The current statement is under way, so it has to be left before another one can run."""
        self._next = 0
        self._arrival: int | None = None
        self._is_redirected = False
        self._lock = threading.Lock()

    def take(self) -> Statement | None:
        """The next statement, which becomes the current one; None at the end."""
        with self._lock:
            self._is_redirected = False
            if self._next >= len(self.statements):
                self._next = len(self.statements)
                return None
            self.current = self._next
            self._next += 1
            return self.statements[self.current]

    def go_to(self, index: int, line: int | None = None) -> None:
        """Run the statement of this index next, and stop in it at the line, or at its first."""
        with self._lock:
            self._next = max(index, 0)
            found = self.statements[self._next].line if self._next < len(self.statements) else None
            self._arrival = line or found
            self._is_redirected = True

    def index_of(self, line: int) -> int | None:
        """The index of the statement that covers the line."""
        with self._lock:
            covering = (i for i, each in enumerate(self.statements) if each.line <= line <= each.last_line)
            return next(covering, None)

    def is_at_end(self) -> bool:
        """No statement is left."""
        return self._next >= len(self.statements)

    def is_redirected(self) -> bool:
        """Another statement than the following one has been asked for, and not begun."""
        return self._is_redirected

    def arrival(self) -> int | None:
        """The line at which the statement just taken has to stop; told once."""
        with self._lock:
            line, self._arrival = self._arrival, None
            return line

    def replace(self, script: Script) -> list[Difference]:
        """Go on with the statements of another text. Those that ran are taken as run, whatever they say now."""
        with self._lock:
            old, new = self.statements, list(script.statements)
            pairs = align(old, new)
            reached, differences = _reached(old, new, pairs, self._next)
            self.current = reached - 1 if self.current + 1 == self._next else _moved(pairs, self.current, reached - 1)
            self._next = reached
            self._arrival = None
            self.statements = new
            return differences


def align(old: Sequence[Statement], new: Sequence[Statement]) -> list[tuple[int, int]]:
    """Which statements are the same, by index, ascending: from the front, from the end, then the best between."""
    front = 0
    while front < min(len(old), len(new)) and old[front].key == new[front].key:
        front += 1
    end = 0
    while end < min(len(old), len(new)) - front and old[-1 - end].key == new[-1 - end].key:
        end += 1
    keys = [[each.key for each in side[front : len(side) - end]] for side in (old, new)]
    blocks = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_matching_blocks()
    middle = [(front + i + n, front + j + n) for i, j, count in blocks for n in range(count)]
    pairs = [(each, each) for each in range(front)]
    return pairs + middle + [(len(old) - n, len(new) - n) for n in range(end, 0, -1)]


def _reached(
    old: Sequence[Statement], new: Sequence[Statement], pairs: list[tuple[int, int]], started: int
) -> tuple[int, list[Difference]]:
    """How many statements of the new text count as run when so many of the old one were started."""
    differences: list[Difference] = []
    reached = 0
    run_pairs = [pair for pair in pairs if pair[0] < started]
    after = next((there for here, there in pairs if here >= started), len(new))
    bounds = [(-1, -1), *run_pairs, (started, after)]
    for (here, there), (next_here, next_there) in zip(bounds, bounds[1:], strict=False):
        is_last = next_here == started
        gone = range(here + 1, next_here)
        come = range(there + 1, next_there)
        count = min(len(gone), len(come))
        for index in come[:count]:
            differences.append(Difference("changed", new[index].line, new[index].last_line))
        for index in gone[count:]:
            differences.append(Difference("removed", old[index].line, old[index].last_line))
        if not is_last:
            for index in come[count:]:
                differences.append(Difference("added", new[index].line, new[index].last_line))
        reached = there + 1 + count if is_last else next_there + 1
    return reached, differences


def _moved(pairs: list[tuple[int, int]], index: int, otherwise: int) -> int:
    return next((there for here, there in pairs if here == index), otherwise)
