"""The screen of a virtual machine: pictures of it, the text on it, and the windows of X11."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from test_driver.duration import Duration
from test_driver.errors import MachineError
from test_driver.machine.commands import DEFAULT_TIMEOUT
from test_driver.machine.lifecycle import QemuLifecycle
from test_driver.machine.ocr import read_text, read_text_variants
from test_driver.machine.picture import Picture
from test_driver.machine.qmp import QMPClosed
from test_driver.retry import retry

WINDOW = re.compile(r'^ *0x[0-9a-f]+ "(.*?)":', re.MULTILINE)
"""A line of `xwininfo -root -tree` that has a window's name."""


class Screen(QemuLifecycle):
    """A virtual machine that is looked at."""

    def screenshot(self, filename: str) -> None:
        """Save a picture of the machine's screen as PNG.

        A name without a slash lies in the driver's output directory; a name without an ending gets `.png`.
        Raises MachineError if the machine does not run, has no screen, or the file cannot be written.
        """
        target = Path(filename)
        if not target.suffix:
            target = target.with_name(f"{target.name}.png")
        if "/" not in filename:
            target = self.out_dir / target
        with self.nested(f"making screenshot {target}", {"image": target.name}), self._picture() as picture:
            try:
                target.write_bytes(Picture.from_ppm(picture).to_png())
            except OSError as error:
                raise MachineError(f"cannot write the screenshot '{target}': {error.strerror}") from error

    @contextmanager
    def _picture(self) -> Iterator[Path]:
        """A file with the screen as it is now, in the format every QEMU writes."""
        if self.qmp_client is None:
            raise self._not_running()
        with tempfile.TemporaryDirectory(dir=self.state_dir) as directory:
            file = Path(directory) / "screen.ppm"
            try:
                self.qmp_client.send("screendump", {"filename": str(file)})
            except QMPClosed:
                raise self._lost("QEMU ended") from None
            yield file

    def get_screen_text(self) -> str:
        """The text on the machine's screen, as far as the program `tesseract` can read it.

        Raises MachineError if the machine does not run, or if tesseract is missing or fails.
        """
        with self._picture() as picture:
            return read_text(picture)

    def get_screen_text_variants(self) -> list[str]:
        """The text on the machine's screen, read three times: as it is, with more contrast, and that as a negative.

        Small or bright text on dark is often found in one of them only.
        Raises MachineError if the machine does not run, or if tesseract is missing or fails.
        """
        with self._picture() as picture:
            return read_text_variants(picture)

    def wait_for_text(self, regex: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until `regex` is found in the text on the machine's screen, in one of its variants; looks once a second.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; the log then has the text.
        Raises MachineError if the machine does not run, or if the program `tesseract` is missing or fails.
        """

        def is_there(last_try: bool) -> bool:
            variants = self.get_screen_text_variants()
            found = any(re.search(regex, text) for text in variants)
            if last_try and not found:
                self.log(f"Last OCR attempt failed. Text was: {variants}")
            return found

        with self.nested(f"waiting for {regex} to appear on screen"):
            retry(is_there, timeout)

    def wait_for_x(self, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until a user's graphical session has started and the X server takes connections; asks once a second.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over.
        """
        session = 'journalctl -b SYSLOG_IDENTIFIER=systemd | grep "Reached target Current graphical"'

        def is_there(_last_try: bool) -> bool:
            return self.execute(session)[0] == 0 and self.execute("[ -e /tmp/.X11-unix/X0 ]")[0] == 0

        with self.nested("waiting for the X11 server"):
            retry(is_there, timeout)

    def get_window_names(self) -> list[str]:
        """The names of all windows of the X server that DISPLAY means to the machine's root shell.

        Raises RequestedAssertionFailed if the machine's `xwininfo` fails or is missing.
        """
        return WINDOW.findall(self.succeed("xwininfo -root -tree"))

    def wait_for_window(self, regexp: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until `regexp` is found in the name of a window; looks once a second.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; the log then has the names.
        """

        def is_there(last_try: bool) -> bool:
            names = self.get_window_names()
            if last_try:
                self.log(
                    f"Last chance to match {regexp} on the window list, which currently contains: {', '.join(names)}"
                )
            return any(re.search(regexp, name) for name in names)

        with self.nested("waiting for a window to appear"):
            retry(is_there, timeout)
