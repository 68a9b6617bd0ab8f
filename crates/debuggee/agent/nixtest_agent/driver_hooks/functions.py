"""What of the driver a script can call, for function breakpoints: methods of machines and of the driver, symbols."""

from __future__ import annotations

import inspect
from types import CodeType, FunctionType, MethodType
from typing import Any

from ..functions import Target
from .failures import is_of_driver
from .machines import machines_of


def targets(names: dict[str, Any], driver: Any) -> list[Target]:
    """By classes, not instances: machines that the script makes later count too."""
    found: dict[tuple[int, str, str], Target] = {}

    def add(owner: Any, name: str, member: object) -> None:
        code = getattr(inspect.unwrap(member), "__code__", None) if callable(member) else None
        if isinstance(code, CodeType) and is_of_driver(code) and not name.startswith("_"):
            found.setdefault((id(code), owner, name), Target(code, owner, name))

    # Asked of the type: the deprecated `machine` of 26.05 warns at each access to an attribute.
    classes = [value for value in names.values() if issubclass(type(value), type) and hasattr(value, "execute")]
    for kind in [*(type(machine) for machine in machines_of(driver)), *classes]:
        for base in kind.__mro__:
            for name, member in vars(base).items():
                add("machine", name, member)
    for base in type(driver).__mro__:
        for name, member in vars(base).items():
            add("driver", name, member)
    for name, value in names.items():
        # Its type, as above: `inspect` would ask for the class of each.
        if issubclass(type(value), FunctionType | MethodType):
            add("driver", name, value)
    return list(found.values())
