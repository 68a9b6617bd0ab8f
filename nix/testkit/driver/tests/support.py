"""What the driver's tests share: a place to run in, and a way to run the driver as a user does."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
COMMAND = HERE.parent / "nixos-test-driver"
FAKE_VM = HERE / "fake_vm.py"


class DriverTest(unittest.TestCase):
    """Runs the driver with fake machines in a directory of the test's own."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.run_dir = self.directory / "run"
        self.out_dir = self.directory / "out"
        self.run_dir.mkdir()
        self.out_dir.mkdir()

    def command(
        self, script: str, *arguments: str, machines: tuple[str, ...] = ("machine",), timeout: int = 60
    ) -> list[str]:
        script_file = self.directory / "test-script"
        script_file.write_text(script)
        config = self.directory / "config.json"
        config.write_text(
            json.dumps(
                {
                    "vms": {name: {"name": name, "start_script": str(FAKE_VM)} for name in machines},
                    "containers": {},
                    "vlans": [],
                    "global_timeout": timeout,
                    "enable_ssh_backdoor": False,
                    "test_script": str(script_file),
                }
            )
        )
        return [sys.executable, str(COMMAND), "--config", str(config), "-o", str(self.out_dir), *arguments]

    def environment(self, fake_vm: str = "") -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
        return {**kept, "XDG_RUNTIME_DIR": str(self.run_dir), "NO_COLOR": "1", "FAKE_VM": fake_vm}

    def drive(
        self,
        script: str,
        *arguments: str,
        machines: tuple[str, ...] = ("machine",),
        fake_vm: str = "",
        timeout: int = 60,
        stdin: str = "",
        environment: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            self.command(script, *arguments, machines=machines, timeout=timeout),
            env={**self.environment(fake_vm), **(environment or {})},
            cwd=self.directory,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(self.machine_processes(), [], "a machine outlives its driver")
        return finished

    def assert_passes(self, finished: subprocess.CompletedProcess[str]) -> None:
        self.assertEqual(finished.returncode, 0, finished.stderr)

    def assert_reports(self, finished: subprocess.CompletedProcess[str], *lines: str) -> None:
        """The driver failed with 1, and its failure report is these lines."""
        self.assertEqual(finished.returncode, 1, finished.stderr)
        reported = [line.removeprefix("!!! ") for line in finished.stderr.splitlines() if line.startswith("!!! ")]
        self.assertEqual(reported, list(lines))

    def machine_processes(self) -> list[int]:
        """Processes of machines of this test, by the socket paths in their command lines."""
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

    def start(self, script: str, *arguments: str, until: str) -> "subprocess.Popen[str]":
        """Start the driver and return when it has said `until` on standard error."""
        process = subprocess.Popen(
            self.command(script, *arguments),
            env=self.environment(),
            cwd=self.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(close_streams, process)
        assert process.stderr is not None
        for line in process.stderr:
            if until in line:
                break
        return process

    def interrupt_group(self, process: "subprocess.Popen[str]", number: int = signal.SIGINT) -> None:
        """What a terminal does at Ctrl-C: the signal reaches the driver and what shares its group."""
        os.killpg(process.pid, number)


def close_streams(process: "subprocess.Popen[str]") -> None:
    for stream in (process.stdin, process.stderr):
        if stream is not None:
            stream.close()
