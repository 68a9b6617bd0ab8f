"""The name `machine` for the only machine of a test when it has another name."""

from typing import Any

from test_driver.machine import BaseMachine
from test_driver.warning import warn_author


class DeprecatedAlias:
    """Stands for a machine: works like it, and warns, once for each line of the script."""

    def __init__(self, machine: BaseMachine, name: str) -> None:
        object.__setattr__(self, "_machine", machine)
        object.__setattr__(self, "_name", name)

    def _resolve(self) -> BaseMachine:
        name = object.__getattribute__(self, "_name")
        warn_author(f"the machine is called '{name}': from NixOS 27.05 on 'machine' is not another name for it")
        machine: BaseMachine = object.__getattribute__(self, "_machine")
        return machine

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._resolve(), attribute)

    def __setattr__(self, attribute: str, value: Any) -> None:
        setattr(self._resolve(), attribute, value)

    def __dir__(self) -> list[str]:
        return dir(object.__getattribute__(self, "_machine"))

    def __repr__(self) -> str:
        return repr(object.__getattribute__(self, "_machine"))
