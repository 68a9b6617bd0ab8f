"""The driver's own copy of the script's text, from which its report of a failure prints lines by their numbers."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ..session import Session


class DriverText:
    """Follows the texts that take the script's place while it runs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._driver: Any = None
        self._for_report: str | None = None

    def watch(self, driver: Any) -> None:
        self._driver = driver
        self._session.on_new_text = self._replace

    def meant(self, source: str) -> str:
        """The script that the driver means to run: what it was given for a report is not one."""
        script = self._session.script
        return script.text if script is not None and source is self._for_report else source

    def prepare_report(self, error: BaseException) -> None:
        """Code of several texts may be in the traceback, and each line number of it has to lead to the right line."""
        script = self._session.script
        if script is None or script.version == 1:
            return
        lines = list(script.lines)
        traceback: TracebackType | None = error.__traceback__
        while traceback is not None:
            text, number = script.of(traceback.tb_frame.f_code), traceback.tb_lineno
            if text is not script and script.owns(traceback.tb_frame.f_code) and number <= len(text.lines):
                lines.extend([""] * (number - len(lines)))
                lines[number - 1] = text.lines[number - 1]
            traceback = traceback.tb_next
        self._for_report = "\n".join(lines)
        self._replace(self._for_report)

    def _replace(self, text: str) -> None:
        if type(getattr(self._driver, "tests", None)) is str:
            self._driver.tests = text
