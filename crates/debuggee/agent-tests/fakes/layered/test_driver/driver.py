"""Runs a script with the symbols and the failure report of the newer drivers. No VM, no sockets."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class RequestedAssertionFailed(AssertionError):
    pass


def retry(fn: Callable[[bool], Any], timeout: int = 900) -> None:
    for _ in range(timeout):
        if fn(False):
            return
        time.sleep(1)
    raise Exception("timed out")


class BaseMachine(ABC):
    def __init__(self, name: str) -> None:
        self.name = name
        self.booted = False
        self.connected = False

    def start(self) -> None:
        self.booted = self.connected = True

    @abstractmethod
    def _execute(
        self, command: str, check_return: bool = True, check_output: bool = True, timeout: int | None = 900
    ) -> tuple[int, str]: ...

    def execute(
        self, command: str, check_return: bool = True, check_output: bool = True, timeout: int | None = 900
    ) -> tuple[int, str]:
        self.start()
        return self._execute(command, check_return, check_output, timeout)

    def succeed(self, *commands: str, timeout: int | None = None) -> str:
        output = ""
        for command in commands:
            status, out = self.execute(command, timeout=timeout)
            if status != 0:
                raise RequestedAssertionFailed(f"command `{command}` failed (exit code {status})")
            output += out
        return output

    def wait_until_succeeds(self, command: str, timeout: int = 900) -> str:
        output = ""

        def check(last: bool) -> bool:
            nonlocal output
            status, output = self.execute(command)
            return status == 0

        retry(check, timeout)
        return output

    def call(self, function: Callable[[], Any]) -> Any:
        """A driver frame between two frames of the script."""
        return function()

    def swallow(self, function: Callable[[], Any]) -> str:
        try:
            function()
        except Exception as error:
            return str(error)
        return ""


class QemuMachine(BaseMachine):
    def _execute(
        self, command: str, check_return: bool = True, check_output: bool = True, timeout: int | None = 900
    ) -> tuple[int, str]:
        word, _, rest = command.partition(" ")
        if word == "exit":
            return int(rest), ""
        if word == "shout":
            return 1, "x" * int(rest) + "!"
        if word == "sleep":
            time.sleep(float(rest))
        if word == "explode":
            raise ConnectionError("the shell is gone")
        return 0, f"{command}\n"


class DebugNop:
    def breakpoint(self, host: str = "127.0.0.1", port: int = 4444) -> None:
        Path(os.environ["FAKE_DRIVER_OUT"], "driver-breakpoint").write_text("called")


class Logger:
    def __init__(self) -> None:
        self.logger_list: list[Any] = []

    @contextlib.contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for logger in self.logger_list:
                stack.enter_context(logger.subtest(name, {}))
            print(f"subtest: {name}", file=sys.stderr)
            yield
            print(f"(finished: subtest: {name})", file=sys.stderr)


class Driver:
    def __init__(self, names: list[str], tests: str) -> None:
        self.names = names
        self.tests = tests
        self.logger = Logger()
        self.debug = DebugNop()
        self._machines: list[QemuMachine] = []

    def __enter__(self) -> Driver:
        self._machines = [QemuMachine(name) for name in self.names]
        return self

    def __exit__(self, *exception: object) -> None:
        Path(os.environ["FAKE_DRIVER_OUT"], "cleaned-up").write_text("yes")

    @property
    def machines(self) -> list[QemuMachine]:
        return sorted(self._machines, key=lambda machine: machine.name, reverse=True)

    def start_all(self) -> None:
        for machine in self.machines:
            machine.start()

    @contextlib.contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        with self.logger.subtest(name):
            try:
                yield
            except Exception as error:
                print(f"subtest {name} failed", file=sys.stderr)
                raise error

    def test_symbols(self) -> dict[str, Any]:
        symbols: dict[str, Any] = {
            "retry": retry,
            "start_all": self.start_all,
            "machines": self.machines,
            "driver": self,
            "os": os,
            "subtest": self.subtest,
            "debug": self.debug,
            "BaseMachine": BaseMachine,
            "QemuMachine": QemuMachine,
        }
        return symbols | {machine.name: machine for machine in self.machines}

    def test_script(self) -> None:
        symbols = self.test_symbols()
        try:
            exec(self.tests, symbols, None)
        except RequestedAssertionFailed:
            kind, error, trace = sys.exc_info()
            for frame in traceback.extract_tb(trace):
                if frame.filename == "<string>":
                    source = self.tests.splitlines()[(frame.lineno or 1) - 1].strip()
                    print(f"!!! line {frame.lineno}, in {frame.name}: {source}", file=sys.stderr)
            print(f"!!! {kind and kind.__name__}: {error}", file=sys.stderr)
            self.debug.breakpoint()
            sys.exit(1)
        except Exception:
            self.debug.breakpoint()
            raise


def main() -> None:
    tests = Path(sys.argv[1]).read_bytes().decode("utf-8", "surrogateescape")
    with Driver(["machine", "client"], tests) as driver:
        for _ in range(int(os.environ.get("FAKE_DRIVER_RUNS", "1"))):
            driver.test_script()
            again = os.environ.get("FAKE_DRIVER_NEXT")
            if again is not None:
                driver.tests = Path(again).read_text()
