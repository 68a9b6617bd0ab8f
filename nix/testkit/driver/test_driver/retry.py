"""Trying again until something holds or the time is over."""

import time
from collections.abc import Callable

from test_driver.errors import RequestedAssertionFailed


def retry(fn: Callable[[bool], bool], timeout_seconds: float = 900) -> None:
    """Call `fn` once a second until it returns true.

    `fn` gets False, and True on the last try, so that it can say more about its failure then.
    Raises RequestedAssertionFailed when `timeout_seconds` (wall clock, default 900) are over and the last try fails.
    """
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if fn(False):
            return
        time.sleep(min(1.0, max(0.0, deadline - time.monotonic())))
    if not fn(True):
        raise RequestedAssertionFailed(f"action timed out after {timeout_seconds} seconds")
