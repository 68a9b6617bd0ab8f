"""Warnings to authors of scripts: what they use works, and will not for ever."""

import linecache
import sys
import warnings

from test_driver.logger_terminal import styled
from test_driver.report import SCRIPT_FILE

PLACES = (SCRIPT_FILE, "<console>")
"""Where authors write: the script, and the prompt."""

_warned: dict[str | tuple[str, type[Warning], int], int] = {}
"""Which warnings were given where. Python's own place for this would be a variable among the script's."""


def warn_author(message: str) -> None:
    """Print a warning with the line of the script that is being run; each line gets the same warning once."""
    place = sys._getframe(1)
    outer = place.f_back
    while place.f_code.co_filename not in PLACES and outer is not None:
        place, outer = outer, outer.f_back
    warnings.warn_explicit(message, UserWarning, place.f_code.co_filename, place.f_lineno, registry=_warned)


def install_format() -> None:
    """Print all warnings of this process in the form below."""
    warnings.formatwarning = format_warning


def format_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """A warning with its place and the code there."""
    code = (line or linecache.getline(filename, lineno)).strip()
    text = f'??? Warning ({category.__name__}): {message}\n    File "{filename}", line {lineno}'
    return styled("33", text + (f"\n      {code}" if code else "")) + "\n"
