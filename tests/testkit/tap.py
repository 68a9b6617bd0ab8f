"""Test results as TAP lines, and the programs that tests run."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 150
"""Seconds after which a program is taken for stuck. It is ten times what most need on two cores."""
LONG_PATIENCE = 1200
"""The same for what downloads packages, or boots a system with services."""
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups") if os.geteuid() == 0 else ()
"""What to put before a command so that it runs without rights; nothing if it does anyway."""

_failed = False


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def check(name: str, holds: bool, explanation: str = "") -> None:
    """Report a test; `explanation` shows when it failed."""
    global _failed
    say(f"{'ok' if holds else 'not ok'} {name}")
    if not holds:
        _failed = True
        for line in explanation.splitlines():
            say(f"# {line}")


def equal(name: str, actual: object, expected: object) -> None:
    check(name, actual == expected, f"is       {actual!r}\nshould be {expected!r}")


def skip(name: str, reason: str) -> None:
    say(f"ok {name} # SKIP {reason}")


def leave() -> None:
    """End the process with the verdict on all tests."""
    sys.exit(1 if _failed else 0)


@dataclass(frozen=True)
class Ended:
    """A program that ran."""

    code: int | None
    """Its exit code; none if it was stuck."""
    output: str
    errors: str
    """Standard error, or nothing where it goes to `output`."""


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str | None] | None = None,
    directory: Path = REPOSITORY,
    joined: bool = False,
    typed: str = "",
    patience: float = PATIENCE,
) -> Ended:
    """Run a program to its end.

    `environment` changes that of this process, None removes; `joined` puts both streams in one; `typed` is its input.
    After `patience` seconds it is taken for stuck.
    """
    changed = {**os.environ, **(environment or {})}
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=directory,
        env={name: value for name, value in changed.items() if value is not None},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if joined else subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(typed, timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        return Ended(None, output, errors or "")
    return Ended(process.returncode, output, errors or "")


@contextmanager
def directory() -> Iterator[Path]:
    """A folder with a short path, as sockets need it, that is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="tk", dir="/tmp"))
    try:
        yield path
    finally:
        # A store is read-only.
        subprocess.run(["chmod", "-R", "u+w", path], check=False)
        shutil.rmtree(path, ignore_errors=True)


def copy_checkout(target: Path) -> Path:
    """Put what Nix needs of the checkout into the folder `target`."""
    for folder in ("nix", "tests/example"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / folder, target / folder, symlinks=True, ignore=unwanted)
    return target
