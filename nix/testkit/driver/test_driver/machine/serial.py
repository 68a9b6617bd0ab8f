"""The serial console of a virtual machine, which is the standard output and input of QEMU."""

import queue
import re
import subprocess
import threading
from collections.abc import Callable

CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[^\[\]])|[\x00-\x08\x0b-\x1f\x7f]")
"""What would move the cursor, clear or reset the terminal of whoever reads the log; firmware does all three."""
TAIL_LINES = 40


class SerialConsole:
    """What one run of a machine has printed. It is read all the time, whether somebody waits for it or not."""

    def __init__(self, process: subprocess.Popen[bytes], name: str, log: Callable[[str], None]) -> None:
        self.lines: list[str] = []
        self.new_lines: queue.Queue[str] = queue.Queue()
        """The lines that nobody has waited for yet."""
        self._process = process
        self._log = log
        # Ends with QEMU's output.
        self.thread = threading.Thread(target=self._read, name=f"serial-{name}", daemon=True)
        self.thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for raw_line in output:
                line = CONTROL.sub("", raw_line.decode(errors="replace").rstrip("\r\n"))
                self.lines.append(line)
                # Before anybody who waits for the line: what a test does next comes after it in the log.
                self._log(line)
                self.new_lines.put(line)

    def type(self, text: str) -> None:
        """Send text to the machine as if it were typed there; raises OSError if QEMU is gone."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode(errors="surrogateescape"))
        self._process.stdin.flush()

    def tail(self) -> str:
        """The last lines, indented, for a message about the machine's end."""
        return "\n".join(f"    {line}" for line in self.lines[-TAIL_LINES:])
