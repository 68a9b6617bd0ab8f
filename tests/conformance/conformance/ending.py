"""The end of the suite by a signal: what it started goes with it.

Drivers are leaders of groups of their own, which no signal to the suite reaches, and true ones leave QEMU behind when
they are killed. So a signal ends the drivers first; whoever waits for one then clears its place as after every run.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_running: "set[subprocess.Popen[bytes]]" = set()
# The handler runs in the main thread, which may hold the lock at that moment.
_lock = threading.RLock()
_is_ending = False


class Ending(Exception):
    """The suite ends: nothing is started any more."""


def end_all_on_signals() -> None:
    """From now on each of the signals ends the suite with all that it started."""
    for number in SIGNALS:
        signal.signal(number, _end)


@contextmanager
def ended_with_the_suite(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """The process, leader of its group, is killed if the suite ends while the block lasts."""
    with _lock:
        _running.add(process)
        if _is_ending:
            kill_group(process)
    try:
        yield
    finally:
        with _lock:
            _running.discard(process)


def go_on_unless_ending() -> None:
    """Raise Ending once the suite was told to end."""
    if _is_ending:
        raise Ending


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and its group, unless it has ended: then its number may be another's."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _end(number: int, frame: FrameType | None) -> None:
    global _is_ending
    # A second signal would end the clearing away of what the first one ended.
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    with _lock:
        _is_ending = True
        for process in _running:
            kill_group(process)
    # Not by `print`, which may be what the signal came upon.
    os.write(1, f"Bail out! ended by {signal.Signals(number).name}\n".encode())
    sys.exit(128 + number)
