"""Drivers under test: the testkit's own, and true ones in directories that somebody names."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.case import VERSIONS, Case

REPOSITORY = Path(__file__).resolve().parents[3]
FAKE_MACHINE = REPOSITORY / "nix/testkit/driver/tests/fake_vm.py"
SUITE = Path(__file__).resolve().parents[1]
REAL_PROGRAMS = ("vde_switch",)
"""Those that only a fake machine can do without."""
LAUNCHER = """\
import site
import sys
sys.argv[0] = "nixos-test-driver"
sys.dont_write_bytecode = True
site.addsitedir({directory!r})
{preparation}from test_driver import main
sys.exit(main())
"""
"""The program around a driver's package, in the form that Nix gives to Python applications."""
SHELL_OF_NIX = """\
import functools
import subprocess
start = subprocess.Popen.__init__
@functools.wraps(start)
def start_with_bash(self, *arguments, shell=False, executable=None, **options):
    start(self, *arguments, shell=shell, executable=executable or ("/bin/bash" if shell else None), **options)
subprocess.Popen.__init__ = start_with_bash
"""
"""Python of Nix runs commands with bash, which becomes its last command: what true drivers end is QEMU, not a shell."""
EDITED_LINES = "import readline\n"
"""With standard error in a file, IPython takes its plain prompt, which edits lines only where this module is loaded.

Most true drivers load it by the way; those that do not would wait for a person who waits for an editor of lines.
"""


class DriverError(Exception):
    """There is no usable driver where one was named."""


@dataclass(frozen=True)
class TestDriver:
    """One driver and the interpreter that runs it."""

    label: str
    """How the report calls it: `testkit`, or a version."""
    version: str
    """Which of the known versions it is; empty for the testkit's."""
    directory: Path
    """Where its package `test_driver` lies."""
    python: str

    @property
    def is_testkit(self) -> bool:
        return not self.version

    def flavour(self, case: Case) -> str:
        """How the driver is told its test: in a JSON file, or in environment variables as before 26.05."""
        if case.flavour:
            return case.flavour
        return "environment" if self.version in VERSIONS[:3] else "config"

    def applies(self, case: Case) -> bool:
        """Whether the fact of the case is said to hold for this driver."""
        return self.is_testkit or self.version in case.versions


def testkit(python: str) -> TestDriver:
    """The testkit's own driver, in the checkout."""
    return TestDriver("testkit", "", REPOSITORY / "nix/testkit/driver", python)


def true_driver(text: str) -> TestDriver:
    """A driver as the command line and the environment name it: `[VERSION=]DIRECTORY[,PYTHON]`.

    Raises DriverError when the directory holds no driver, or the version is none of the known.
    """
    label, separator, place = text.partition("=")
    if not separator:
        label, place = "", text
    directory_name, _, python = place.partition(",")
    directory = Path(directory_name).resolve()
    if not (directory / "test_driver/driver.py").is_file():
        raise DriverError(f"'{directory}' holds no package 'test_driver'")
    version = label or recognised(directory)
    if version not in VERSIONS:
        raise DriverError(f"'{version}' is none of the versions that are known: {', '.join(VERSIONS)}")
    beside = directory / "venv/bin/python"
    python = python or os.environ.get("NIXTEST_UPSTREAM_PYTHON") or (str(beside) if beside.exists() else "python3")
    return TestDriver(version, version, directory, shutil.which(python) or python)


def recognised(directory: Path) -> str:
    """The version of a true driver, told by what each of them was the first to have."""
    package = directory / "test_driver"

    def has(file: str, text: str) -> bool:
        path = package / file
        return path.is_file() and text in path.read_text(encoding="utf-8")

    if has("__init__.py", '"--config"'):
        return "26.11" if has("__init__.py", '"--test-script"') else "26.05"
    if (package / "debug.py").is_file():
        return "25.11"
    return "25.05" if (package / "errors.py").is_file() else "24.11"


@dataclass(frozen=True)
class Place:
    """Where one run happens: nothing of it lies outside, and `directory` may have an odd name."""

    root: Path
    directory: Path
    programs: Path
    """What stands for programs that drivers call."""

    @property
    def run_dir(self) -> Path:
        return self.directory / "run"

    @property
    def out_dir(self) -> Path:
        return self.directory / "out"

    @property
    def home(self) -> Path:
        return self.directory / "home"

    def start_script(self, machine: str) -> Path:
        return self.root / "vms" / f"run-{machine}-vm"

    @staticmethod
    def made(root: Path, case: Case, guests: Mapping[str, Path]) -> "Place":
        """Lay out the place: the machines' start scripts, the test script, empty directories.

        `guests` are the start scripts of real machines.
        """
        place = Place(root, root / case.directory, root / "programs")
        for directory in (place.directory, place.run_dir, place.out_dir, place.home, place.programs, root / "vms"):
            directory.mkdir(mode=0o700)
        for machine in case.machines:
            place.start_script(machine).symlink_to(guests[machine] if case.is_real else FAKE_MACHINE)
        for program in (SUITE / "bin").iterdir():
            # Real machines need a network that is one.
            if not (case.is_real and program.name in REAL_PROGRAMS):
                (place.programs / program.name).symlink_to(program)
        (place.directory / "script.py").write_text(case.script, encoding="utf-8")
        (place.directory / "other.py").write_text('print("the other script")\n', encoding="utf-8")
        return place


def command(driver: TestDriver, case: Case, place: Place) -> list[str]:
    """The command line of a run; lays out the files that it names."""
    launcher = place.root / "nixos-test-driver"
    preparation = ""
    if not driver.is_testkit:
        preparation = (SHELL_OF_NIX if case.is_real else "") + (EDITED_LINES if case.terminal else "")
    launcher.write_text(LAUNCHER.format(directory=str(driver.directory), preparation=preparation))
    words = [driver.python, str(launcher)]
    if driver.flavour(case) == "config":
        configuration = place.directory / "configuration.json"
        configuration.write_text(json.dumps(_configuration(case, place)))
        words += ["--config", str(configuration)]
    arguments = [word.replace("$DIR", str(place.directory)) for word in case.arguments]
    if not {"-o", "--output_directory"} & set(arguments):
        arguments = ["-o", str(place.out_dir), *arguments]
    return words + arguments


def _configuration(case: Case, place: Place) -> dict[str, object]:
    return {
        "vms": {name: {"name": name, "start_script": str(place.start_script(name))} for name in case.machines},
        "containers": {},
        "vlans": [int(number) for number in case.vlans],
        "global_timeout": case.timeout,
        "enable_ssh_backdoor": False,
        "test_script": str(place.directory / "script.py"),
    }


def environment(driver: TestDriver, case: Case, place: Place) -> dict[str, str]:
    """The variables of a run. Nothing of the caller's reaches the driver but the path to programs."""
    variables = {
        "PATH": f"{place.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(place.home),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "XDG_RUNTIME_DIR": str(place.run_dir),
        "TMPDIR": str(place.run_dir),
        "PYTHONNOUSERSITE": "true",
        "PYTHONPATH": str(SUITE / "lib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FAKE_VM": case.fake,
        "FAKE_VM_GUEST": str(SUITE / "guest-functions.sh"),
        "CONFORMANCE_TOOLS": str(place.directory / "tools"),
    }
    if driver.flavour(case) == "environment":
        variables |= {
            "startScripts": " ".join(str(place.start_script(name)) for name in case.machines),
            "vlans": " ".join(case.vlans),
            "globalTimeout": str(case.timeout),
            "testScript": str(place.directory / "script.py"),
        }
    for name, value in case.environment.items():
        variables.pop(name, None)
        if value is not None:
            variables[name] = value.replace("$DIR", str(place.directory))
    return variables
