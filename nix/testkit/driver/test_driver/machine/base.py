"""What every machine can do, however it runs: commands, waits, files."""

import base64
import shlex
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath

from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.logger import AbstractLogger, Attributes
from test_driver.retry import retry

DEFAULT_TIMEOUT = 900
COPY_CHUNK = 48 * 1024
"""Bytes sent with one command; in base64 they must stay below the kernel's limit of 128 KiB for one argument."""


class BaseMachine(ABC):
    """A machine of the test. Times are in seconds; 900 where nothing else is said."""

    def __init__(
        self,
        name: str,
        out_dir: Path,
        tmp_dir: Path,
        logger: AbstractLogger,
        callbacks: list[Callable[[], None]],
        keep_machine_state: bool = False,
    ) -> None:
        self.name = name
        self.out_dir = out_dir
        self.logger = logger
        self.callbacks = callbacks
        self.keep_machine_state = keep_machine_state
        self.state_dir = tmp_dir / f"vm-state-{name}"
        self.shared_dir = tmp_dir / "shared-xchg"
        self.booted = False
        if not keep_machine_state:
            self.cleanup_statedir()
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.shared_dir.mkdir(mode=0o700, exist_ok=True)

    @abstractmethod
    def start(self) -> None:
        """Start the machine; does nothing if it runs."""

    @abstractmethod
    def is_up(self) -> bool:
        """Whether the machine runs and takes commands."""

    @abstractmethod
    def _execute(self, command: str, check_return: bool, check_output: bool, timeout: int | None) -> tuple[int, str]:
        """Run a command in the machine, which is started if need be."""

    @abstractmethod
    def shutdown(self) -> None:
        """Switch the machine off in an orderly way and wait until it is off."""

    @abstractmethod
    def wait_for_shutdown(self) -> None:
        """Wait, without limit, until the machine has switched itself off."""

    @abstractmethod
    def release(self) -> None:
        """End the machine's processes at once and free what the driver holds for it."""

    def log(self, message: str) -> None:
        """Write a line about this machine to the log."""
        self.logger.log(message, {"machine": self.name})

    def log_serial(self, message: str) -> None:
        """Write a line of this machine's console to the log."""
        self.logger.log_serial(message, self.name)

    def nested(self, message: str, attrs: Attributes | None = None) -> AbstractContextManager[None]:
        """Open a step about this machine in the log, as `with machine.nested("…"):`."""
        return self.logger.nested(message, {"machine": self.name, **(attrs or {})})

    def run_callbacks(self) -> None:
        """Check the polling conditions that are active; raises PollingConditionError if one does not hold."""
        for callback in self.callbacks:
            callback()

    def cleanup_statedir(self) -> None:
        """Remove the directory with the machine's state."""
        shutil.rmtree(self.state_dir, ignore_errors=True)

    def execute(
        self, command: str, check_return: bool = True, check_output: bool = True, timeout: int | None = DEFAULT_TIMEOUT
    ) -> tuple[int, str]:
        """Run a shell command as root and return its exit status and its standard output.

        The command runs in bash under `set -euo pipefail`, in /tmp, each time in a new shell. The call returns when
        the command has ended and nothing holds its output open any more, so a command for the background has to be
        told where to write: `sleep 60 >&2 &`. Standard error goes to the console.

        Without `check_output` the call returns `(-2, "")` at once; without `check_return` the status is -1.
        After `timeout` seconds (None: no limit) the command is ended with status 124.
        Raises MachineError if the machine is lost.
        """
        self.run_callbacks()
        return self._execute(command, check_return, check_output, timeout)

    def succeed(self, *commands: str, timeout: int | None = None) -> str:
        """Run commands one after the other and return their joined output.

        Raises RequestedAssertionFailed at the first that does not exit with status 0. `timeout` (default: none)
        limits each of them, in seconds.
        """
        output = ""
        for command in commands:
            with self.nested(f"must succeed: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status != 0:
                    self.log(f"output: {out}")
                    raise RequestedAssertionFailed(f"command `{command}` failed (exit code {status})")
                output += out
        return output

    def fail(self, *commands: str, timeout: int | None = None) -> str:
        """Run commands that must fail and return their joined output.

        Raises RequestedAssertionFailed at the first that exits with status 0. `timeout` (default: none) limits each
        of them, in seconds.
        """
        output = ""
        for command in commands:
            with self.nested(f"must fail: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status == 0:
                    raise RequestedAssertionFailed(f"command `{command}` unexpectedly succeeded")
                output += out
        return output

    def wait_until_succeeds(self, command: str, timeout: int = DEFAULT_TIMEOUT) -> str:
        """Run a command once a second until it exits with status 0; returns the output of that time.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; one try lasts no longer either.
        """
        return self._wait_until(command, timeout, succeeds=True)

    def wait_until_fails(self, command: str, timeout: int = DEFAULT_TIMEOUT) -> str:
        """Run a command once a second until it exits with another status than 0; returns the output of that time.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; one try lasts no longer either.
        """
        return self._wait_until(command, timeout, succeeds=False)

    def _wait_until(self, command: str, timeout: int, *, succeeds: bool) -> str:
        output = ""

        def is_reached(_last_try: bool) -> bool:
            nonlocal output
            status, output = self.execute(command, timeout=timeout)
            return (status == 0) == succeeds

        with self.nested(f"waiting for {'success' if succeeds else 'failure'}: {command}"):
            retry(is_reached, timeout)
        return output

    def wait_for_file(self, filename: str, timeout: int = DEFAULT_TIMEOUT) -> None:
        """Wait until something exists in the machine under the path `filename`.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over.
        """
        with self.nested(f"waiting for file '{filename}'"):
            retry(lambda _last_try: self.execute(f"test -e {shlex.quote(filename)}")[0] == 0, timeout)

    def sleep(self, secs: int) -> None:
        """Let `secs` seconds go by on the machine's own clock, which may be slower than that of the host."""
        self.succeed(f"sleep {secs}")

    def copy_from_host_via_shell(self, source: str, target: str) -> None:
        """Copy the file `source` of the host to the path `target` in the machine, through the command shell.

        Works without shared directories, for files of a few megabytes. Directories above `target` are made.
        Raises MachineError if `source` is not a file.
        """
        host_file = Path(source)
        if not host_file.is_file():
            raise MachineError(f"cannot copy '{source}' to machine '{self.name}': it is not a file on the host")
        content = host_file.read_bytes()
        place = shlex.quote(target)
        with self.nested(f"copying '{source}' to '{target}'"):
            self.succeed(f"mkdir -p {shlex.quote(str(PurePosixPath(target).parent))}", f": > {place}")
            for begin in range(0, len(content), COPY_CHUNK):
                chunk = base64.b64encode(content[begin : begin + COPY_CHUNK]).decode()
                status, _ = self.execute(f"echo {chunk} | base64 -d >> {place}")
                if status != 0:
                    raise RequestedAssertionFailed(f"cannot write '{target}' (exit code {status})")
