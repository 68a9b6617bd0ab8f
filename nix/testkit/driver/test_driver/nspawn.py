"""Containers, which this driver does not have: only their name is here, for scripts that mention it."""

from typing import Any, NoReturn

from test_driver.errors import MachineError
from test_driver.machine import BaseMachine


class NspawnMachine(BaseMachine):
    """A container of systemd-nspawn. This driver makes none, so no machine is ever an instance of this class."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> NoReturn:
        """Raises MachineError."""
        raise MachineError("this driver has no containers: make the machine one of 'nodes' instead of 'containers'")
