"""A virtual machine in QEMU.

Three sockets in the machine's state directory join it to the driver: `monitor` (QEMU's console) and `shell` (the
guest's root shell), where the driver listens, and `qmp`, where QEMU listens. The serial console is QEMU's output.
"""

import base64
import os
import queue
import re
import select
import shlex
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.logger import AbstractLogger
from test_driver.machine.base import BaseMachine
from test_driver.machine.picture import ppm_to_png
from test_driver.machine.qmp import QMPSession
from test_driver.termination import signals_held_back

BANNER = b"Spawning backdoor root shell..."
PROMPT = b"(qemu) "
CONNECT_TIMEOUT = 300
SOCKET_PATH_LIMIT = 107
OUTPUT_TAIL_LINES = 40
CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[^\[\]])|[\x00-\x08\x0b-\x1f\x7f]")
"""What would move the cursor, clear or reset the terminal of whoever reads the log; firmware does all three."""


class QemuMachine(BaseMachine):
    """A virtual machine. It is started by the first command it gets, or by `start`."""

    def __init__(
        self,
        name: str,
        start_command: str,
        out_dir: Path,
        tmp_dir: Path,
        logger: AbstractLogger,
        callbacks: list[Callable[[], None]],
        keep_machine_state: bool = False,
    ) -> None:
        super().__init__(name, out_dir, tmp_dir, logger, callbacks, keep_machine_state)
        self.start_command = start_command
        self.monitor_path = self.state_dir / "monitor"
        self.qmp_path = self.state_dir / "qmp"
        self.shell_path = self.state_dir / "shell"
        self.connected = False
        self.process: subprocess.Popen[bytes] | None = None
        self.pid: int | None = None
        self.monitor: socket.socket | None = None
        self.shell: socket.socket | None = None
        self.qmp_client: QMPSession | None = None
        self.serial_thread: threading.Thread | None = None
        self.full_console_log: list[str] = []
        self.last_lines: queue.Queue[str] = queue.Queue()
        self.has_own_process_group = False
        self._unread_answers = 0
        for path in (self.monitor_path, self.qmp_path, self.shell_path):
            self._check_socket_path(path)

    def _check_socket_path(self, path: Path) -> None:
        size = len(os.fsencode(path))
        if size > SOCKET_PATH_LIMIT:
            raise MachineError(
                f"machine '{self.name}': the socket path '{path}' has {size} bytes and the system allows "
                f"{SOCKET_PATH_LIMIT}: set XDG_RUNTIME_DIR (or TMPDIR) to a shorter directory"
            )

    def start(self, allow_reboot: bool = False) -> None:
        """Start the machine and return as soon as QEMU answers; the guest is still booting then.

        Does nothing if the machine runs. Without `allow_reboot` a guest that reboots ends the machine instead.
        Raises MachineError if QEMU does not come up.
        """
        if self.booted:
            return
        self.log("starting vm")
        for path in (self.monitor_path, self.qmp_path, self.shell_path):
            path.unlink(missing_ok=True)
        self.full_console_log = []
        self.last_lines = queue.Queue()
        self._unread_answers = 0
        with listener(self.monitor_path) as monitor_listener, listener(self.shell_path) as shell_listener:
            try:
                self._spawn(allow_reboot)
                self.monitor = self._accept(monitor_listener)
                self.shell = self._accept(shell_listener)
                self.qmp_client = self._connect_qmp()
                self._read_monitor()
            except BaseException:
                self.release()
                raise
        self.booted = True
        self.log(f"QEMU running (pid {self.pid})")

    def _spawn(self, allow_reboot: bool) -> None:
        arguments = [
            *("-qmp", f"unix:{self.qmp_path},server=on,wait=off"),
            *("-monitor", f"unix:{self.monitor_path}"),
            *("-chardev", f"socket,id=shell,path={self.shell_path}"),
            *("-device", "virtio-serial", "-device", "virtconsole,chardev=shell"),
            *("-device", "virtio-rng-pci", "-serial", "stdio"),
        ]
        if not allow_reboot:
            arguments.append("-no-reboot")
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            arguments.append("-nographic")
        environment = {
            **os.environ,
            "TMPDIR": str(self.state_dir),
            "SHARED_DIR": str(self.shared_dir),
            "USE_TMPDIR": "1",
        }
        with signals_held_back():
            self.process = subprocess.Popen(
                f"{self.start_command} {shlex.join(arguments)}",
                shell=True,
                cwd=self.state_dir,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # At an interactive prompt Ctrl-C must reach the prompt alone. Otherwise whoever kills the driver's
                # process group, as Nix does, must reach QEMU too.
                start_new_session=self.has_own_process_group,
            )
        self.pid = self.process.pid
        self.serial_thread = threading.Thread(
            target=self._pump_serial, args=(self.process,), name=f"serial-{self.name}", daemon=True
        )
        self.serial_thread.start()

    def _pump_serial(self, process: subprocess.Popen[bytes]) -> None:
        """Started by `_spawn`; ends with QEMU's output."""
        assert process.stdout is not None
        for raw_line in process.stdout:
            line = CONTROL.sub("", raw_line.decode(errors="replace").rstrip("\r\n"))
            self.full_console_log.append(line)
            self.last_lines.put(line)
            self.log_serial(line)

    def _accept(self, listening: socket.socket) -> socket.socket:
        while not select.select([listening], [], [], 0.1)[0]:
            self._check_process()
        return listening.accept()[0]

    def _connect_qmp(self) -> QMPSession:
        while True:
            try:
                return QMPSession.from_path(self.qmp_path)
            except OSError:
                self._check_process()
                time.sleep(0.02)

    def _check_process(self) -> None:
        if self.process is None:
            raise self._not_running()
        if self.process.poll() is not None:
            raise self._lost("QEMU ended")

    def _not_running(self) -> MachineError:
        return MachineError(f"machine '{self.name}' is not running: start it first")

    def _lost(self, what: str) -> MachineError:
        """The error for a machine that is gone, with the end of what it said."""
        status = ""
        if self.process is not None:
            # Give QEMU a moment to be gone entirely, so that its last words are in.
            try:
                status = f" (exit code {self.process.wait(timeout=2)})"
            except subprocess.TimeoutExpired:
                status = " (QEMU still runs)"
        if self.serial_thread is not None and status != " (QEMU still runs)":
            self.serial_thread.join(timeout=2)
        tail = "\n".join(f"    {line}" for line in self.full_console_log[-OUTPUT_TAIL_LINES:])
        return MachineError(
            f"machine '{self.name}': {what}{status}" + (f"; its last output:\n{tail}" if tail else "; it said nothing")
        )

    def connect(self) -> None:
        """Start the machine if need be and wait until its root shell is there.

        Raises MachineError if the machine ends before, or after 300 seconds.
        """
        if self.connected:
            return
        self.start()
        with self.nested("waiting for the VM to finish booting"):
            begin = time.monotonic()
            self._await_banner(begin + CONNECT_TIMEOUT)
            self.connected = True
            self.log(f"connected to guest root shell (took {time.monotonic() - begin:.2f} seconds)")

    def _await_banner(self, deadline: float) -> None:
        assert self.shell is not None
        seen = b""
        while BANNER not in seen:
            if time.monotonic() > deadline:
                raise self._lost(f"its root shell did not come up in {CONNECT_TIMEOUT} seconds")
            if not select.select([self.shell], [], [], 1.0)[0]:
                continue
            chunk = self.shell.recv(1024)
            if not chunk:
                raise self._lost("QEMU ended before the guest's root shell was there")
            seen += chunk

    def is_up(self) -> bool:
        """Whether the machine runs and its root shell is connected."""
        return self.booted and self.connected

    def _execute(self, command: str, check_return: bool, check_output: bool, timeout: int | None) -> tuple[int, str]:
        self.connect()
        limit = "" if timeout is None else f"timeout {timeout}"
        wrapped = shlex.quote(f"set -euo pipefail; {command}")
        # Answers that nobody waited for, because the caller did not want them or was interrupted.
        while self._unread_answers:
            self._read_answer()
        self._ask(f"{limit} bash -c {wrapped} | (base64 -w 0; echo)\n")
        if not check_output:
            return (-2, "")
        output = base64.b64decode(self._read_answer()).decode(errors="replace")
        if not check_return:
            return (-1, output)
        self._ask("echo ${PIPESTATUS[0]}\n")
        return (int(self._read_answer()), output)

    def _ask(self, text: str) -> None:
        self._send(text)
        self._unread_answers += 1

    def _send(self, text: str) -> None:
        assert self.shell is not None
        try:
            self.shell.sendall(text.encode())
        except OSError as error:
            raise self._lost("Shell disconnected") from error

    def _read_answer(self) -> bytes:
        """What the guest's shell prints up to the end of a line; its answers are one line each."""
        assert self.shell is not None
        answer = b""
        while not answer.endswith(b"\n"):
            try:
                chunk = self.shell.recv(65536)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                self.connected = False
                raise self._lost("Shell disconnected")
            answer += chunk
        self._unread_answers -= 1
        return answer

    def get_console_log(self) -> str:
        """All that the machine printed on its serial console since it was started."""
        return "\n".join(self.full_console_log)

    def wait_for_console_text(self, regex: str, timeout: int | None = None) -> None:
        r"""Wait until `regex` is found in what the serial console prints, from the last such wait (or the start) on.

        The expression may span lines, joined by `\n`. Raises RequestedAssertionFailed when `timeout` seconds
        (default: no limit) are over, MachineError if the machine ends before.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        seen = ""
        with self.nested(f"waiting for {regex} to appear on console"):
            while True:
                try:
                    seen += self.last_lines.get(timeout=0.2) + "\n"
                except queue.Empty:
                    if deadline is not None and time.monotonic() > deadline:
                        raise RequestedAssertionFailed(
                            f"'{regex}' did not appear on the console in {timeout} seconds"
                        ) from None
                    self._check_process()
                    continue
                if re.search(regex, seen):
                    return

    def send_monitor_command(self, command: str) -> str:
        """Type a command at QEMU's monitor and return what it prints.

        Raises MachineError if QEMU is gone.
        """
        self.run_callbacks()
        if self.monitor is None:
            raise self._not_running()
        try:
            self.monitor.sendall(command.encode() + b"\n")
        except OSError as error:
            raise self._lost("QEMU closed its monitor") from error
        answer = self._read_monitor()
        # QEMU's line editor repeats the command first.
        return answer.split("\n", 1)[-1]

    def _read_monitor(self) -> str:
        assert self.monitor is not None
        seen = b""
        while not seen.endswith(PROMPT):
            chunk = self.monitor.recv(4096)
            if not chunk:
                raise self._lost("QEMU closed its monitor")
            seen += chunk
        return CONTROL.sub("", seen[: -len(PROMPT)].decode(errors="replace"))

    def wait_for_qmp_event(self, event_filter: Callable[[dict[str, Any]], bool], timeout: int = 600) -> dict[str, Any]:
        """Return QEMU's next event that `event_filter` accepts.

        Raises MachineError when `timeout` seconds (default 600) are over or the machine does not run.
        """
        if self.qmp_client is None:
            raise self._not_running()
        return self.qmp_client.wait_for_event(event_filter, timeout)

    def screenshot(self, filename: str) -> None:
        """Save a picture of the machine's screen as PNG.

        A bare name lies in the output directory, and gets the ending `.png` if it has none.
        Raises MachineError if the machine does not run or has no screen.
        """
        if self.qmp_client is None:
            raise self._not_running()
        target = Path(filename)
        if "/" not in filename:
            target = self.out_dir / (filename if target.suffix else f"{filename}.png")
        with (
            self.nested(f"making screenshot {target}", {"image": target.name}),
            tempfile.TemporaryDirectory(dir=self.state_dir) as directory,
        ):
            picture = Path(directory) / "screen.ppm"
            self.qmp_client.send("screendump", {"filename": str(picture)})
            ppm_to_png(picture, target)

    def shutdown(self) -> None:
        """Switch the machine off by its own `poweroff` and wait until it is off; does nothing if it does not run."""
        if not self.booted:
            return
        self.connect()
        self._send("poweroff\n")
        self.wait_for_shutdown()

    def crash(self) -> None:
        """Take the machine's power away; does nothing if it does not run."""
        if not self.booted or self.monitor is None:
            return
        self.log("forced crash")
        self.monitor.sendall(b"quit\n")
        self.wait_for_shutdown()

    def wait_for_shutdown(self) -> None:
        """Wait, without limit, until the machine has switched itself off; it can be started again then."""
        if self.process is None:
            return
        with self.nested("waiting for the VM to power off"):
            self.process.wait()
            self.release()

    def release(self) -> None:
        """End QEMU at once and close the connections to it; does nothing if it does not run."""
        with signals_held_back():
            process, self.process = self.process, None
            self.booted = self.connected = False
            if process is not None:
                if process.poll() is None:
                    self.log(f"kill machine (pid {process.pid})")
                    process.terminate()
                    try:
                        process.wait(timeout=10)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()
                if process.stdin is not None:
                    process.stdin.close()
            for connection in (self.shell, self.monitor, self.qmp_client):
                if connection is not None:
                    connection.close()
            self.shell = self.monitor = self.qmp_client = None
            if self.serial_thread is not None and self.serial_thread is not threading.current_thread():
                # A child of the start script may hold QEMU's output open; its words are not worth a wait.
                self.serial_thread.join(timeout=1)


def listener(path: Path) -> socket.socket:
    """A socket at `path` that waits for one connection."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen(1)
    return listening
