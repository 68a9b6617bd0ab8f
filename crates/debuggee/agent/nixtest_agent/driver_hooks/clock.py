"""Lets the driver's time limits, and timed waits of the main thread, stand still while the script is stopped.

The driver's modules see a `time` whose `monotonic` and `time` leave out what the script stood; so do the modules of
the standard library that compute when a wait of theirs is over. A call that the kernel times was interrupted by the
stop, and comes back as if its time were over: it is continued for what is left. Of other threads only what they compute
by these clocks stands still. The script's own `time.time` and `time.monotonic` are what they are.
"""

from __future__ import annotations

import _thread
import queue
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from ..clock import Clock

_TICK: Final = 0.001
"""Differences of two clocks below this are none."""


class DriverTime(ModuleType):
    """`time` as the driver's modules see it. Whatever a script puts into `time` is seen through it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("time")
        self.monotonic = clock.now
        self.time = lambda: time.time() - clock.stood_still

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def install(clock: Clock, main: int | None) -> None:
    """Once, before a script runs."""
    seen = DriverTime(clock)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "test_driver" and getattr(module, "time", None) is time:
            setattr(module, "time", seen)  # noqa: B010
    for module, name in ((queue, "time"), (subprocess, "_time"), (threading, "_time")):
        if hasattr(module, name):
            setattr(module, name, clock.now)
    _Waits(clock, main).install()


def delay(timer: Any, clock: Clock) -> None:
    """Have a `threading.Timer` wait longer by what the script stands from now on."""
    function: Callable[..., Any] = timer.function

    def behind() -> float:
        """How far the clock is behind that of the system."""
        return time.monotonic() - clock.now()

    counted = behind()

    def late(*arguments: Any, **named: Any) -> Any:
        nonlocal counted
        while not timer.finished.is_set():
            owed, counted = behind() - counted, behind()
            if owed < _TICK:
                return function(*arguments, **named)
            timer.finished.wait(owed)
        return None

    timer.function = late


class _Waits:
    """The waits that the kernel times, as the main thread makes them."""

    def __init__(self, clock: Clock, main: int | None) -> None:
        self._clock = clock
        self._main = main

    def install(self) -> None:
        setattr(time, "sleep", self._sleep())  # noqa: B010
        setattr(threading.Condition, "wait", self._condition_wait())  # noqa: B010
        setattr(threading.Thread, "join", self._thread_join())  # noqa: B010
        setattr(select, "select", self._select())  # noqa: B010
        for name in ("recv", "recv_into", "accept"):
            setattr(socket.socket, name, self._socket(getattr(socket.socket, name)))

    def _is_main(self) -> bool:
        return _thread.get_ident() == self._main

    def _continued(self, limit: float, wait: Callable[[float], Any]) -> Any:
        """Call `wait` with the time that is left, until it returns something true or no stop has interrupted it.

        What blocks in it has a name that says so, because `safe_points` looks for that.
        """
        clock = self._clock
        deadline = clock.now() + limit
        left = limit
        while True:
            stood = clock.stood_still
            result = wait(left)
            left = deadline - clock.now()
            if result or clock.stood_still == stood or left <= 0:
                return result

    def _sleep(self) -> Callable[[float], None]:
        sleep = time.sleep

        def sleep_on(seconds: float, /) -> None:
            if not self._is_main() or not isinstance(seconds, int | float) or not seconds > 0:
                return sleep(seconds)
            self._continued(seconds, lambda left: sleep(left))
            return None

        sleep_on.__name__ = sleep_on.__qualname__ = "sleep"
        return sleep_on

    def _condition_wait(self) -> Callable[..., bool]:
        original = threading.Condition.wait

        def wait(self_: Any, timeout: float | None = None) -> bool:
            if timeout is None or not timeout > 0 or not self._is_main() or not self_._is_owned():
                return original(self_, timeout)
            # One place in the queue for all of it: who was notified while the script stood must not lose that.
            waiter = _thread.allocate_lock()
            # Not `acquire`, which stands for a place where the lock has been given up.
            waiter.__enter__()
            self_._waiters.append(waiter)
            state = self_._release_save()
            is_notified = False
            try:
                is_notified = self._continued(timeout, lambda left: waiter.acquire(True, left)) or waiter.acquire(False)
                return is_notified
            finally:
                self_._acquire_restore(state)
                if not is_notified and waiter in self_._waiters:
                    self_._waiters.remove(waiter)

        return wait

    def _thread_join(self) -> Callable[..., None]:
        join = threading.Thread.join

        def join_on(self_: threading.Thread, timeout: float | None = None) -> None:
            if timeout is None or not timeout > 0 or not self._is_main():
                return join(self_, timeout)

            def once(left: float) -> bool:
                join(self_, left)
                return not self_.is_alive()

            self._continued(timeout, once)
            return None

        return join_on

    def _select(self) -> Callable[..., Any]:
        poll = select.select

        def select_on(r: Any, w: Any, x: Any, timeout: float | None = None, /) -> Any:
            if timeout is None or not timeout > 0 or not self._is_main():
                return poll(r, w, x, timeout)
            found: Any = ([], [], [])

            def once(left: float) -> bool:
                nonlocal found
                found = poll(r, w, x, left)
                return any(found)

            self._continued(timeout, once)
            return found

        return select_on

    def _socket(self, recv: Callable[..., Any]) -> Callable[..., Any]:
        clock = self._clock

        def receive(self_: Any, *arguments: Any) -> Any:
            while True:
                stood = clock.stood_still
                try:
                    return recv(self_, *arguments)
                except TimeoutError:
                    # After a stop the whole of its time once more: how much was left is not known.
                    if clock.stood_still == stood or not self._is_main():
                        raise

        receive.__name__ = getattr(recv, "__name__", "recv")
        return receive
