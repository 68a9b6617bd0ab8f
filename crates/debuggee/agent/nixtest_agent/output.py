"""What the script prints shows when it happens, although standard output is a pipe, which Python would fill first."""

from __future__ import annotations

import io
import sys


def write_by_lines() -> None:
    """As at a terminal: each line when it ends, and in one piece."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def show_last_line() -> None:
    """Write out what there is of a line that has not ended."""
    try:
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
    except Exception:
        # It may be closed, or in the middle of a write that was interrupted. The script hears of it when it prints.
        return
