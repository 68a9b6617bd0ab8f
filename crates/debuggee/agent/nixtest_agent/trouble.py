"""Where the agent writes what went wrong inside itself: a file beside the link's socket, never the terminal."""

from __future__ import annotations

import os
import traceback
from typing import Final

_file: str | None = None

FILE_NAME: Final = "agent-trouble.txt"


def keep_in(directory: str) -> None:
    """Choose the directory of the file; until then trouble is dropped."""
    global _file
    _file = os.path.join(directory, FILE_NAME)


def record(doing: str) -> str:
    """Write down the exception being handled, and return one line that says what failed and where to read on."""
    try:
        report = traceback.format_exc()
        if _file is not None:
            with open(_file, "a", encoding="utf-8", errors="replace") as file:
                file.write(f"while {doing}:\n{report}\n")
        last = report.strip().splitlines()[-1] if report.strip() else "unknown trouble"
    except Exception:
        # The disk is full, or the script has replaced what the standard library needs.
        last = "and could not write down why"
    return f"the agent failed while {doing} ({last}); details are in {_file}"
