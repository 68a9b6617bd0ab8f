"""Conditions that must hold all along: checked now and then while the script does other things."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal

from test_driver.errors import PollingConditionError
from test_driver.logger import AbstractLogger
from test_driver.retry import retry


class PollingCondition(AbstractContextManager["PollingCondition"]):
    """A condition that is active inside its `with` block and checked there with every machine call."""

    def __init__(
        self,
        condition: Callable[[], bool | None],
        active: list["PollingCondition"],
        logger: AbstractLogger,
        seconds_interval: float = 2.0,
        description: str | None = None,
    ) -> None:
        self.condition = condition
        self.seconds_interval = seconds_interval
        self.description = description or (condition.__doc__ or condition.__name__).strip()
        self._active = active
        self._logger = logger
        self._last_check = float("-inf")
        self._is_being_checked = False

    def check(self, force: bool = False) -> bool:
        """Whether the condition holds; a check less than the interval ago counts still, unless `force` is set."""
        due = force or time.monotonic() - self._last_check >= self.seconds_interval
        # The condition itself calls machines, which check all active conditions.
        if self._is_being_checked or not due:
            return True
        self._is_being_checked = True
        try:
            with self._logger.nested(f"polling condition: {self.description}"):
                result = self.condition()
        finally:
            self._is_being_checked = False
            self._last_check = time.monotonic()
        return result is None or result

    def maybe_raise(self) -> None:
        """Raise PollingConditionError if the condition is due for a check and does not hold."""
        if not self.check():
            raise PollingConditionError(f"polling condition failed: {self.description}")

    def wait(self, timeout: float = 900) -> None:
        """Wait until the condition holds, at most `timeout` seconds; then raises RequestedAssertionFailed."""
        retry(lambda _last_try: self.check(force=True), timeout)

    def __enter__(self) -> "PollingCondition":
        self._active.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self._active.remove(self)
        return False
