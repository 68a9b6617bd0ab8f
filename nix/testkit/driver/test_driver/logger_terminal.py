"""The log that people read while a test runs: lines on standard error."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from test_driver.logger_base import Attributes, FilteringLogger, LogLevel

STEP, DIM, FAILURE = "1;32", "2", "31"


def styled(style: str, text: str) -> str:
    """The text in a style of the terminal, such as `1;32`; plain if NO_COLOR is set."""
    return f"\x1b[{style}m{text}\x1b[0m" if not os.environ.get("NO_COLOR") else text


def nobody_reads() -> None:
    """Sends standard error nowhere from now on: whoever read it has left, and the machines still have to be ended."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


class TerminalLogger(FilteringLogger):
    """Lines on standard error: steps in green, serial output dim, failures behind a red `!!!`."""

    def _print(self, text: str, attributes: Attributes | None = None) -> None:
        machine = (attributes or {}).get("machine")
        try:
            # One write a line: threads of machines print too.
            sys.stderr.write(f"{machine}: {text}\n" if machine else f"{text}\n")
            sys.stderr.flush()
        except BrokenPipeError:
            nobody_reads()

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        self._print(message, attributes)

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        self._print(styled(STEP, message), attributes)
        begin = time.monotonic()
        yield
        # A step that raises did not finish, so it says nothing here.
        self._print(finished(message, begin), attributes)

    def subtest(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        return self.nested(f"subtest: {name}", attributes)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        self._print(styled(FAILURE, "!!! ") + message, attributes)

    def _remark(self, level: LogLevel, message: str, attributes: Attributes) -> None:
        self._print(styled(DIM, message) if level == LogLevel.DEBUG else message, attributes)

    def _serial(self, message: str, machine: str) -> None:
        self._print(styled(DIM, f"{machine} # {message}"))


def finished(message: str, begin: float) -> str:
    """What the end of a step says that began at `begin` of the monotonic clock."""
    return f"(finished: {message}, in {time.monotonic() - begin:.2f} seconds)"
