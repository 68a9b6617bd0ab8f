"""`debug` in a script: a place to stop. Without `--debug-hook-attach` it does nothing."""

import os
import random
import shutil
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from types import FrameType, TracebackType

from test_driver.errors import MachineError
from test_driver.logger import AbstractLogger
from test_driver.remote_pdb import RemotePdb
from test_driver.report import SCRIPT_FILE

HOST, PORT = "127.0.0.1", 4444


class DebugAbstract(ABC):
    """What a script may call on `debug`."""

    failure_port: int = PORT
    """The TCP port at which a failed script waits for a debugger."""

    @abstractmethod
    def breakpoint(self, host: str = HOST, port: int = PORT) -> None:
        """Stop here until a debugger goes on; it is found by connecting to `host` and the TCP port `port`.

        Does nothing in a run without the driver's option `--debug-hook-attach`. The test's time limit goes on running.
        Raises MachineError if the port is not to be had.
        """

    @abstractmethod
    def on_failure(self, error: BaseException) -> None:
        """Stop at the place in the script that `error` came from; the machines are still alive."""


class DebugNop(DebugAbstract):
    """The `debug` of a run that nobody watches."""

    def breakpoint(self, host: str = HOST, port: int = PORT) -> None:
        """Go on at once."""

    def on_failure(self, error: BaseException) -> None:
        """Go on at once."""


class Debug(DebugAbstract):
    """The `debug` of a run with `--debug-hook-attach`: serves Python's own debugger on a TCP port of this host.

    Whoever can connect to the port can run code as the driver's user, so it should stay one of the loopback interface.
    """

    def __init__(self, logger: AbstractLogger, attach_command: str) -> None:
        """`attach_command` is the command that leads into the sandbox of the build; it is shown with a number."""
        self.logger = logger
        self.attach = attach_command

    def breakpoint(self, host: str = HOST, port: int = PORT) -> None:
        """Wait until somebody connects, and let them look around and go on from here."""
        self._wait_for_client(host, port).set_trace(sys._getframe(1))
        # Nothing may follow here: the debugger would stop in it.

    def on_failure(self, error: BaseException) -> None:
        """Wait until somebody connects, and let them look around where the script failed."""
        try:
            debugger = self._wait_for_client(HOST, self.failure_port)
        except MachineError as trouble:
            self.logger.log_test_error(str(trouble))
            return
        debugger.look_at(script_part(error.__traceback__))

    def _wait_for_client(self, host: str, port: int) -> RemotePdb:
        listening = socket.socket()
        # A port of an earlier stop is free again at once.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            listening.close()
            raise MachineError(
                f"cannot serve the debugger at {host}:{port} ({error.strerror}): name another port in the script, as "
                "in 'debug.breakpoint(port=4445)', or for failures 'debug.failure_port = 4445'"
            ) from None
        listening.listen(1)
        number = random.randrange(10**6, 10**7)
        with listening, Beacon(number):
            self.logger.log_test_error(f"Breakpoint reached, run 'sudo {self.attach} {number}'")
            self.logger.log_test_error(f"then 'telnet {host} {port}'; outside of a sandbox the latter is enough")
            connection, _ = listening.accept()
        return RemotePdb(connection)


class Beacon:
    """A process that can be found by `sleep NUMBER` in its command line, for as long as the block lasts.

    That is how the command which leads into a build's sandbox finds it. It also finds a shell for people there, in
    the environment variable `bashInteractive`.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None:
        # It reads until its input ends, so it ends with the driver in any case.
        self._process = subprocess.Popen(
            ["sh", "-c", "read -r _", "sleep", str(self._number)],
            stdin=subprocess.PIPE,
            env={**os.environ, "bashInteractive": shutil.which("bash") or "/bin/sh"},
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def script_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the script's first frame to its last, or all of it if none is the script's."""
    entries = []
    entry = trace
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    places = [index for index, entry in enumerate(entries) if is_of_script(entry.tb_frame)]
    if not places:
        return trace
    part: TracebackType | None = None
    for entry in reversed(entries[places[0] : places[-1] + 1]):
        part = TracebackType(part, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return part


def is_of_script(frame: FrameType) -> bool:
    """Whether this is code of the test script."""
    return frame.f_code.co_filename == SCRIPT_FILE
