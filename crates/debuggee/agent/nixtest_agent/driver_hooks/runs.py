"""What the driver does around a run of the script: its timer, and its loggers, which hear of subtests."""

from __future__ import annotations

import threading
from typing import Any

from ..subtests import Ear


def let_run_again(driver: Any) -> None:
    """`run_tests` starts the timer of the global timeout, and a thread cannot be started twice: it goes on instead."""
    timer = getattr(driver, "race_timer", None)
    if isinstance(timer, threading.Thread) and timer.ident is not None:
        setattr(timer, "start", lambda: None)  # noqa: B010


def listen_for_subtests(driver: Any, ear: Ear) -> None:
    """Last among the loggers, so that it is left first: it sees what the script does, not what others make of it."""
    loggers = getattr(getattr(driver, "logger", None), "logger_list", None)
    if isinstance(loggers, list) and ear not in loggers:
        loggers.append(ear)
