"""Real machines: the testkit's tiny guest in QEMU, for the cases that ask for it. Nix builds their start scripts."""

import shutil
import subprocess
from pathlib import Path

PROGRAMS = ("nix-build", "qemu-system-x86_64", "vde_switch")
DEFINITION = Path(__file__).resolve().parents[1] / "guests.nix"


class GuestError(Exception):
    """The machines cannot be built."""


def missing() -> str:
    """Why there can be no real machine here; empty when there can."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"needs {', '.join(absent)}: ./x setup" if absent else ""


def build() -> dict[str, Path]:
    """Start scripts by machine; raises GuestError with the last words of Nix."""
    ended = subprocess.run(
        ["nix-build", "--no-out-link", str(DEFINITION)], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if ended.returncode != 0:
        raise GuestError("\n".join(ended.stderr.splitlines()[-20:]))
    scripts = [script for line in ended.stdout.split() for script in Path(line).glob("bin/run-*-vm")]
    return {script.name.removeprefix("run-").removesuffix("-vm"): script for script in scripts}
