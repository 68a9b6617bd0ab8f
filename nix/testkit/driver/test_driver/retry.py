"""Trying again until something holds or the time is over."""

import time
from collections.abc import Callable

from test_driver.duration import Duration, as_seconds
from test_driver.errors import RequestedAssertionFailed

DEFAULT_SECONDS = 900


def one_duration(function: str, default: Duration, **given: Duration | None) -> float:
    """The seconds of the only parameter of `given` that is not None, or of `default`.

    Raises TypeError if two are given, since parameters have changed their names and only one of them can count.
    """
    named = {name: duration for name, duration in given.items() if duration is not None}
    if len(named) > 1:
        raise TypeError(f"{function}() takes one of {' and '.join(repr(name) for name in named)}, not both")
    return as_seconds(next(iter(named.values()), default))


def retry(
    fn: Callable[[bool], object], timeout_seconds: Duration | None = None, timeout: Duration | None = None
) -> None:
    """Call `fn` once a second until it returns true.

    `fn` gets False, and True on the last try, so that it can say more about its failure then.
    The time limit is `timeout_seconds`, or `timeout`, as releases since 26.11 call it: wall clock, a number of seconds
    or a `timedelta`, 900 seconds if neither is given. Raises RequestedAssertionFailed when it is over and the last try
    fails, TypeError if both are given. What `fn` raises goes through.
    """
    limit = one_duration("retry", DEFAULT_SECONDS, timeout_seconds=timeout_seconds, timeout=timeout)
    begin = time.monotonic()
    while time.monotonic() - begin < limit:
        if fn(False):
            return
        time.sleep(1)
    elapsed = time.monotonic() - begin
    if not fn(True):
        raise timed_out(elapsed, limit)


def timed_out(elapsed: float, limit: float) -> RequestedAssertionFailed:
    """The error of a wait that had `limit` seconds."""
    return RequestedAssertionFailed(f"action timed out after {elapsed:.2f} seconds (timeout={limit})")
