"""How the interpreter tells the agent where the script is: one seam, two back ends behind it."""

from __future__ import annotations

import os
import sys

from . import settrace
from .seam import Interest, Observer, Tracing

__all__ = ["Interest", "Observer", "Tracing", "choose"]


def choose(observer: Observer, interest: Interest) -> Tracing:
    """`sys.monitoring` where it exists and has a free place, else `sys.settrace`.

    The variable NIXTEST_DAP_TRACING=settrace asks for the latter; tests use it.
    """
    asked = os.environ.pop("NIXTEST_DAP_TRACING", None)
    if sys.version_info >= (3, 12) and asked != "settrace":
        from . import monitoring

        tool = monitoring.free_tool()
        if tool is not None:
            return monitoring.Monitoring(tool, observer, interest)
    return settrace.SetTrace(observer, interest)
