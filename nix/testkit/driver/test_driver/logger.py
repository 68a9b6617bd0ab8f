"""Where a test's messages go: the terminal, and on demand an XML log and a JUnit report."""

import html
import os
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

Attributes = Mapping[str, str]
LOG_LEVELS = ("debug", "info", "warning", "error")


class AbstractLogger(ABC):
    """What every logger understands. `attributes` may hold `machine`, the name of the one a message is about."""

    @abstractmethod
    def log(self, message: str, attributes: Attributes | None = None) -> None:
        """Take a line of the test's course; log levels do not filter it."""

    @abstractmethod
    def nested(self, message: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        """Open a step: what is logged inside belongs to it, and its end tells how long it took."""

    @abstractmethod
    def subtest(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        """Open a named part of the test that passes or fails by itself."""

    def debug(self, message: str, attributes: Attributes | None = None) -> None:
        """Take a message that only the driver's own developers want."""

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        """Take a remark."""

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        """Take a warning."""

    def error(self, message: str, attributes: Attributes | None = None) -> None:
        """Take an error of the driver."""

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        """Take a line of the report about a failed test."""

    def log_serial(self, message: str, machine: str) -> None:
        """Take a line that `machine` printed on its serial console; called on a thread of that machine."""

    def print_serial_logs(self, enable: bool) -> None:
        """Show serial lines from now on, or keep them out of sight."""

    def set_log_level(self, level: str) -> None:
        """Drop remarks below `level`, one of debug, info, warning, error."""

    def close(self) -> None:
        """Write what is still held back."""


class CompositeLogger(AbstractLogger):
    """All loggers of a run; what it is told it tells each in `logger_list`."""

    def __init__(self, logger_list: list[AbstractLogger]) -> None:
        self.logger_list = logger_list

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.log(message, attributes)

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        with ExitStack() as stack:
            for logger in self.logger_list:
                stack.enter_context(logger.nested(message, attributes))
            yield

    @contextmanager
    def subtest(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        with ExitStack() as stack:
            for logger in self.logger_list:
                stack.enter_context(logger.subtest(name, attributes))
            yield

    def debug(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.debug(message, attributes)

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.info(message, attributes)

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.warning(message, attributes)

    def error(self, message: str, attributes: Attributes | None = None) -> NoReturn:
        """Take an error and end the driver with exit code 1."""
        for logger in self.logger_list:
            logger.error(message, attributes)
        sys.exit(1)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.log_test_error(message, attributes)

    def log_serial(self, message: str, machine: str) -> None:
        for logger in self.logger_list:
            logger.log_serial(message, machine)

    def print_serial_logs(self, enable: bool) -> None:
        for logger in self.logger_list:
            logger.print_serial_logs(enable)

    def set_log_level(self, level: str) -> None:
        for logger in self.logger_list:
            logger.set_log_level(level)

    def close(self) -> None:
        for logger in self.logger_list:
            logger.close()


class TerminalLogger(AbstractLogger):
    """Lines on standard error for people: steps in green, serial output dim, failures red behind `!!!`."""

    def __init__(self) -> None:
        self._level = LOG_LEVELS.index("info")
        self._shows_serial = True
        self._colours = not os.environ.get("NO_COLOR")

    def _styled(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colours else text

    def _print(self, text: str, attributes: Attributes | None = None) -> None:
        machine = (attributes or {}).get("machine")
        # One write a line: serial threads print too.
        sys.stderr.write(f"{machine}: {text}\n" if machine else f"{text}\n")
        sys.stderr.flush()

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        self._print(message, attributes)

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        self._print(self._styled("1;32", message), attributes)
        begin = time.monotonic()
        yield
        # A step that raises did not finish, so it says nothing here.
        self._print(f"(finished: {message}, in {time.monotonic() - begin:.2f} seconds)", attributes)

    def subtest(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        return self.nested(f"subtest: {name}", attributes)

    def _remark(self, level: str, message: str, attributes: Attributes | None) -> None:
        if LOG_LEVELS.index(level) >= self._level:
            self._print(message, attributes)

    def debug(self, message: str, attributes: Attributes | None = None) -> None:
        self._remark("debug", message, attributes)

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        self._remark("info", message, attributes)

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        self._remark("warning", self._styled("33", f"warning: {message}"), attributes)

    def error(self, message: str, attributes: Attributes | None = None) -> None:
        self._remark("error", self._styled("1;31", f"error: {message}"), attributes)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        self._print(self._styled("1;31", "!!! ") + message, attributes)

    def log_serial(self, message: str, machine: str) -> None:
        if self._shows_serial:
            self._print(self._styled("2", f"{machine} # {message}"))

    def print_serial_logs(self, enable: bool) -> None:
        self._shows_serial = enable

    def set_log_level(self, level: str) -> None:
        self._level = LOG_LEVELS.index(level)


class XMLLogger(AbstractLogger):
    """The whole course of a test as XML, in the file that the environment variable LOGFILE names."""

    def __init__(self, file: str) -> None:
        self._stream = Path(file).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the logger
        self._stream.write('<?xml version="1.0" encoding="utf-8"?>\n<logfile>\n')

    def _element(self, name: str, text: str, attributes: Attributes | None) -> None:
        quoted = "".join(f' {key}="{xml_text(value)}"' for key, value in (attributes or {}).items())
        self._stream.write(f"<{name}{quoted}>{xml_text(text)}</{name}>\n")

    def _line(self, message: str, attributes: Attributes | None) -> None:
        self._element("line", message, attributes)

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        self._line(message, attributes)

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        self._stream.write("<nest>")
        self._element("head", message, attributes)
        try:
            yield
        finally:
            self._stream.write("</nest>\n")

    def subtest(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        return self.nested(f"subtest: {name}", attributes)

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        self._line(message, attributes)

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        self._line(message, attributes)

    def error(self, message: str, attributes: Attributes | None = None) -> None:
        self._line(message, attributes)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        self._line(message, attributes)

    def log_serial(self, message: str, machine: str) -> None:
        self._line(message, {"machine": machine, "type": "serial"})

    def close(self) -> None:
        self._stream.write("</logfile>\n")
        self._stream.close()


class JunitXMLLogger(AbstractLogger):
    """A JUnit report: the test case `main`, and one for each subtest."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begin = time.monotonic()
        self._output: list[str] = []
        self._failures: list[str] = []
        self._cases: list[tuple[str, float, BaseException | None]] = []

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        self._output.append(message)

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        self._output.append(message)
        yield

    @contextmanager
    def subtest(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        begin = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._cases.append((name, time.monotonic() - begin, error))
            raise
        self._cases.append((name, time.monotonic() - begin, None))

    def error(self, message: str, attributes: Attributes | None = None) -> None:
        self._failures.append(message)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        self._failures.append(message)

    def close(self) -> None:
        failed = len([case for case in self._cases if case[2]]) + bool(self._failures)
        suite = ElementTree.Element(
            "testsuite", name="NixOS test", tests=str(len(self._cases) + 1), failures=str(failed)
        )
        main = ElementTree.SubElement(suite, "testcase", name="main", time=f"{time.monotonic() - self._begin:.3f}")
        if self._failures:
            ElementTree.SubElement(main, "failure", message=printable(self._failures[-1])).text = printable(
                "\n".join(self._failures)
            )
        ElementTree.SubElement(main, "system-out").text = printable("\n".join(self._output))
        for name, seconds, error in self._cases:
            case = ElementTree.SubElement(suite, "testcase", name=printable(name), time=f"{seconds:.3f}")
            if error:
                ElementTree.SubElement(case, "failure", message=printable(str(error)), type=type(error).__name__)
        ElementTree.ElementTree(suite).write(self._file, encoding="utf-8", xml_declaration=True)


def printable(text: str) -> str:
    """The text without the control characters that XML cannot hold."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


def xml_text(text: str) -> str:
    """The text as the content of an XML element or attribute."""
    return html.escape(printable(text))
