"""What a machine is made of, however it runs: a name, directories, a voice in the log, a beginning and an end."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from test_driver.logger import AbstractLogger, Attributes


class MachineCore(ABC):
    """The part of a machine that all its other parts build on."""

    def __init__(
        self,
        out_dir: Path,
        name: str,
        logger: AbstractLogger,
        tmp_dir: Path,
        callbacks: list[Callable[[], None]] | None = None,
        keep_machine_state: bool = False,
    ) -> None:
        """Make the machine's directories; what an earlier run left there is removed unless `keep_machine_state`.

        `out_dir` is where files for the user go, `tmp_dir` where the state directory is made. `callbacks` are called
        before every command.
        """
        self.name = name
        self.out_dir = out_dir
        self.tmp_dir = tmp_dir
        self.logger = logger
        self.callbacks = [] if callbacks is None else callbacks
        self.keep_machine_state = keep_machine_state
        self.state_dir = tmp_dir / f"vm-state-{name}"
        self.shared_dir = tmp_dir / "shared-xchg"
        self.booted = False
        if not keep_machine_state and self.state_dir.exists():
            self.cleanup_statedir()
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.shared_dir.mkdir(mode=0o700, exist_ok=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"

    @abstractmethod
    def start(self) -> None:
        """Start the machine and return while it is still booting; does nothing if it runs."""

    @abstractmethod
    def is_up(self) -> bool:
        """Whether the machine runs and takes commands."""

    @abstractmethod
    def shutdown(self) -> None:
        """Switch the machine off in an orderly way and wait until it is off."""

    @abstractmethod
    def wait_for_shutdown(self) -> None:
        """Wait, without limit, until the machine has switched itself off."""

    @abstractmethod
    def release(self) -> None:
        """End the machine's processes at once and free what the driver holds for it."""

    def log(self, msg: str) -> None:
        """Write a line about this machine to the log."""
        self.logger.log(msg, {"machine": self.name})

    def log_serial(self, msg: str) -> None:
        """Write a line to the log as if the machine had printed it on its serial console."""
        self.logger.log_serial(msg, self.name)

    def nested(self, msg: str, attrs: Attributes | None = None) -> AbstractContextManager[None]:
        """Open a step about this machine in the log, as `with machine.nested("…"):`.

        `attrs` is kept with the step in logs that have room for it.
        """
        return self.logger.nested(msg, {"machine": self.name, **(attrs or {})})

    def run_callbacks(self) -> None:
        """Check the polling conditions that are active; raises PollingConditionError if one does not hold."""
        for callback in self.callbacks:
            callback()

    def cleanup_statedir(self) -> None:
        """Remove the directory with the machine's state, and with it its disks. The machine must not run."""
        self.log(f"deleting machine state directory {self.state_dir}")
        self.log("if you want to keep the machine state, pass --keep-machine-state")
        shutil.rmtree(self.state_dir, ignore_errors=True)
