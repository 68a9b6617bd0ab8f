"""What the tests of machines share: a machine of the fake kind inside this very process, and a log that remembers."""

import os
import signal
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from unittest import mock

from test_driver.logger import AbstractLogger, Attributes
from test_driver.machine import QemuMachine
from tests.support import FAKE_VM


class RememberingLogger(AbstractLogger):
    """Keeps the lines of the log: a step is `> step` at its begin and `< step` at its end."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.serial: list[str] = []
        self.images: list[str] = []
        self.slow_lines: dict[str, float] = {}
        """Seconds that lines of the serial console take to be logged."""

    def log(self, message: str, attributes: Attributes | None = None) -> None:
        assert attributes == {"machine": "machine"}, attributes
        self.lines.append(message)

    @contextmanager
    def nested(self, message: str, attributes: Attributes | None = None) -> Iterator[None]:
        assert attributes is not None and attributes["machine"] == "machine", attributes
        self.images += [attributes["image"]] if "image" in attributes else []
        self.lines.append(f"> {message}")
        yield
        self.lines.append(f"< {message}")

    @contextmanager
    def subtest(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        raise AssertionError("machines know nothing of subtests")
        yield

    def log_serial(self, message: str, machine: str) -> None:
        assert machine == "machine", machine
        time.sleep(self.slow_lines.get(message, 0))
        self.serial.append(message)


class MachineTest(unittest.TestCase):
    """Tests of one machine. `self.machine` is not started yet; it ends with the test."""

    fake_vm = ""
    """Misbehaviour of the fake machine, see there."""
    guest = ""
    """Bash functions that stand for programs of the guest."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.out_dir = self.directory / "out"
        self.out_dir.mkdir()
        functions = self.directory / "guest-functions"
        functions.write_text(self.guest)
        self.set_environment(FAKE_VM=self.fake_vm, FAKE_VM_GUEST=str(functions), NO_COLOR="1")
        # Whoever tries again every second does so sooner here.
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _seconds: time.sleep(0.02))
        patched = mock.patch("test_driver.retry.time", clock)
        patched.start()
        self.addCleanup(patched.stop)
        self.logger = RememberingLogger()
        self.machine = self.make_machine()

    def set_environment(self, **variables: str) -> None:
        patched = mock.patch.dict(os.environ, variables)
        patched.start()
        self.addCleanup(patched.stop)

    def make_machine(self, *, keep_machine_state: bool = False) -> QemuMachine:
        machine = QemuMachine(
            name="machine",
            start_command=f"exec {FAKE_VM}",
            out_dir=self.out_dir,
            tmp_dir=self.directory,
            logger=self.logger,
            callbacks=[],
            keep_machine_state=keep_machine_state,
        )
        self.addCleanup(machine.release)
        return machine

    def told(self, channel: str) -> list[str]:
        """What the fake machine was told: on `monitor`, `qmp` or `serial`, to its `shell`, or at its `start`."""
        file = self.machine.state_dir / f"{channel}.log"
        return file.read_text().splitlines() if file.exists() else []

    def commands(self) -> list[str]:
        """The commands that ran in the guest, without what is put before each."""
        return [line.removeprefix("set -euo pipefail; ") for line in self.told("shell")]

    def write_guest_file(self, name: str, content: str = "") -> None:
        """Make a file in the directory that the fake guest's programs know as $STATE."""
        file = self.machine.state_dir / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)

    @contextmanager
    def meanwhile(self, function: Callable[[], object]) -> Iterator[None]:
        """Call `function` on another thread while the block runs; what it raises is raised at the end."""
        failures: list[BaseException] = []

        def call() -> None:
            try:
                function()
            except BaseException as error:
                failures.append(error)

        # Ends with the function.
        thread = threading.Thread(target=call)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        if failures:
            raise failures[0]


@contextmanager
def alarm_after(seconds: float, action: Callable[[], object]) -> Iterator[None]:
    """Do something on this thread, in the middle of whatever it does in the block, when the time has come."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        action()

    previous = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def interrupt() -> None:
    raise InterruptedError
