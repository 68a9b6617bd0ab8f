"""What all loggers understand, and the one that tells all others."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import IntEnum
from typing import NoReturn

Attributes = Mapping[str, str]
"""What else is known of a message: `machine`, the name of the one it is about; `image`, the name of a picture."""


class LogLevel(IntEnum):
    """How important a remark is. Steps, lines of the test's course and machine output have no level."""

    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


LOG_LEVELS = {level.name.lower(): level for level in LogLevel}
"""The levels by the words of the command line, the least important first."""


class AbstractLogger(ABC):
    """What every logger understands. In a script it is called `log`."""

    @abstractmethod
    def log(self, message: str, attributes: Attributes | None = None) -> None:
        """Write a line of the test's course; log levels do not filter it."""

    @abstractmethod
    def nested(self, message: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        """Open a step, as `with log.nested("…"):`. What is logged inside belongs to it.

        Its end tells how long it took, in seconds; a step that raises did not finish and says nothing.
        """

    @abstractmethod
    def subtest(self, name: str, attributes: Attributes | None = None) -> AbstractContextManager[None]:
        """Open a named part of the test that passes or fails by itself, as `with log.subtest("…"):`.

        Scripts use `subtest`, which also reports the failure.
        """

    def debug(self, message: str, attributes: Attributes | None = None) -> None:
        """Write a message that only the driver's own developers want; shown at log level `debug`."""

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        """Write a remark; shown at log levels `debug` and `info` (the default)."""

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        """Write a warning; shown at all log levels but `error`."""

    def error(self, message: str, attributes: Attributes | None = None) -> None:
        """Write an error; all log levels show it. The script's `log` ends the driver with exit code 1 after that."""

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        """Write a line of the report about a failed test, marked with `!!!`; the test goes on."""

    def log_serial(self, message: str, machine: str) -> None:
        """Write a line that `machine` printed on its serial console; called on a thread of that machine."""

    def print_serial_logs(self, enable: bool) -> None:
        """Show lines of serial consoles from now on, or leave them out."""

    def set_log_level(self, level: LogLevel) -> None:
        """Leave out remarks below `level` from now on."""

    def close(self) -> None:
        """Write what is still held back. What is logged after that may be lost."""


class CompositeLogger(AbstractLogger):
    """All loggers of a run: what it is told it tells each in `logger_list`."""

    def __init__(self, logger_list: list[AbstractLogger]) -> None:
        self.logger_list = logger_list

    def add_logger(self, logger: AbstractLogger) -> None:
        """Tell `logger` too, from now on."""
        self.logger_list.append(logger)

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.log(message, attributes or {})

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        with ExitStack() as stack:
            for logger in self.logger_list:
                stack.enter_context(logger.nested(message, attributes or {}))
            yield

    @contextmanager
    def subtest(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        with ExitStack() as stack:
            for logger in self.logger_list:
                stack.enter_context(logger.subtest(name, attributes or {}))
            yield

    def debug(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.debug(message, attributes or {})

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.info(message, attributes or {})

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.warning(message, attributes or {})

    def error(self, message: str, attributes: Attributes | None = None) -> NoReturn:
        for logger in self.logger_list:
            logger.error(message, attributes or {})
        sys.exit(1)

    def log_test_error(self, message: str, attributes: Attributes | None = None) -> None:
        for logger in self.logger_list:
            logger.log_test_error(message, attributes or {})

    def log_serial(self, message: str, machine: str) -> None:
        for logger in self.logger_list:
            logger.log_serial(message, machine)

    def print_serial_logs(self, enable: bool) -> None:
        for logger in self.logger_list:
            logger.print_serial_logs(enable)

    def set_log_level(self, level: LogLevel) -> None:
        for logger in self.logger_list:
            logger.set_log_level(level)

    def close(self) -> None:
        for logger in self.logger_list:
            logger.close()


class FilteringLogger(AbstractLogger):
    """What loggers that write have in common: remarks are filtered by level, serial lines by a switch.

    They say what becomes of a line in `_remark` (a remark of a level that is shown) and `_serial`.
    """

    def __init__(self) -> None:
        self._level = LogLevel.INFO
        self._takes_serial = True

    @abstractmethod
    def _remark(self, level: LogLevel, message: str, attributes: Attributes) -> None:
        """Write a remark that is important enough."""

    @abstractmethod
    def _serial(self, message: str, machine: str) -> None:
        """Write a line of a serial console that is wanted."""

    def _filter(self, level: LogLevel, message: str, attributes: Attributes | None) -> None:
        if level >= self._level:
            self._remark(level, message, attributes or {})

    def debug(self, message: str, attributes: Attributes | None = None) -> None:
        self._filter(LogLevel.DEBUG, message, attributes)

    def info(self, message: str, attributes: Attributes | None = None) -> None:
        self._filter(LogLevel.INFO, message, attributes)

    def warning(self, message: str, attributes: Attributes | None = None) -> None:
        self._filter(LogLevel.WARNING, message, attributes)

    def error(self, message: str, attributes: Attributes | None = None) -> None:
        self._filter(LogLevel.ERROR, message, attributes)

    def log_serial(self, message: str, machine: str) -> None:
        if self._takes_serial:
            self._serial(message, machine)

    def print_serial_logs(self, enable: bool) -> None:
        self._takes_serial = enable

    def set_log_level(self, level: LogLevel) -> None:
        self._level = level
