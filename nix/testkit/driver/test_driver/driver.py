"""The driver: machines, the script that uses them, and the end of both."""

import linecache
import os
import shlex
import signal
import sys
import threading
import time
import unittest
from bdb import BdbQuit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Literal, overload

from test_driver.alias import DeprecatedAlias
from test_driver.config import DriverConfiguration, machine_name
from test_driver.debug import DebugAbstract, DebugNop
from test_driver.duration import Duration
from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.logger import CompositeLogger
from test_driver.machine import BaseMachine, QemuMachine
from test_driver.names import pythonize_name
from test_driver.nspawn import NspawnMachine
from test_driver.polling_condition import PollingCondition
from test_driver.report import SCRIPT_FILE, report_failed_assertion, report_machine_error
from test_driver.retry import retry
from test_driver.run_directory import Claims, run_directory
from test_driver.termination import signals_held_back
from test_driver.vlan import VLan

Condition = Callable[[], bool | None]

TESTKIT: Final = True
"""Tells this driver from that of nixpkgs, for programs that look into it."""


class AssertionTester(unittest.TestCase):
    """`t` in a script: the assertions of `unittest`, whose failures count as failures of the test."""

    failureException = RequestedAssertionFailed


class Driver:
    """One test. As a context manager it makes networks and machines, and ends them whatever happens."""

    seconds_to_unwind: ClassVar[float] = 20
    """How long a script whose time is over may take to end, before the driver ends without it."""

    def __init__(
        self,
        config: DriverConfiguration,
        out_dir: Path,
        logger: CompositeLogger,
        keep_machine_state: bool = False,
        debug: DebugAbstract | None = None,
        is_interactive: bool = False,
    ) -> None:
        """Read the script; raises OSError or UnicodeDecodeError if that cannot be done."""
        self.config = config
        self.logger = logger
        self.out_dir = out_dir
        self.keep_machine_state = keep_machine_state
        self.debug = debug or DebugNop()
        self.is_interactive = is_interactive
        self.tests = config.test_script.read_text(encoding="utf-8")
        self.vlans: list[VLan] = []
        self.machines_qemu: list[QemuMachine] = []
        self.machines_nspawn: list[NspawnMachine] = []
        self.polling_conditions: list[PollingCondition] = []
        self.race_timer: threading.Timer
        self._created: list[QemuMachine] = []
        self._claims = Claims()
        self._has_ended = threading.Event()

    def __enter__(self) -> "Driver":
        limit = min(self.config.global_timeout, threading.TIMEOUT_MAX)
        self.race_timer = threading.Timer(limit, self.terminate_test)
        self.race_timer.daemon = True
        try:
            directory = run_directory()
            with self.logger.nested("start all VLans"):
                for number in self.config.vlans:
                    self.vlans.append(VLan(number, directory, self.logger))
            for name, node in self.config.vms.items():
                # `exec`: the process the driver knows is QEMU itself, not a shell around it.
                command = f"exec {shlex.quote(str(node.start_script))}"
                machine = self._make_machine(name, command, self.keep_machine_state, [self.check_polling_conditions])
                self.machines_qemu.append(machine)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        troubles = self._end()
        # Only what went wrong first is worth an exception.
        if troubles and error is None:
            raise MachineError("\n".join(troubles))
        return False

    def _end(self) -> list[str]:
        """End machines and networks, all of them whatever one says; returns what went wrong."""
        troubles = []
        with signals_held_back(), self.logger.nested("cleanup"):
            self.race_timer.cancel()
            for machine in [*self.machines, *self._created]:
                try:
                    machine.release()
                except Exception as error:
                    troubles.append(f"cannot end the machine '{machine.name}': {error}")
            for vlan in self.vlans:
                try:
                    vlan.stop()
                except Exception as error:
                    troubles.append(f"cannot end VLAN {vlan.nr}: {error}")
            self._claims.drop_all()
            for trouble in troubles:
                self.logger.log_test_error(trouble)
            self._has_ended.set()
        return troubles

    def _make_machine(
        self, name: str, start_command: str, keep_machine_state: bool, callbacks: list[Callable[[], None]]
    ) -> QemuMachine:
        directory = run_directory()
        state = directory / f"vm-state-{name}"
        self._claims.check(state)
        machine = QemuMachine(
            name=name,
            start_command=start_command,
            out_dir=self.out_dir,
            tmp_dir=directory,
            logger=self.logger,
            callbacks=callbacks,
            keep_machine_state=keep_machine_state,
        )
        machine.has_own_process_group = self.is_interactive
        self._claims.claim(state)
        return machine

    @property
    def machines(self) -> list[BaseMachine]:
        """The machines of the configuration, in the order of their names; a new list each time."""
        return sorted([*self.machines_qemu, *self.machines_nspawn], key=lambda machine: machine.name)

    def check_polling_conditions(self) -> None:
        """Check the conditions that are active and due; raises PollingConditionError if one does not hold."""
        for condition in list(self.polling_conditions):
            condition.maybe_raise()

    def test_symbols(self) -> dict[str, Any]:
        """The names a script finds, with what they stand for; also prints them.

        These are the driver's functions, the machines under their own names (`_` for what an identifier cannot have),
        and the networks as `vlan1` and so on.
        """
        general = {
            "start_all": self.start_all,
            "test_script": self.test_script,
            "machines": self.machines,
            "machines_qemu": self.machines_qemu,
            "machines_nspawn": self.machines_nspawn,
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
            "NspawnMachine": NspawnMachine,
            "t": AssertionTester(),
            "debug": self.debug,
            "dump_machine_ssh": self.dump_machine_ssh,
        }
        machines: dict[str, BaseMachine | DeprecatedAlias] = {}
        for machine in self.machines:
            name = pythonize_name(machine.name)
            if name in machines:
                self.logger.warning(f"two machines are called '{name}' in the script: rename '{machine.name}'")
            machines[name] = machine
        if len(machines) == 1 and "machine" not in machines:
            machines["machine"] = DeprecatedAlias(self.machines[0], next(iter(machines)))
        vlans = {f"vlan{vlan.nr}": vlan for vlan in self.vlans}
        exposed = ([machine.name for machine in self.machines], vlans, general)
        print("additionally exposed symbols:\n    " + ",\n    ".join(", ".join(names) for names in exposed))
        return {**general, **machines, **vlans}

    def test_script(self) -> None:
        """Run the script.

        A failed assertion or machine is reported in the log and ends the driver with exit code 1 (SystemExit); any
        other exception of the script goes through.
        """
        with self.logger.nested("run the VM test script"):
            symbols = self.test_symbols()
            # Tracebacks of any kind can then show the script's lines.
            linecache.cache[SCRIPT_FILE] = (len(self.tests), None, self.tests.splitlines(keepends=True), SCRIPT_FILE)
            try:
                exec(self.tests, symbols, None)
            except RequestedAssertionFailed as error:
                report_failed_assertion(self.logger, self.tests, error)
                self.debug.on_failure(error)
                sys.exit(1)
            except MachineError as error:
                report_machine_error(self.logger, error)
                sys.exit(1)
            except BdbQuit:
                self.logger.log_test_error("the test was ended from the debugger")
                sys.exit(1)
            except Exception as error:
                self.debug.on_failure(error)
                raise

    def run_tests(self) -> None:
        """Run the script under the test's time limit, and let machines that are still up write out their data."""
        self.logger.info(f"Test will time out and terminate in {self.config.global_timeout} seconds")
        self.race_timer.start()
        self.test_script()
        for machine in self.machines:
            if machine.is_up():
                machine.execute("sync")

    def terminate_test(self) -> None:
        """End the test because its time is over; called on the timer's thread.

        The script is unwound as by any SIGTERM, and the driver ends by that signal (exit code 143 in a shell). If the
        script does not let itself be unwound in `seconds_to_unwind`, the driver ends without it, with exit code 143.
        """
        with self.logger.nested("timeout reached; test terminating..."):
            # The signal comes first: a script that waits for a machine must not see the machine's loss as its failure.
            os.kill(os.getpid(), signal.SIGTERM)
            for machine in self.machines:
                machine.release()
        if not self._has_ended.wait(self.seconds_to_unwind):
            self.logger.log_test_error("the script goes on although the test's time is over: ending without it")
            self._end()
            self.logger.close()
            os._exit(128 + signal.SIGTERM)

    def start_all(self) -> None:
        """Start all machines of the configuration at once; returns when QEMU runs for each. Guests boot on.

        Machines that run stay as they are. Raises MachineError that names every machine that did not come up.
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
                lines = [f"{name}: {failures[name]}" for name in sorted(failures)]
                raise MachineError("\n".join(["Failed to start the following machines:", *lines]))

    def join_all(self) -> None:
        """Wait until all machines of the configuration have switched themselves off.

        The test's time limit ends it if they do not; after this call there is no limit any more.
        """
        with self.logger.nested("wait for all VMs to finish"):
            for machine in self.machines:
                machine.wait_for_shutdown()
            self.race_timer.cancel()

    @contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        """Give a name in the log and the reports to a block of the script.

        Used as `with subtest("reads the file"):`. What the block raises is logged and goes through.
        """
        with self.logger.subtest(name):
            try:
                yield
            except Exception as error:
                self.logger.log_test_error(f'Test "{name}" failed with error: "{error}"')
                raise

    def create_machine(
        self, start_command: str | Path, *, name: str | None = None, keep_machine_state: bool = False
    ) -> QemuMachine:
        """Make a machine that the test's configuration does not have.

        `start_command` is shell text to which QEMU options are appended. Without `name` it is taken from a command
        that ends in `run-NAME-vm`, else it is `machine`. `keep_machine_state` starts from the state that an earlier
        machine of that name left, by default a fresh one. The machine is not among `machines`, so `start_all` and
        `join_all` leave it alone, and polling conditions are not checked by what is done with it; it ends with the
        test. Raises MachineError if a machine of that name runs.
        """
        command = str(start_command)
        name = name or machine_name(command)
        for other in [*self.machines, *self._created]:
            if other.name == name and other.booted:
                raise MachineError(f"a machine '{name}' runs already: shut it down, or name the new one")
        machine = self._make_machine(name, command, keep_machine_state, [])
        self._created.append(machine)
        return machine

    def serial_stdout_on(self) -> None:
        """Show what machines print on their serial consoles (as at the start of a test)."""
        self.logger.print_serial_logs(True)

    def serial_stdout_off(self) -> None:
        """Keep what machines print on their serial consoles out of the log and the reports."""
        self.logger.print_serial_logs(False)

    @overload
    def polling_condition(self, fun_: Condition) -> PollingCondition: ...

    @overload
    def polling_condition(
        self,
        *,
        seconds_interval: Duration | None = None,
        interval: Duration | None = None,
        description: str | None = None,
    ) -> Callable[[Condition], PollingCondition]: ...

    def polling_condition(
        self,
        fun_: Condition | None = None,
        *,
        seconds_interval: Duration | None = None,
        interval: Duration | None = None,
        description: str | None = None,
    ) -> PollingCondition | Callable[[Condition], PollingCondition]:
        """Turn a function into a condition that must hold as long as it is active.

        Used as a decorator, plain or with arguments; `with condition:` makes it active and `condition.wait()` waits
        for it. While active it is called at most every `seconds_interval` (or `interval`, as releases since 26.11 call
        it; seconds or a `timedelta`, by default 2 seconds), whenever a machine is used. A false result or an exception
        raises PollingConditionError there; returning nothing is fine. `description` is for the log, by default the
        function's docstring or its name. Raises TypeError if both intervals are given.
        """

        def decorate(function: Condition) -> PollingCondition:
            return PollingCondition(
                function, self.polling_conditions, self.logger, seconds_interval, description, interval=interval
            )

        return decorate if fun_ is None else decorate(fun_)

    def dump_machine_ssh(self) -> None:
        """Say how machines are reached by SSH over vsock: not with this driver, and what there is instead."""
        print(
            "this driver has no SSH backdoor: type at a prompt with 'MACHINE.shell_interact()', or let the machine run "
            "an SSH server and use 'MACHINE.forward_port(host_port=2222, guest_port=22)'"
        )
