"""Test drivers for one script each, with a machine that is fake, and without Nix.

The driver is the testkit's, or the one of NixOS that NIXTEST_UPSTREAM_DRIVER and NIXTEST_UPSTREAM_PYTHON name.
"""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import scripts

HERE = Path(__file__).resolve().parent
TESTKIT = HERE.parents[1] / "nix/testkit/driver"

TEST = """\
{
  name = "bench";
  nodes.machine = { };
  testScript = builtins.readFile ./script.py;
}
"""


@dataclass(frozen=True)
class Driver:
    """A driver of no test yet. `package` holds the Python package `test_driver`."""

    package: Path
    python: str

    @staticmethod
    def chosen(python: str) -> "Driver":
        package = os.environ.get("NIXTEST_UPSTREAM_DRIVER")
        if package is None:
            return Driver(TESTKIT, python)
        return Driver(Path(package), os.environ.get("NIXTEST_UPSTREAM_PYTHON", python))


@dataclass(frozen=True)
class Bare:
    """A run without a debugger."""

    printed: str
    until_said: float
    """Seconds until the script said something to the benchmark."""


@dataclass(frozen=True)
class Project:
    """A directory with a script, the Nix file that reads it, and a driver that runs it."""

    directory: Path
    script: Path
    program: Path
    """The driver's."""
    python: str

    def run_driver(self) -> Bare:
        """Run the driver as it is, without a debugger."""
        return self._run([str(self.program)])

    def run_script(self) -> Bare:
        """Run the script as it is, without a driver."""
        return self._run([self.python, str(self.script)])

    def line(self, marker: str) -> int:
        """The line of the script that is named by a comment."""
        lines = self.script.read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if line.endswith(f"# @{marker}"))

    def _run(self, command: list[str]) -> Bare:
        began = time.perf_counter()
        until_said: float | None = None
        lines = []
        with subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, "XDG_RUNTIME_DIR": str(self.directory), "TMPDIR": str(self.directory)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout
            for line in process.stdout:
                lines.append(line)
                if until_said is None and re.search(scripts.SAID, line):
                    until_said = time.perf_counter() - began
        if process.returncode != 0 or until_said is None:
            sys.exit(f"{command[0]} failed without a debugger")
        return Bare("".join(lines), until_said)


def project(driver: Driver, directory: Path, script: str, machine: str | None = None) -> Project:
    """A project below `directory`, which must exist. `machine` says how the machine answers (see `fake_machine.py`)."""
    (directory / "script.py").write_text(script)
    (directory / "test.nix").write_text(TEST)
    start = directory / "run-machine-vm"
    _write_program(start, f'exec {driver.python} {HERE / "fake_machine.py"} {machine} "$@"')
    program = directory / "bin/nixos-test-driver"
    program.parent.mkdir()
    machines = {"machine": {"name": "machine", "start_script": str(start)}} if machine else {}
    run = (
        f'exec {driver.python} -c \'import sys; sys.path.insert(0, "{driver.package}"); '
        'import test_driver; sys.argv[0] = "nixos-test-driver"; test_driver.main()\''
    )
    if '"--config"' in (driver.package / "test_driver/__init__.py").read_text() or driver.package == TESTKIT:
        configuration = {
            "vms": machines,
            "containers": {},
            "vlans": [],
            "global_timeout": 600,
            "enable_ssh_backdoor": False,
            "test_script": str(directory / "script.py"),
        }
        (directory / "configuration.json").write_text(json.dumps(configuration))
        _write_program(program, f'{run} --config {directory / "configuration.json"} "$@"')
    else:
        # Up to NixOS 25.11 the environment says what is run.
        variables = f"startScripts='{start if machine else ''}' testScript={directory / 'script.py'}"
        _write_program(program, f"export {variables} vlans='' globalTimeout=600\n{run} \"$@\"")
    return Project(directory, directory / "script.py", program, driver.python)


def _write_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
