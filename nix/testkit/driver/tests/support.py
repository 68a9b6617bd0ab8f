"""What the driver's tests share: a place to run in, and ways to run the driver as a user does."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
COMMAND = HERE.parent / "nixos-test-driver"
FAKE_VM = HERE / "fake_vm.py"
PATIENCE = 60
"""Seconds after which a test gives up on a driver; nothing that is tested takes a tenth of that."""


class DriverTest(unittest.TestCase):
    """Runs the driver with fake machines in a directory of the test's own."""

    maxDiff = None

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.run_dir = self.directory / "run"
        self.out_dir = self.directory / "out"
        self.run_dir.mkdir()
        self.out_dir.mkdir()

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the test's directory."""
        file = self.directory / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def configuration(
        self, script: str | bytes, machines: tuple[str, ...] = (), vlans: tuple[int, ...] = (), timeout: int = 60
    ) -> Path:
        """A configuration file for the script; machines are fake."""
        content = {
            "vms": {name: {"name": name, "start_script": str(FAKE_VM)} for name in machines},
            "containers": {},
            "vlans": vlans,
            "global_timeout": timeout,
            "enable_ssh_backdoor": False,
            "test_script": str(self.write("test-script", script)),
        }
        return self.write("config.json", json.dumps(content))

    def command(
        self,
        script: str | bytes,
        *arguments: str,
        machines: tuple[str, ...] = ("machine",),
        vlans: tuple[int, ...] = (),
        timeout: int = 60,
    ) -> list[str]:
        config = self.configuration(script, machines, vlans, timeout)
        return [sys.executable, str(COMMAND), "--config", str(config), "-o", str(self.out_dir), *arguments]

    def environment(self, fake_vm: str = "") -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
        return {**kept, "XDG_RUNTIME_DIR": str(self.run_dir), "NO_COLOR": "1", "FAKE_VM": fake_vm}

    def drive(
        self,
        script: str | bytes,
        *arguments: str,
        machines: tuple[str, ...] = ("machine",),
        vlans: tuple[int, ...] = (),
        fake_vm: str = "",
        timeout: int = 60,
        stdin: str = "",
        environment: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the driver on a script, to its end."""
        command = self.command(script, *arguments, machines=machines, vlans=vlans, timeout=timeout)
        return self.call(command, {**self.environment(fake_vm), **(environment or {})}, stdin)

    def call(
        self, command: list[str], environment: dict[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command line to its end."""
        finished = subprocess.run(
            command,
            env=self.environment() if environment is None else environment,
            cwd=self.directory,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self.assertEqual(self.machine_processes(), [], "a machine outlives its driver")
        return finished

    def log(self, finished: subprocess.CompletedProcess[str]) -> list[str]:
        """The lines of the log, without what differs from run to run."""
        return [self.stable(line) for line in finished.stderr.splitlines()]

    def stable(self, text: str) -> str:
        text = text.replace(str(self.directory), "$DIR")
        return re.sub(r"\d+\.\d\d(?= seconds|s\b)", "N", re.sub(r"\bpid \d+", "pid P", text))

    def assert_passes(self, finished: subprocess.CompletedProcess[str]) -> None:
        self.assertEqual(finished.returncode, 0, finished.stderr)

    def assert_reports(self, finished: subprocess.CompletedProcess[str], *lines: str) -> None:
        """The driver failed with 1, and its failure report is these lines."""
        self.assertEqual(finished.returncode, 1, finished.stderr)
        reported = [line.removeprefix("!!! ") for line in finished.stderr.splitlines() if line.startswith("!!! ")]
        self.assertEqual(reported, list(lines))

    def assert_usage_error(self, finished: subprocess.CompletedProcess[str], message: str) -> None:
        """The driver refused its command line with 2, and this is what it said below its usage."""
        self.assertEqual(finished.returncode, 2, finished.stderr)
        self.assertEqual(self.log(finished)[-1], f"nixos-test-driver: error: {message}")

    def machine_processes(self) -> list[int]:
        """Processes of machines and networks of this test, by the socket paths in their command lines."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(self.run_dir).encode() in command:
                found.append(int(entry.name))
        return found

    def start(
        self, script: str, *arguments: str, until: str, vlans: tuple[int, ...] = (), timeout: int = 60
    ) -> "subprocess.Popen[str]":
        """Start the driver and return when it has said `until` on standard error."""
        process = subprocess.Popen(
            self.command(script, *arguments, vlans=vlans, timeout=timeout),
            env=self.environment(),
            cwd=self.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(close_streams, process)
        self.read_until(process, until)
        return process

    def read_until(self, process: "subprocess.Popen[str]", text: str) -> str:
        """Read standard error up to a line with `text` in it, which is returned."""
        assert process.stderr is not None
        seen = ""
        for line in process.stderr:
            seen += line
            if text in line:
                return line
        raise AssertionError(f"the driver ended without saying '{text}':\n{seen}")

    def interrupt_group(self, process: "subprocess.Popen[str]", number: int = signal.SIGINT) -> None:
        """What a terminal does at Ctrl-C: the signal reaches the driver and what shares its group."""
        os.killpg(process.pid, number)


def close_streams(process: "subprocess.Popen[str]") -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
