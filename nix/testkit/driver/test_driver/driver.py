"""The driver: machines, the script that uses them, and the end of both."""

import linecache
import os
import re
import shlex
import signal
import sys
import tempfile
import threading
import time
import unittest
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from test_driver.config import DriverConfiguration
from test_driver.debug import DebugAbstract, DebugNop
from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.logger import CompositeLogger
from test_driver.machine import BaseMachine, QemuMachine
from test_driver.polling_condition import PollingCondition
from test_driver.report import SCRIPT_FILE, report_failed_assertion, report_machine_error
from test_driver.retry import retry
from test_driver.termination import signals_held_back


class AssertionTester(unittest.TestCase):
    """`t` in a script: the assertions of `unittest`, whose failures count as failures of the test."""

    failureException = RequestedAssertionFailed


class DeprecatedAlias:
    """The only machine under the name `machine` when it has another: works, and warns each time."""

    def __init__(self, machine: BaseMachine) -> None:
        self._machine = machine

    def __getattr__(self, attribute: str) -> Any:
        warnings.warn(f"the machine is called '{self._machine.name}': use that name instead of 'machine'", stacklevel=2)
        return getattr(self._machine, attribute)


def pythonize_name(name: str) -> str:
    """The name as a Python identifier: what cannot be part of one becomes `_`."""
    return re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", name)


def runtime_directory() -> Path:
    """Where machines keep their state: XDG_RUNTIME_DIR, else the system's directory for temporary files (TMPDIR).

    Raises MachineError if it is not a directory one can write to.
    """
    directory = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if not directory.is_dir() or not os.access(directory, os.W_OK):
        raise MachineError(f"cannot write to '{directory}': set XDG_RUNTIME_DIR to a directory of yours")
    return directory


class Driver:
    """One test. As a context manager it makes the machines, and ends them whatever happens."""

    def __init__(
        self,
        config: DriverConfiguration,
        logger: CompositeLogger,
        out_dir: Path,
        keep_machine_state: bool = False,
        debug: DebugAbstract | None = None,
    ) -> None:
        self.config = config
        self.logger = logger
        self.out_dir = out_dir
        self.keep_machine_state = keep_machine_state
        self.debug = debug or DebugNop()
        self.tests = config.test_script.read_text()
        self.vlans: list[Any] = []
        self.polling_conditions: list[PollingCondition] = []
        self.is_interactive = False
        self.race_timer: threading.Timer
        self._machines: list[BaseMachine] = []

    def __enter__(self) -> "Driver":
        self.race_timer = threading.Timer(self.config.global_timeout, self.terminate_test)
        self.race_timer.daemon = True
        with self.logger.nested("setup"):
            for name, start_script in self.config.vms.items():
                # `exec`: the process the driver knows is QEMU itself, not a shell around it.
                self._add_machine(name, f"exec {shlex.quote(start_script)}", self.keep_machine_state)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        with signals_held_back(), self.logger.nested("cleanup"):
            self.race_timer.cancel()
            for machine in self.machines:
                machine.release()
        return False

    def _add_machine(self, name: str, start_command: str, keep_machine_state: bool) -> QemuMachine:
        machine = QemuMachine(
            name=name,
            start_command=start_command,
            out_dir=self.out_dir,
            tmp_dir=runtime_directory(),
            logger=self.logger,
            callbacks=[self._check_polling_conditions],
            keep_machine_state=keep_machine_state,
        )
        machine.has_own_process_group = self.is_interactive
        self._machines.append(machine)
        return machine

    @property
    def machines(self) -> list[BaseMachine]:
        """All machines, in the order of their names."""
        return sorted(self._machines, key=lambda machine: machine.name)

    def _check_polling_conditions(self) -> None:
        for condition in list(self.polling_conditions):
            condition.maybe_raise()

    def test_symbols(self) -> dict[str, Any]:
        """The names a script finds: the driver's functions, and the machines under their own names."""
        machines = {pythonize_name(machine.name): machine for machine in self.machines}
        symbols: dict[str, Any] = {
            "start_all": self.start_all,
            "test_script": self.test_script,
            "machines": self.machines,
            "machines_qemu": self.machines,
            "vlans": self.vlans,
            "driver": self,
            "log": self.logger,
            "os": os,
            "create_machine": self.create_machine,
            "subtest": self.subtest,
            "run_tests": self.run_tests,
            "join_all": self.join_all,
            "retry": retry,
            "serial_stdout_off": self.serial_stdout_off,
            "serial_stdout_on": self.serial_stdout_on,
            "polling_condition": self.polling_condition,
            "BaseMachine": BaseMachine,
            "QemuMachine": QemuMachine,
            "t": AssertionTester(),
            "debug": self.debug,
        }
        if len(machines) == 1 and "machine" not in machines:
            symbols["machine"] = DeprecatedAlias(self.machines[0])
        print("additionally exposed symbols:\n    " + ", ".join(machines) + ",\n    " + ", ".join(symbols))
        return {**symbols, **machines}

    def test_script(self) -> None:
        """Run the script. A failure is reported in the log and ends the driver with exit code 1."""
        with self.logger.nested("run the VM test script"):
            symbols = self.test_symbols()
            # Tracebacks of any kind can then show the script's lines.
            linecache.cache[SCRIPT_FILE] = (len(self.tests), None, self.tests.splitlines(keepends=True), SCRIPT_FILE)
            try:
                exec(self.tests, symbols, None)
            except RequestedAssertionFailed as error:
                report_failed_assertion(self.logger, self.tests, error)
                self.debug.breakpoint()
                sys.exit(1)
            except MachineError as error:
                report_machine_error(self.logger, self.tests, error)
                sys.exit(1)
            except Exception:
                self.debug.breakpoint()
                raise

    def run_tests(self) -> None:
        """Run the script under the test's time limit, and let machines that are still up write out their data."""
        self.race_timer.start()
        self.test_script()
        for machine in self.machines:
            if machine.is_up():
                machine.execute("sync")

    def terminate_test(self) -> None:
        """End the test because its time is over: the driver unwinds as for any SIGTERM (exit code 143)."""
        self.logger.log_test_error(f"the test did not end in {self.config.global_timeout} seconds and is terminated")
        # The signal comes first: a script that waits for a machine must not see the machine's loss as its failure.
        os.kill(os.getpid(), signal.SIGTERM)
        for machine in self.machines:
            machine.release()

    def start_all(self) -> None:
        """Start all machines at once; returns when QEMU runs for each. Guests boot on.

        Raises MachineError that names every machine that did not come up.
        """
        failures: dict[str, BaseException] = {}

        def start(machine: BaseMachine) -> None:
            try:
                machine.start()
            except Exception as error:
                failures[machine.name] = error

        with self.logger.nested("start all VMs"):
            # Each thread ends when its machine is started or has failed to.
            threads = [
                threading.Thread(target=start, args=(machine,), name=f"start-{machine.name}")
                for machine in self.machines
            ]
            for thread in threads:
                thread.start()
            try:
                for thread in threads:
                    thread.join()
            except BaseException:
                # The test is being ended from outside. Machines must not go on to start behind the clean-up's back.
                while any(thread.is_alive() for thread in threads):
                    for machine in self.machines:
                        machine.release()
                    time.sleep(0.05)
                raise
        if failures:
            raise MachineError("\n".join(str(failures[name]) for name in sorted(failures)))

    def join_all(self) -> None:
        """Wait, without limit, until all machines have switched themselves off."""
        with self.logger.nested("wait for all VMs to finish"):
            for machine in self.machines:
                machine.wait_for_shutdown()

    @contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        """Give what follows, as a `with` block, a name in the log and the reports."""
        with self.logger.subtest(name):
            try:
                yield
            except Exception as error:
                self.logger.log_test_error(f'subtest "{name}" failed: {error}')
                raise

    def create_machine(
        self, start_command: str, *, name: str | None = None, keep_machine_state: bool = False
    ) -> QemuMachine:
        """Make a machine that the test's configuration does not have; it ends with the test like the others.

        `start_command` is shell text to which QEMU options are appended. Without `name` it is taken from a command
        of the form `run-NAME-vm`, else it is `machine`.
        """
        if name is None:
            named = re.search(r"run-(.+)-vm$", start_command.split(maxsplit=1)[0])
            name = named[1] if named else "machine"
        return self._add_machine(name, start_command, keep_machine_state)

    def serial_stdout_on(self) -> None:
        """Show what machines print on their serial consoles."""
        self.logger.print_serial_logs(True)

    def serial_stdout_off(self) -> None:
        """Keep what machines print on their serial consoles out of the terminal."""
        self.logger.print_serial_logs(False)

    def polling_condition(
        self,
        fun: Callable[[], bool | None] | None = None,
        *,
        seconds_interval: float = 2.0,
        description: str | None = None,
    ) -> Any:
        """Turn a function into a condition that must hold as long as it is active.

        Used as a decorator, plain or with arguments; `with condition:` makes it active and `condition.wait()` waits
        for it. While active it is called at most every `seconds_interval` seconds (default 2), whenever a machine is
        used; a false result raises PollingConditionError there. `description` is for the log.
        """

        def decorate(function: Callable[[], bool | None]) -> AbstractContextManager[PollingCondition]:
            return PollingCondition(function, self.polling_conditions, self.logger, seconds_interval, description)

        return decorate if fun is None else decorate(fun)
