"""Conditions that must hold all along: checked now and then while the script does other things."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal

from test_driver.duration import Duration
from test_driver.logger import AbstractLogger
from test_driver.retry import DEFAULT_SECONDS, one_duration, retry

DEFAULT_INTERVAL = 2.0


class PollingConditionError(Exception):
    """A condition that the script asked to hold all along no longer holds."""


class PollingCondition(AbstractContextManager["PollingCondition"]):
    """A condition that is active inside its `with` block, and checked there with every machine call."""

    def __init__(
        self,
        condition: Callable[[], bool | None],
        active: list["PollingCondition"],
        logger: AbstractLogger,
        seconds_interval: Duration | None = None,
        description: str | None = None,
        *,
        interval: Duration | None = None,
    ) -> None:
        self.condition = condition
        self.seconds_interval = one_duration(
            "polling_condition", DEFAULT_INTERVAL, seconds_interval=seconds_interval, interval=interval
        )
        self.description = description or (condition.__doc__ or condition.__name__).strip()
        self._active = active
        self._logger = logger
        self._last_check = float("-inf")
        self._is_being_checked = False

    def check(self, force: bool = False) -> bool:
        """Whether the condition holds.

        A check less than the interval ago counts still, unless `force` is set. A condition holds that returns
        nothing; one that raises does not.
        """
        since_last = time.monotonic() - self._last_check
        # The condition itself calls machines, which check all active conditions.
        if not force and (self._is_being_checked or since_last <= self.seconds_interval):
            return True
        was_being_checked, self._is_being_checked = self._is_being_checked, True
        try:
            with self._logger.nested(f"Checking polling condition {self.description!r}"):
                never = self._last_check == float("-inf")
                self._logger.info("(not called yet)" if never else f"Time since last: {since_last:.2f}s")
                holds = self._call()
                self._logger.info(self._status(holds))
                return holds
        finally:
            self._is_being_checked = was_being_checked
            self._last_check = time.monotonic()

    def _call(self) -> bool:
        try:
            result = self.condition()
        except Exception as error:
            # A condition that cannot be found out does not hold, but a mistake in it must not look like that alone.
            self._logger.info(f"{type(error).__name__}: {error}")
            return False
        return result is None or bool(result)

    def _status(self, holds: bool) -> str:
        return f"Polling condition {'succeeded' if holds else 'failed'}: {self.description}"

    def maybe_raise(self) -> None:
        """Raise PollingConditionError if the condition is due for a check and does not hold."""
        if not self.check():
            raise PollingConditionError(self._status(False))

    def wait(self, timeout: Duration | None = None, timeout_seconds: Duration | None = None) -> None:
        """Wait until the condition holds, checking it once a second whatever its interval.

        The time limit is `timeout` (or `timeout_seconds`, but not both): a number of seconds or a `timedelta`, by
        default 900 seconds. Raises RequestedAssertionFailed when it is over.
        """
        limit = one_duration("wait", DEFAULT_SECONDS, timeout=timeout, timeout_seconds=timeout_seconds)

        def holds(last_try: bool) -> bool:
            if last_try:
                self._logger.info(f"Last chance for {self.description}")
            result = self.check(force=True)
            if not result and not last_try:
                self._logger.info(f"({self.description} failure not fatal yet)")
            return result

        with self._logger.nested(f"waiting for {self.description}"):
            retry(holds, limit)

    def __enter__(self) -> "PollingCondition":
        self._active.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self._active.remove(self)
        return False
