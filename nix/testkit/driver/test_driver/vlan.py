"""Virtual networks: each is a `vde_switch` that machines plug into."""

import contextlib
import os
import shutil
import subprocess
import threading
from pathlib import Path

from test_driver.errors import MachineError
from test_driver.logger import AbstractLogger
from test_driver.run_directory import check_socket_path
from test_driver.termination import signals_held_back

LONGEST_SOCKET = ".4194304-00000"
"""Clients of a switch make sockets of their own in its directory: their process's number and the socket's."""
ANSWER_SECONDS = 10
STOP_SECONDS = 2


class VLan:
    """A virtual network of the test, a hub: every machine on it sees every packet.

    `nr` is its number and `socket_dir` the directory with its socket, which start scripts find in the environment
    variable QEMU_VDE_SOCKET_<number>; `pid` is the switch's process.
    """

    def __init__(self, nr: int, tmp_dir: Path, logger: AbstractLogger) -> None:
        """Start the network with the number `nr` in the directory `tmp_dir`.

        Raises MachineError if `vde_switch` is missing or does not come up.
        """
        self.nr = nr
        self.socket_dir = tmp_dir / f"vde{nr}.ctl"
        self.logger = logger
        self._said: list[str] = []
        self._answered = threading.Event()
        check_socket_path(f"VLAN {nr}", self.socket_dir / LONGEST_SOCKET)
        if shutil.which("vde_switch") is None:
            raise MachineError(f"VLAN {nr} needs 'vde_switch', which is not on PATH: install the package 'vde2'")
        self.logger.info("start vlan")
        with signals_held_back():
            # The switch ends when its standard input does, and so with the driver, whatever ends that. A session of
            # its own keeps Ctrl-C from it: the driver still needs it then to end machines in order.
            self.process = subprocess.Popen(
                ["vde_switch", "--sock", str(self.socket_dir), "--dirmode", "0700", "--hub"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self.process.pid
        # Ends with the switch's output.
        self._reader = threading.Thread(target=self._read, name=f"vlan-{nr}", daemon=True)
        self._reader.start()
        try:
            self._await_answer()
        except BaseException:
            self._end()
            raise
        os.environ[f"QEMU_VDE_SOCKET_{nr}"] = str(self.socket_dir)
        self.logger.info(f"running vlan (pid {self.pid}; ctl {self.socket_dir})")

    def __repr__(self) -> str:
        return f"<Vlan Nr. {self.nr}>"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw_line in self.process.stdout:
            line = raw_line.decode(errors="replace").strip()
            if self._answered.is_set():
                self.logger.debug(f"vlan {self.nr}: {line}")
            else:
                self._said.append(line)
            if line.endswith("1000 Success"):
                self._answered.set()
        self._answered.set()

    def _await_answer(self) -> None:
        """Ask the switch something; it answers when its socket is there."""
        assert self.process.stdin is not None
        # A switch that has ended says why on its output.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(b"showinfo\n")
            self.process.stdin.flush()
        in_time = self._answered.wait(timeout=ANSWER_SECONDS)
        if (self.socket_dir / "ctl").exists() and any(line.endswith("1000 Success") for line in self._said):
            return
        what = "ended" if in_time else f"did not answer in {ANSWER_SECONDS} seconds"
        said = "; ".join(self._said) or "it said nothing"
        raise MachineError(
            f"VLAN {self.nr}: vde_switch {what} ({said}): if another driver uses '{self.socket_dir}', "
            "set XDG_RUNTIME_DIR to another directory"
        )

    def stop(self) -> None:
        """End the network. Machines that are still on it lose their connection."""
        self.logger.info(f"kill vlan (pid {self.pid})")
        os.environ.pop(f"QEMU_VDE_SOCKET_{self.nr}", None)
        self._end()

    def _end(self) -> None:
        with signals_held_back():
            assert self.process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            try:
                self.process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._reader.join(timeout=1)
            if self.process.stdout is not None and not self._reader.is_alive():
                self.process.stdout.close()
