"""What the tests share: a start of a machine as the driver does it, without the driver."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent
FAKE_QEMU = Path(__file__).resolve().parent / "fake_qemu.py"
BANNER = b"Spawning backdoor root shell...\n"
DEADLINE = 60


class Start:
    """One start of a machine in a directory of its own, for which `@` stands in the words of the command."""

    def __init__(self, directory: Path, command: list[str], environment: dict[str, str]) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.connection: socket.socket | None = None
        self.listening = socket.socket(socket.AF_UNIX)
        path = directory / "shell"
        path.unlink(missing_ok=True)
        self.listening.bind(str(path))
        self.listening.listen(1)
        self.listening.settimeout(DEADLINE)
        self.process = subprocess.Popen(
            [word.replace("@", str(directory)) for word in command],
            cwd=directory,
            env={**os.environ, **{name: value.replace("@", str(directory)) for name, value in environment.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def shell(self) -> socket.socket:
        """The driver's end of the root shell, once the machine has announced it."""
        if self.connection is None:
            self.connection, _ = self.listening.accept()
            self.connection.settimeout(DEADLINE)
            banner = self.line()
            if banner != BANNER:
                raise AssertionError(f"the root shell began with {banner!r}")
        return self.connection

    def line(self) -> bytes:
        """The next line of the root shell."""
        said = b""
        while not said.endswith(b"\n"):
            data = self.shell().recv(1) if self.connection is None else self.connection.recv(1)
            if not data:
                raise AssertionError(f"the root shell ended after {said!r}")
            said += data
        return said

    def ask(self, command: str) -> str:
        """What the root shell answers, which is one line."""
        self.shell().sendall(command.encode() + b"\n")
        return self.line().decode().rstrip("\n")

    def read_until(self, text: str) -> str:
        """The output up to the line with `text`."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line.decode()
            if text in said:
                return said
        raise AssertionError(f"no '{text}' in the output:\n{said}")

    def end(self) -> str:
        """Wait for the machine to end by itself; returns the rest of its output."""
        output, _ = self.process.communicate(timeout=DEADLINE)
        return output.decode()

    def clear(self) -> None:
        """Leave nothing behind."""
        if self.connection is not None:
            self.connection.close()
        self.listening.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


class TemplatesTest(unittest.TestCase):
    """Has a directory of its own, and templates in it."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.templates = self.directory / "templates"
        self.starts = 0

    def start_of(self, command: list[str], environment: dict[str, str]) -> Start:
        self.starts += 1
        started = Start(self.directory / f"state-{self.starts}", command, environment)
        self.addCleanup(started.clear)
        return started

    def kept(self) -> list[str]:
        """The names in the directory of templates, with `KEY` for the digits that tell templates apart."""
        return sorted(
            name if "-" not in name else f"{name.split('-')[0]}-KEY{''.join(Path(name).suffixes)}"
            for name in os.listdir(self.templates)
        )

    def only_template(self) -> Path:
        found = [path for path in self.templates.iterdir() if path.is_dir()]
        self.assertEqual(len(found), 1, found)
        return found[0]


class FakeTest(TemplatesTest):
    """Starts machines with the fake QEMU."""

    def setUp(self) -> None:
        super().setUp()
        self.qemu = self.directory / "qemu"
        self.qemu.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(FAKE_QEMU))} "$@"\n')
        self.qemu.chmod(0o755)

    def words(self, *more: str) -> list[str]:
        return [
            *(str(self.qemu), "-name", "fake", "-m", "8", *more),
            *("-chardev", "socket,id=shell,path=@/shell", "-device", "virtconsole,chardev=shell", "-serial", "stdio"),
        ]

    def start(
        self, *more: str, fake: str = "", templates: Path | None = None, environment: dict[str, str] | None = None
    ) -> Start:
        program = [sys.executable, "-I", "-S", "-B", str(TEMPLATE), str(templates or self.templates), "--"]
        return self.start_of([*program, *self.words(*more)], {"FAKE_QEMU": fake, **(environment or {})})


def processes_with(text: str) -> list[int]:
    """Processes whose command lines have `text`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and text.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def eventually_none(text: str) -> bool:
    """Whether the processes with `text` in their command lines end by themselves."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if not processes_with(text):
            return True
        time.sleep(0.02)
    return False
