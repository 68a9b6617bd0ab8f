"""Plays one case on one driver and keeps all that can be seen of it from outside."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.case import JOURNAL, Case
from conformance.drivers import Place, TestDriver, command, environment
from conformance.ending import ended_with_the_suite, go_on_unless_ending, kill_group

TIME_LIMIT = 60
"""Seconds after which a driver that does not end is ended."""
REAL_TIME_LIMIT = 120
"""The same with real machines, which may be emulated on a busy host."""

SECONDS_TO_END = 2
"""What the processes around a driver have after its end before they count as left behind."""


@dataclass
class Observation:
    """What one run looked like."""

    place: Place
    driver: TestDriver
    exit: str = ""
    stdout: str = ""
    stderr: str = ""
    journals: dict[str, dict[str, str]] = field(default_factory=dict)
    """By machine and channel: what reached it."""
    tools: str = ""
    """The command lines of the programs that the driver called."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What the output directory holds, and an XML log."""
    left: list[str] = field(default_factory=list)
    """Command lines of processes that outlived the driver."""


def play(case: Case, driver: TestDriver, guests: Mapping[str, Path]) -> Observation:
    """Run the case. Everything it made and started is gone afterwards. `guests`: start scripts of real machines.

    Raises Ending when the suite was told to end.
    """
    go_on_unless_ending()
    root = Path(tempfile.mkdtemp(prefix="cf-"))
    try:
        place = Place.made(root, case, guests)
        observation = Observation(place, driver)
        try:
            _run(case, observation)
        finally:
            observation.left = _end_processes(root)
        _collect(observation)
        return observation
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(case: Case, observation: Observation) -> None:
    place = observation.place
    stdout_file, stderr_file = place.root / "stdout", place.root / "stderr"
    words = command(observation.driver, case, place)
    variables = environment(observation.driver, case, place)
    controller = terminal = -1
    stdin_file = place.root / "stdin"
    stdin_file.write_text(case.stdin or "", encoding="utf-8")
    if case.terminal:
        controller, terminal = pty.openpty()
    with stdout_file.open("wb") as stdout, stderr_file.open("wb") as stderr, stdin_file.open("rb") as stdin:
        process = subprocess.Popen(
            words,
            cwd=place.directory,
            env=variables,
            stdin=terminal if case.terminal else stdin,
            stdout=terminal if case.terminal else stdout,
            stderr=stderr,
            # Its own group, so that a signal for all of it spares the suite.
            start_new_session=True,
        )
        try:
            with ended_with_the_suite(process):
                if case.terminal:
                    os.close(terminal)
                    _type(case.stdin or "", controller, process)
                if case.signal is not None:
                    _send_signal(case.signal, process, stderr_file)
                limit = REAL_TIME_LIMIT if case.is_real else TIME_LIMIT
                observation.exit = _exit_words(process.wait(timeout=limit))
        except subprocess.TimeoutExpired:
            observation.exit = "did not end"
        finally:
            kill_group(process)
            process.wait()
            if case.terminal:
                os.close(controller)
    observation.stdout = stdout_file.read_text(encoding="utf-8", errors="replace")
    observation.stderr = stderr_file.read_text(encoding="utf-8", errors="replace")


def _type(text: str, controller: int, process: "subprocess.Popen[bytes]") -> None:
    """Be the person at the terminal: type a line whenever the prompt is quiet, until the driver ends."""
    lines = text.splitlines(keepends=True)
    deadline = time.monotonic() + TIME_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        if select.select([controller], [], [], 0.5)[0]:
            try:
                seen = os.read(controller, 65536)
            except OSError:
                return
            # Prompts ask where the cursor is before they take a line.
            if b"\x1b[6n" in seen:
                os.write(controller, b"\x1b[1;1R")
        elif lines and _is_prompting(controller):
            os.write(controller, lines.pop(0).encode().replace(b"\n", b"\r"))


def _is_prompting(controller: int) -> bool:
    """Whether the terminal is in the hands of an editor of lines; what is typed to anything else may get lost."""
    return not termios.tcgetattr(controller)[3] & termios.ICANON


def _send_signal(wanted: tuple[str, str], process: "subprocess.Popen[bytes]", log: Path) -> None:
    name, words = wanted
    deadline = time.monotonic() + TIME_LIMIT
    while words not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            return
        time.sleep(0.02)
    process.send_signal(signal.Signals[f"SIG{name}"])


def _exit_words(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else str(code)


def _collect(observation: Observation) -> None:
    place = observation.place
    for directory in sorted(place.run_dir.glob("vm-state-*")):
        logs = {name: directory / f"{name}.log" for name in JOURNAL}
        observation.journals[directory.name.removeprefix("vm-state-")] = {
            name: log.read_text(encoding="utf-8", errors="replace") for name, log in logs.items() if log.exists()
        }
    tools = place.directory / "tools"
    observation.tools = tools.read_text(encoding="utf-8") if tools.exists() else ""
    for file in sorted(place.out_dir.rglob("*")):
        if file.is_file():
            observation.files[str(file.relative_to(place.out_dir))] = file.read_bytes()
    log = place.directory / "log.xml"
    if log.exists():
        observation.files["../log.xml"] = log.read_bytes()


def _end_processes(root: Path) -> list[str]:
    """End what still works below `root`, and say what had more than a moment to end by itself."""
    deadline = time.monotonic() + SECONDS_TO_END
    while processes := _processes_below(root):
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    for number in processes:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return sorted(processes.values())


def _processes_below(root: Path) -> dict[int, str]:
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            directory = os.readlink(entry / "cwd").removesuffix(" (deleted)")
            words = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
        except OSError:
            continue
        if words and re.match(re.escape(str(root)) + "(/|$)", directory):
            found[int(entry.name)] = words
    return found
