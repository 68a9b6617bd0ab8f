"""Commands in a machine, and waits that try a command again and again."""

from abc import abstractmethod
from datetime import timedelta

from test_driver.duration import Duration
from test_driver.errors import RequestedAssertionFailed
from test_driver.machine.core import MachineCore
from test_driver.retry import one_duration, retry

DEFAULT_TIMEOUT = 900
"""Seconds; a quarter of an hour."""


class Commands(MachineCore):
    """A machine that runs commands as root. Times are numbers of seconds or `datetime.timedelta`s."""

    @abstractmethod
    def _execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Duration | None = DEFAULT_TIMEOUT,
        stdin: str = "",
    ) -> tuple[int, str]:
        """What `execute` does, without the callbacks. Every command of every method comes through here.

        A command that is given `stdin` has no time limit, and reads all of it.
        """

    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Duration | None = DEFAULT_TIMEOUT,
    ) -> tuple[int, str]:
        """Run a shell command as root and return its exit status and its standard output, as `(status, output)`.

        The command runs in bash under `set -euo pipefail`, in /tmp, each time in a new shell. The call returns when
        the command has ended and nothing holds its output open any more, so a command for the background has to be
        told where to write: `sleep 60 >&2 &`. Standard error goes to the serial console. Bytes that are not UTF-8
        come back as U+FFFD. Nothing holds a machine back that prints faster than a busy host reads: beyond some 100 KB,
        a file and `copy_from_machine` are safer.

        Without `check_output` the call returns `(-2, "")` at once, while the command runs on; without `check_return`
        the status is -1. After `timeout` seconds (default 900; None: no limit) the command is ended with status 124.

        Starts the machine if need be. Raises MachineError if the machine is lost, or if the command is longer than
        the 128 KiB that Linux takes. When the call is interrupted, by Ctrl-C for one, the command runs on in the
        machine, and the next one waits for its end.
        """
        self.run_callbacks()
        return self._execute(command, check_return, check_output, timeout)

    def succeed(self, *commands: str, timeout: Duration | None = None) -> str:
        """Run commands one after the other and return their joined output.

        Each runs as by `execute`; `timeout` (default: none) limits each of them, in seconds.
        Raises RequestedAssertionFailed at the first that does not exit with status 0.
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

    def fail(self, *commands: str, timeout: Duration | None = None) -> str:
        """Run commands that must fail and return their joined output.

        Each runs as by `execute`; `timeout` (default: none) limits each of them, in seconds.
        Raises RequestedAssertionFailed at the first that exits with status 0.
        """
        output = ""
        for command in commands:
            with self.nested(f"must fail: {command}"):
                status, out = self.execute(command, timeout=timeout)
                if status == 0:
                    raise RequestedAssertionFailed(f"command `{command}` unexpectedly succeeded")
                output += out
        return output

    def wait_until_succeeds(self, command: str, timeout: Duration = DEFAULT_TIMEOUT) -> str:
        """Run a command once a second until it exits with status 0; returns the output of that time.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; one try lasts no longer either.
        """
        with self.nested(f"waiting for success: {command}"):
            return self._wait_until(command, timeout, succeeds=True)

    def wait_until_fails(self, command: str, timeout: Duration = DEFAULT_TIMEOUT) -> str:
        """Run a command once a second until it exits with another status than 0; returns the output of that time.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over; one try lasts no longer either.
        """
        with self.nested(f"waiting for failure: {command}"):
            return self._wait_until(command, timeout, succeeds=False)

    def _wait_until(self, command: str, timeout: Duration, *, succeeds: bool) -> str:
        output = ""

        def is_reached(_last_try: bool) -> bool:
            nonlocal output
            status, output = self.execute(command, timeout=timeout)
            return (status == 0) == succeeds

        retry(is_reached, timeout)
        return output

    def _wait_for_status(self, command: str, timeout: Duration, *, succeeds: bool) -> None:
        """Wait for a short command of our own; however little time there is for the wait, one try may need more."""
        retry(lambda _last_try: (self.execute(command)[0] == 0) == succeeds, timeout)

    def wait_for_file(self, filename: str, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until something exists in the machine under the path `filename`.

        The path is a word of the shell there: variables and patterns are expanded, and a space has to be quoted. A
        pattern must not match several files.
        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over.
        """
        with self.nested(f"waiting for file '{filename}'"):
            self._wait_for_status(f"test -e {filename}", timeout, succeeds=True)

    def wait_for_open_port(self, port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until something accepts TCP connections to `port` of the address or name `addr`, seen from the machine.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over.
        """
        with self.nested(f"waiting for TCP port {port} on {addr}"):
            self._wait_for_status(f"nc -z {addr} {port}", timeout, succeeds=True)

    def wait_for_closed_port(self, port: int, addr: str = "localhost", timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until nothing accepts TCP connections to `port` of the address or name `addr`, seen from the machine.

        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over.
        """
        with self.nested(f"waiting for TCP port {port} on {addr} to be closed"):
            self._wait_for_status(f"nc -z {addr} {port}", timeout, succeeds=False)

    def wait_for_open_unix_socket(
        self, addr: str, is_datagram: bool = False, timeout: Duration = DEFAULT_TIMEOUT
    ) -> None:
        """Wait until something listens on the Unix socket with the path `addr` in the machine.

        `is_datagram` says that it is a datagram socket, not a stream. The path is a word of the shell there.
        Raises RequestedAssertionFailed when `timeout` seconds (default 900) are over.
        """
        kind, flags = ("datagram", "-uU") if is_datagram else ("stream", "-U")
        with self.nested(f"waiting for UNIX-domain {kind} on '{addr}'"):
            self._wait_for_status(f"nc -z {flags} {addr}", timeout, succeeds=True)

    def sleep(self, secs: Duration | None = None, duration: timedelta | None = None) -> None:
        """Let `secs` seconds go by on the machine's own clock, which may be slower than that of the host.

        The time may also be given as `duration`, as releases since 26.11 call it. Raises TypeError without a time.
        """
        if secs is None and duration is None:
            raise TypeError("sleep() needs a time: a number of seconds or a timedelta")
        self.succeed(f"sleep {one_duration('sleep', 0, secs=secs, duration=duration)}")
