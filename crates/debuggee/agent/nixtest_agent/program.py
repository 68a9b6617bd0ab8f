"""The order of a run: the top-level statements of the script, which of them runs, and which is next."""

from __future__ import annotations

import threading

from .script import Script, Statement


class Program:
    """Of one run. Changed by the thread that runs it and by requests, so each step is taken under a lock."""

    def __init__(self, script: Script) -> None:
        self.statements: list[Statement] = list(script.statements)
        self.current = -1
        """The index of the statement that runs or ran last; -1 before the first."""
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
            self._next = index
            found = self.statements[index].line if index < len(self.statements) else None
            self._arrival = line or found
            self._is_redirected = True

    def is_redirected(self) -> bool:
        """Another statement than the following one has been asked for, and not begun."""
        return self._is_redirected

    def arrival(self) -> int | None:
        """The line at which the statement just taken has to stop; told once."""
        with self._lock:
            line, self._arrival = self._arrival, None
            return line
