"""The driver's machines: which there are, how they stand, and the one method that all their commands go through."""

from __future__ import annotations

import os
from typing import Any

from .. import trouble
from ..link import Json
from .shells import Shells


class Machines:
    """What the agent's own commands need to know of the machines. `driver` is the one whose script runs."""

    def __init__(self, shells: Shells) -> None:
        self._shells = shells
        self.driver: Any = None

    def machines(self) -> list[Any]:
        return machines_of(self.driver) if self.driver is not None else []

    def describe(self, machine: Any) -> Json:
        # Containers, which there are since 26.05, have no monitor of QEMU's.
        is_container = not hasattr(machine, "send_monitor_command")
        about: Json = {"name": str(getattr(machine, "name", "?")), "kind": "container" if is_container else "vm"}
        directory = getattr(machine, "state_dir", None)
        if directory is not None and not is_container:
            about["directory"] = os.fspath(directory)
        return about | {"state": _state(machine)}

    def execute(self, machine: Any, command: str) -> tuple[int, str]:
        found = choke_point(type(machine))
        method = vars(found[0])[found[1]] if found is not None else type(machine).execute
        # Not watched, and without the script's polling conditions, which the public method checks until 25.11.
        plain = getattr(method, "__wrapped__", method)
        callbacks = getattr(machine, "callbacks", None)
        if callbacks is not None:
            machine.callbacks = []
        try:
            self._shells.discard_stale(machine)
            status, output = plain(machine, command, True, True, None)
        finally:
            if callbacks is not None:
                machine.callbacks = callbacks
        return int(status), str(output)

    def connection(self, machine: Any) -> object:
        return getattr(machine, "shell", None)


def _state(machine: Any) -> str:
    """`off`, `booting` (its shell is not there yet), `up`, or `lost`: it ended and the driver has not noticed."""
    if not getattr(machine, "booted", False):
        return "off"
    process = getattr(machine, "process", None)
    try:
        # Without taking note of it, which is the driver's to do.
        if process is not None and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return "lost"
    except OSError:
        return "lost"
    return "up" if getattr(machine, "connected", False) else "booting"


def machines_of(driver: Any) -> list[Any]:
    """A list until 25.11, since 26.05 a property that builds one."""
    try:
        return list(driver.machines)
    except Exception:
        trouble.record("asking the driver for its machines")
        return []


def names_of(driver: Any) -> list[str]:
    return [str(getattr(machine, "name", "?")) for machine in machines_of(driver)]


def machine_classes(names: dict[str, Any], driver: Any) -> list[type]:
    """The classes of all machines there may be, also of those that the script makes."""
    kinds = [type(machine) for machine in machines_of(driver)]
    # Asked of the type: the deprecated `machine` of 26.05 warns at each access to an attribute.
    classes = [value for value in names.values() if issubclass(type(value), type)]
    return [*kinds, *(kind for kind in classes if hasattr(kind, "execute"))]


def choke_point(kind: type) -> tuple[type, str] | None:
    """`_execute` since 26.05, where the public method wraps it; `execute` before."""
    for name in ("_execute", "execute"):
        for owner in kind.__mro__:
            method = vars(owner).get(name)
            if callable(method):
                return None if getattr(method, "__isabstractmethod__", False) else (owner, name)
    return None
