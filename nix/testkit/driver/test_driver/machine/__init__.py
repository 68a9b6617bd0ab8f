"""Machines as a test script sees them."""

from test_driver.machine.base import BaseMachine
from test_driver.machine.qemu import QemuMachine

__all__ = ["BaseMachine", "QemuMachine"]
