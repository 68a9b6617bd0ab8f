"""The suite ended by a signal: drivers, machines and directories go with it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

SUITE = Path(__file__).resolve().parents[1]
PATIENCE = 30
CASE = """\
# A machine that ends for nobody.
# fake: stubborn
machine.succeed("sleep 300")
"""


class EndingTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="cf-")
        self.addCleanup(directory.cleanup)
        self.cases = Path(directory.name) / "cases"
        self.temporary = Path(directory.name) / "tmp"
        self.temporary.mkdir()
        for name in ("a", "b", "c"):
            file = self.cases / "topic" / f"{name}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(CASE, encoding="utf-8")

    def processes(self) -> list[str]:
        """Command lines of the processes that work below the directory of temporary files."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(f"{self.temporary}/"):
                    found.append((entry / "cmdline").read_bytes().decode().replace("\0", " "))
            except OSError:
                continue
        return found

    def wait_for(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), deadline, self.processes())
            time.sleep(0.05)

    def test_signals_leave_nothing_behind(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number.name):
                arguments = ["--cases", str(self.cases), "--case", "topic", "--jobs", "2"]
                suite = subprocess.Popen(
                    [sys.executable, "-B", "-m", "conformance", *arguments],
                    cwd=SUITE,
                    env={**os.environ, "TMPDIR": str(self.temporary)},
                    stdout=subprocess.PIPE,
                    text=True,
                )
                with suite:
                    self.addCleanup(suite.kill)
                    # One case waits for its turn, which it must not get any more.
                    self.wait_for(lambda: sum("sleep 300" in words for words in self.processes()) >= 2)
                    suite.send_signal(number)
                    # Impatient people do it twice.
                    suite.send_signal(number)
                    output, _ = suite.communicate(timeout=PATIENCE)
                self.assertEqual((suite.returncode, output), (128 + number, f"Bail out! ended by {number.name}\n"))
                self.assertEqual((self.processes(), list(self.temporary.iterdir())), ([], []))


if __name__ == "__main__":
    unittest.main()
