"""The time of the script, which stands still while the script is stopped. Who sees it is decided in `driver_hooks`."""

from __future__ import annotations

import time


class Clock:
    """In seconds, from no particular moment on, like `time.monotonic`. Any thread may read it.

    Only the thread that holds the session's turn lets it stand and go.
    """

    def __init__(self) -> None:
        self.stood_still = 0.0
        """For how long, up to the last time that it went on."""
        self._standing_at: float | None = None

    def now(self) -> float:
        at = self._standing_at
        return at if at is not None else time.monotonic() - self.stood_still

    def stand(self) -> None:
        if self._standing_at is None:
            self._standing_at = time.monotonic() - self.stood_still

    def go_on(self) -> float | None:
        """Returns when it stood, for `stand_at`; None if it did not stand."""
        at = self._standing_at
        if at is not None:
            self.stood_still = time.monotonic() - at
            self._standing_at = None
        return at

    def stand_at(self, moment: float | None) -> None:
        """Stand again where it stood before an evaluation: what that took is no time of the script's either."""
        if moment is not None:
            self._standing_at = moment
