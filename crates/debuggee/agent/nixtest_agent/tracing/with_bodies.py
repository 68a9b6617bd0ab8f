"""Where the body of a `with` begins in byte code, so that an exception raised there is that statement's to handle."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Final

_TAKES_A_VALUE: Final = ("STORE_", "UNPACK_", "EXTENDED_ARG", "CACHE")
"""Begins the names of the instructions by which `as` puts the value where it belongs."""


def is_at_top(frame: FrameType) -> bool:
    """What was entered is where `as` wants it, and the next instruction is still the `with` statement's.

    A `try` or a `pass` at the top of the body is not: then what is left of `as` has to go.
    """
    code = frame.f_code
    offset = frame.f_lasti
    if not _takes(code, offset):
        return True
    following = offset + 2
    while _takes(code, following):
        following += 2
    return hasattr(code, "co_exceptiontable") and _handler(code, offset) != _handler(code, following)


def _takes(code: CodeType, offset: int) -> bool:
    return dis.opname[code.co_code[offset]].startswith(_TAKES_A_VALUE)


def _handler(code: CodeType, offset: int) -> int | None:
    """Where an exception at this instruction goes (3.11 and later)."""
    units = iter(getattr(code, "co_exceptiontable", b""))
    while (start := _number(units)) is not None:
        length, target, _depth = _number(units), _number(units), _number(units)
        if length is not None and 2 * start <= offset < 2 * (start + length):
            return target
    return None


def _number(units: Iterator[int]) -> int | None:
    """The next number of a table: six bits in each byte, of which the first comes first."""
    unit = next(units, None)
    if unit is None:
        return None
    number = unit & 63
    while unit & 64:
        unit = next(units, 0)
        number = number << 6 | unit & 63
    return number
