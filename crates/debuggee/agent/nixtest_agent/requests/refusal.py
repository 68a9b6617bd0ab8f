"""Why a request cannot be met, and the numbers by which the adapter tells the reasons apart."""

from __future__ import annotations

from typing import Final

UNKNOWN_COMMAND: Final = 1001
RUNNING: Final = 1002
STALE: Final = 1003
BAD_ARGUMENTS: Final = 1004
NO_EXCEPTION: Final = 1005
EVALUATION: Final = 1006
INTERNAL: Final = 1007
NO_GUEST: Final = 1008
CANNOT_GO: Final = 1009
CANCELLED: Final = 1010
NO_WAIT: Final = 1020


class Refused(Exception):
    """A request that cannot be met. The text names the thing and the next step."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number
