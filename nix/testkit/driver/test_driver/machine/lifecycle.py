"""The life of a virtual machine: QEMU's start, the guest's shell, commands, and the ways to end.

Three sockets in the machine's state directory join QEMU to the driver: `monitor` and `shell`, where the driver listens,
and `qmp`, where QEMU listens. The serial console is QEMU's input and output.
"""

import queue
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from test_driver.config import machine_name
from test_driver.duration import Duration, as_seconds
from test_driver.errors import MachineError
from test_driver.logger import AbstractLogger
from test_driver.machine.base import BaseMachine
from test_driver.machine.channel import Channel, ChannelClosed, ChannelLate
from test_driver.machine.commands import DEFAULT_TIMEOUT
from test_driver.machine.monitor import Monitor
from test_driver.machine.qemu_command import qemu_command, start_environment
from test_driver.machine.qmp import QMPClosed, QMPSession, QMPTimeout
from test_driver.machine.serial import SerialConsole
from test_driver.machine.shell import GuestShell
from test_driver.run_directory import check_socket_path
from test_driver.termination import signals_held_back

CONNECT_TIMEOUT = 300
"""Seconds a guest has to boot."""
TERMINATION_TIMEOUT = 10
"""Seconds QEMU has to end when it is asked to."""


class QemuLifecycle(BaseMachine):
    """The part of a virtual machine that its devices build on."""

    def __init__(
        self,
        out_dir: Path,
        tmp_dir: Path,
        start_command: str,
        logger: AbstractLogger,
        name: str | None = None,
        keep_machine_state: bool = False,
        callbacks: list[Callable[[], None]] | None = None,
        vsock_guest: Path | None = None,
        vsock_host: Path | None = None,
    ) -> None:
        """Make a machine that `start_command`, shell text, starts when QEMU options are appended to it.

        Without `name` it is taken from a command that ends in `run-NAME-vm`, else it is `machine`. `vsock_guest` and
        `vsock_host` are the two ends of a vsock device, if there is one.
        """
        super().__init__(
            out_dir=out_dir,
            name=name or machine_name(start_command),
            logger=logger,
            tmp_dir=tmp_dir,
            callbacks=callbacks,
            keep_machine_state=keep_machine_state,
        )
        self.start_command = start_command
        self.vsock_guest = vsock_guest
        self.vsock_host = vsock_host
        self.monitor_path = self.state_dir / "monitor"
        self.qmp_path = self.state_dir / "qmp"
        self.shell_path = self.state_dir / "shell"
        self.has_own_process_group = False
        self.connected = False
        self.process: subprocess.Popen[bytes] | None = None
        self.pid: int | None = None
        self.monitor: socket.socket | None = None
        self.shell: socket.socket | None = None
        self.qmp_client: QMPSession | None = None
        self.serial_thread: threading.Thread | None = None
        self.full_console_log: list[str] = []
        self.last_lines: queue.Queue[str] = queue.Queue()
        self._guest_shell: GuestShell | None = None
        self._monitor: Monitor | None = None
        self._serial: SerialConsole | None = None
        self._channels: list[Channel] = []
        # Of two threads that need the machine, one starts it.
        self._beginning = threading.RLock()
        for path in (self.monitor_path, self.qmp_path, self.shell_path):
            check_socket_path(f"machine '{self.name}'", path)

    # The beginning.

    def start(self, allow_reboot: bool = False) -> None:
        """Start the machine and return as soon as QEMU answers; the guest is still booting then.

        Does nothing if the machine runs. Without `allow_reboot` a guest that reboots ends the machine instead.
        Raises MachineError with QEMU's last output if it does not come up.
        """
        with self._beginning:
            if self.booted:
                return
            self.log("starting vm")
            for path in (self.monitor_path, self.qmp_path, self.shell_path):
                path.unlink(missing_ok=True)
            with listener(self.monitor_path) as monitor_listener, listener(self.shell_path) as shell_listener:
                try:
                    self._spawn(allow_reboot)
                    self.monitor = self._accept(monitor_listener)
                    self.shell = self._accept(shell_listener)
                    self.qmp_client = self._connect_qmp()
                    self._channels = [Channel(self.monitor), Channel(self.shell)]
                    self._monitor = Monitor(self._channels[0])
                    self._guest_shell = GuestShell(self._channels[1], self.name, self.log)
                    self.wait_for_monitor_prompt()
                except BaseException:
                    self._end_process()
                    raise
            self.booted = True
            self.log(f"QEMU running (pid {self.pid})")

    def _spawn(self, allow_reboot: bool) -> None:
        command = qemu_command(
            self.start_command,
            monitor=self.monitor_path,
            qmp=self.qmp_path,
            shell=self.shell_path,
            vsock=self.vsock_guest,
            allow_reboot=allow_reboot,
        )
        with signals_held_back():
            self.process = subprocess.Popen(
                command,
                shell=True,
                cwd=self.state_dir,
                env=start_environment(self.state_dir, self.shared_dir),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # At an interactive prompt Ctrl-C must reach the prompt alone. Otherwise whoever kills the driver's
                # process group, as Nix does, must reach QEMU too.
                start_new_session=self.has_own_process_group,
            )
            self.pid = self.process.pid
            self._serial = SerialConsole(self.process, self.name, self.log_serial)
            self.serial_thread = self._serial.thread
            self.full_console_log = self._serial.lines
            self.last_lines = self._serial.new_lines

    def _accept(self, listening: socket.socket) -> socket.socket:
        while not select.select([listening], [], [], 0.1)[0]:
            self._check_process()
        return listening.accept()[0]

    def _connect_qmp(self) -> QMPSession:
        while True:
            try:
                return QMPSession.from_path(self.qmp_path)
            except QMPClosed:
                raise self._lost("QEMU ended") from None
            except OSError:
                self._check_process()
                time.sleep(0.02)

    def wait_for_monitor_prompt(self) -> str:
        """Return what QEMU's monitor prints up to its next prompt, and the prompt; scripts have no need of this.

        Raises MachineError if QEMU is gone.
        """
        if self._monitor is None:
            raise self._not_running()
        try:
            return self._monitor.read_to_prompt()
        except ChannelClosed:
            raise self._lost("QEMU closed its monitor") from None

    def connect(self) -> None:
        """Start the machine if need be and wait until its root shell is there.

        Every command does this by itself. Raises MachineError with the last lines of the console if the machine ends
        before, or if the shell is not there after 300 seconds.
        """
        with self._beginning:
            if self.connected:
                return
            with self.nested("waiting for the VM to finish booting"):
                self.start()
                begin = time.monotonic()
                try:
                    self._running_shell().wait_for_banner(CONNECT_TIMEOUT)
                except ChannelLate:
                    raise self._lost(f"its root shell did not come up in {CONNECT_TIMEOUT} seconds") from None
                except ChannelClosed:
                    raise self._lost("QEMU ended before the guest's root shell was there") from None
                self.log("connected to guest root shell")
                self.log(f"(connecting took {time.monotonic() - begin:.2f} seconds)")
                self.connected = True

    def is_up(self) -> bool:
        """Whether the machine runs and its root shell is connected."""
        return self.booted and self.connected

    # What goes wrong.

    def _running_shell(self) -> GuestShell:
        if self._guest_shell is None:
            raise self._not_running()
        return self._guest_shell

    def _check_process(self) -> None:
        """Raise MachineError unless QEMU runs."""
        process = self.process
        if process is None or self.pid is None:
            raise self._not_running()
        if process.poll() is not None:
            raise self._lost("QEMU ended")

    def _not_running(self) -> MachineError:
        return MachineError(f"machine '{self.name}' is not running: start it first")

    def _lost(self, what: str) -> MachineError:
        """The error for a machine that is gone or does not answer, with the end of what it said."""
        status = ""
        if self.process is not None:
            # Give QEMU a moment to be gone entirely, so that its last words are in.
            try:
                status = f" (exit code {self.process.wait(timeout=2)})"
            except subprocess.TimeoutExpired:
                status = " (QEMU still runs)"
            else:
                self._join_serial()
        tail = "" if self._serial is None else self._serial.tail()
        return MachineError(
            f"machine '{self.name}': {what}{status}" + (f"; its last output:\n{tail}" if tail else "; it said nothing")
        )

    def _join_serial(self) -> None:
        thread = self.serial_thread
        if thread is not None and thread is not threading.current_thread():
            # A child of the start script may hold QEMU's output open; its words are not worth a wait.
            thread.join(timeout=1)

    # Commands.

    def _execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Duration | None = DEFAULT_TIMEOUT,
        stdin: str = "",
    ) -> tuple[int, str]:
        limit = None if timeout is None else as_seconds(timeout)
        self.connect()
        try:
            return self._running_shell().run(command, check_return, check_output, limit, stdin)
        except ChannelClosed:
            self.connected = False
            raise self._lost("Shell disconnected") from None

    def send_monitor_command(self, command: str) -> str:
        """Type a command at QEMU's monitor and return all that the monitor then shows.

        That is the command, as QEMU's line editor draws it, its answer, and the next prompt.
        Raises MachineError if QEMU is gone.
        """
        self.run_callbacks()
        if self._monitor is None:
            raise self._not_running()
        try:
            return self._monitor.ask(command)
        except ChannelClosed:
            raise self._lost("QEMU closed its monitor") from None

    @staticmethod
    def _complaint(shown: str) -> str:
        """What QEMU had to say, of all that its monitor showed for a command; most commands are obeyed in silence."""
        return "\n".join(shown.splitlines()[1:-1]).strip()

    def wait_for_qmp_event(
        self, event_filter: Callable[[dict[str, Any]], bool], timeout: Duration = 600
    ) -> dict[str, Any]:
        """Return QEMU's next event that `event_filter` accepts, as the dictionary that QMP sends; drop those before it.

        Events that came before the call count, too, once each. Raises MachineError (a TimeoutError, too) when
        `timeout` seconds (default 600) are over, or if the machine does not run.
        """
        if self.qmp_client is None:
            raise self._not_running()
        limit = as_seconds(timeout)
        deadline = time.monotonic() + limit
        while True:
            try:
                event = self.qmp_client.wait_for_event(max(0.0, deadline - time.monotonic()))
            except QMPTimeout:
                raise QMPTimeout(f"machine '{self.name}': no such event came from QEMU in {limit} seconds") from None
            except QMPClosed:
                raise self._lost("QEMU ended") from None
            if event_filter(event):
                return event

    # The end.

    def shutdown(self) -> None:
        """Switch the machine off by its own `poweroff` and wait until it is off; does nothing if it does not run.

        It can be started again then. Raises MachineError if the guest's shell is not there to take the command.
        """
        if not self.booted:
            return
        self.connect()
        # If the shell is gone by now, the machine is switching off already.
        with suppress(ChannelClosed):
            self._running_shell().type_line("poweroff")
        self.wait_for_shutdown()

    def crash(self) -> None:
        """Take the machine's power away; does nothing if it does not run. It can be started again then."""
        if not self.booted or self._monitor is None:
            return
        self.log("forced crash")
        # QEMU has no answer to this.
        with suppress(ChannelClosed):
            self._monitor.ask("quit")
        self.wait_for_shutdown()

    def wait_for_shutdown(self) -> None:
        """Wait, without limit, until the machine has switched itself off; it can be started again then."""
        process = self.process
        if process is None or self.pid is None:
            return
        with self.nested("waiting for the VM to power off"):
            process.wait()
            self._forget_process()

    def release(self) -> None:
        """End QEMU at once and close the connections to it; does nothing if it does not run."""
        if self.pid is not None:
            self._end_process()

    def _end_process(self) -> None:
        with signals_held_back():
            process = self.process
            if process is not None and self.pid is not None and process.poll() is None:
                self.logger.info(f"kill {type(self).__name__} (pid {process.pid})")
                process.terminate()
                try:
                    process.wait(timeout=TERMINATION_TIMEOUT)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self._forget_process()

    def _forget_process(self) -> None:
        """Clean up after QEMU, which has ended."""
        with signals_held_back():
            self.pid = None
            self.booted = self.connected = False
            for connection in (*self._channels, self.qmp_client):
                if connection is not None:
                    connection.close()
            # Those that were accepted when the start failed.
            for accepted in (self.shell, self.monitor):
                if accepted is not None:
                    accepted.close()
            self._channels = []
            self.shell = self.monitor = self.qmp_client = None
            self._guest_shell = self._monitor = None
            self._join_serial()
            if self.process is not None and self.process.stdin is not None:
                # What was typed at the serial console and never read cannot be flushed any more.
                with suppress(BrokenPipeError):
                    self.process.stdin.close()


def listener(path: Path) -> socket.socket:
    """A socket at `path` that waits for one connection."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen(1)
    return listening
