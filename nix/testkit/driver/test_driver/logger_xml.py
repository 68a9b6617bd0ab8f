"""The whole course of a test as XML, for programs: the file that the environment variable LOGFILE names."""

import html
import re
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from test_driver.logger_base import Attributes, FilteringLogger, LogLevel
from test_driver.logger_terminal import finished

UNSPEAKABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to write."""


class XMLLogger(FilteringLogger):
    """Lines are `<line>`, steps are `<nest>` with a `<head>`; the attribute `machine` says whose they are.

    Every line is in the file as soon as it is logged. The file is well-formed after a failed test too, and incomplete
    only when the driver was killed.
    """

    def __init__(self, outfile: str) -> None:
        """Begin the file `outfile`; raises OSError if it cannot be written."""
        super().__init__()
        self._stream = Path(outfile).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open as long as the logger
        self._lock = threading.Lock()
        self._open_steps = 0
        self._write('<?xml version="1.0" encoding="utf-8"?>\n<logfile>\n')

    def _write(self, text: str, steps: int = 0) -> None:
        """Write whole elements, and the begin (`steps` 1) or end (-1) of a step."""
        # Threads of machines may still have something to say when the log is closed.
        with self._lock:
            if not self._stream.closed:
                self._open_steps += steps
                self._stream.write(text)

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        self._write(element("line", message, attributes) + "\n")

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        self._write(f"<nest>{element('head', message, attributes)}\n", steps=1)
        begin = time.monotonic()
        try:
            yield
            self.log(finished(message, begin))
        finally:
            self._write("</nest>\n", steps=-1)

    def subtest(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        return self.nested(f"subtest: {name}", attributes)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        self.log(message, attributes)

    def _remark(self, level: LogLevel, message: str, attributes: Attributes) -> None:
        self.log(message, attributes)

    def _serial(self, message: str, machine: str) -> None:
        self.log(message, {"machine": machine, "type": "serial"})

    def close(self) -> None:
        # A script that does not let itself be ended is still in its steps.
        self._write("</nest>\n" * self._open_steps + "</logfile>\n")
        with self._lock:
            self._stream.close()


def printable(text: object) -> str:
    """The text without the characters that XML cannot hold."""
    return UNSPEAKABLE.sub("", str(text))


def element(name: str, text: str, attributes: Attributes | None) -> str:
    """An XML element with `text` inside; what cannot be part of an attribute's name becomes `_`."""
    quoted = "".join(
        f' {re.sub("^[^A-Za-z_]|[^A-Za-z0-9_.-]", "_", key)}="{html.escape(printable(value))}"'
        for key, value in (attributes or {}).items()
    )
    return f"<{name}{quoted}>{html.escape(printable(text))}</{name}>"
