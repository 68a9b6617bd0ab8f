"""A JUnit report of a test, for programs that collect results."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from test_driver.logger_base import Attributes, FilteringLogger, LogLevel
from test_driver.logger_xml import printable


class _Case:
    """A test case: the time spent in it alone, what was logged meanwhile, and what failed it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seconds = 0.0
        self.output: list[str] = []
        self.errors: list[str] = []
        self.failure: BaseException | None = None

    def element(self) -> ElementTree.Element:
        case = ElementTree.Element("testcase", name=printable(self.name), time=f"{self.seconds:.3f}")
        if self.failure is not None:
            kind, message = type(self.failure).__name__, printable(self.failure)
            ElementTree.SubElement(case, "failure", type=kind, message=message).text = f"{kind}: {message}"
        for name, lines in (("system-out", self.output), ("system-err", self.errors)):
            if lines:
                ElementTree.SubElement(case, name).text = printable("\n".join(lines))
        return case


class JunitXMLLogger(FilteringLogger):
    """The test case `main`, which is everything outside subtests, and one for each subtest.

    A case fails by an exception that leaves it, and each exception fails one case alone: that of the innermost subtest
    which it left. Times are seconds without those of subtests inside. The file is written when the log is closed.
    """

    def __init__(self, outfile: Path) -> None:
        super().__init__()
        self._outfile = outfile
        self._main = _Case("main")
        self._cases = [self._main]
        self._open = [self._main]
        self._steps = 0
        self._last_switch = time.monotonic()

    def _charge(self) -> None:
        """Put the time since the last begin or end of a case on the account of the one it was spent in."""
        now = time.monotonic()
        self._open[-1].seconds += now - self._last_switch
        self._last_switch = now

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        self._open[-1].output.append(str(message))

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        self.log(message)
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._steps += 1
        try:
            yield
        except BaseException as error:
            # What leaves an outermost step of the main thread leaves the script.
            if self._steps == 1:
                self._fail(self._main, error)
            raise
        finally:
            self._steps -= 1

    @contextmanager
    def subtest(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        self._charge()
        case = _Case(name)
        self._cases.append(case)
        self._open.append(case)
        try:
            yield
        except BaseException as error:
            self._fail(case, error)
            raise
        finally:
            self._charge()
            self._open.remove(case)

    def _fail(self, case: _Case, error: BaseException) -> None:
        if isinstance(error, SystemExit):
            if error.code in (None, 0):
                return
            # A failed script ends the driver; the failure is what the end was raised in the wake of.
            error = error.__context__ or error
        if all(error is not other.failure for other in self._cases):
            case.failure = error

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        self._open[-1].errors.append(str(message))

    def _remark(self, level: LogLevel, message: str, attributes: Attributes) -> None:
        case = self._open[-1]
        (case.errors if level == LogLevel.ERROR else case.output).append(str(message))

    def _serial(self, message: str, machine: str) -> None:
        self.log(f"{machine} # {message}")

    def close(self) -> None:
        self._charge()
        counts = {
            "tests": str(len(self._cases)),
            "failures": str(len([case for case in self._cases if case.failure is not None])),
            "time": f"{sum(case.seconds for case in self._cases):.3f}",
        }
        suites = ElementTree.Element("testsuites", counts)
        suite = ElementTree.SubElement(suites, "testsuite", {"name": "NixOS integration test", **counts})
        suite.extend([case.element() for case in self._cases])
        ElementTree.ElementTree(suites).write(self._outfile, encoding="utf-8", xml_declaration=True)
