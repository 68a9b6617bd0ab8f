"""Loads the agent's modules and waits for the driver's module to be imported; then hands over to `driver_hooks`.

At this moment `test_driver` is not importable yet (nixpkgs adds its directories later), so a finder on
`sys.meta_path` waits for it, works once and leaves. Nothing is connected before that: a Python process that is not
the driver never shows on the link.
"""

from __future__ import annotations

import builtins
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType

from . import trouble

_DRIVER = "test_driver.driver"
_MODULES = ("driver_hooks", "requests", "session", "tracing.monitoring", "tracing.settrace")


def prepare(address: str, directory: str) -> None:
    """Import the agent from `directory`, take it off `sys.path`, and wait for the driver."""
    trouble.keep_in(os.path.dirname(address))
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # Inherited from a shell that started the adapter in the background; the adapter ends the driver by SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    isolation = _Isolation()
    sys.meta_path.insert(0, isolation)
    try:
        for name in _MODULES:
            importlib.import_module(f"{__package__}.{name}")
    finally:
        sys.meta_path.remove(isolation)
    sys.modules[f"{__package__}.output"].write_by_lines()
    # Byte code is read while the script runs, with builtins that must be there.
    setattr(sys.modules[f"{__package__}.lines"], "dis", _own_copy("dis"))  # noqa: B010
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != directory]

    def take_over(module: ModuleType) -> None:
        from . import driver_hooks

        try:
            driver_hooks.install(module, address)
        except Exception:
            trouble.record("taking over the test driver")

    if _DRIVER in sys.modules:
        take_over(sys.modules[_DRIVER])
    else:
        sys.meta_path.insert(0, _WaitForDriver(take_over))


class _Isolation:
    """Gives the agent's modules a private copy of the builtins, because a script may replace the shared ones."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(f"{__package__}."):
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            _before_executing(spec, lambda module: module.__dict__.update(__builtins__=dict(vars(builtins))))
        return spec


def _own_copy(name: str) -> ModuleType:
    """A second copy of a module of the standard library, with private builtins and known to the agent alone."""
    spec = PathFinder.find_spec(name)
    if spec is None or spec.loader is None:
        return importlib.import_module(name)
    module = module_from_spec(spec)
    module.__dict__["__builtins__"] = dict(vars(builtins))
    spec.loader.exec_module(module)
    return module


class _WaitForDriver:
    """Watches for the driver's module, once."""

    def __init__(self, take_over: Callable[[ModuleType], None]) -> None:
        self._take_over = take_over

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _DRIVER:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _after_executing(spec, self._take_over)
                return spec
        return None


def _before_executing(spec: ModuleSpec, action: Callable[[ModuleType], None]) -> None:
    loader = spec.loader
    if loader is None:
        return
    original = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        action(module)
        original(module)

    # An attribute of this one loader, so that no other import is touched.
    setattr(loader, "exec_module", exec_module)  # noqa: B010


def _after_executing(spec: ModuleSpec, action: Callable[[ModuleType], None]) -> None:
    loader = spec.loader
    if loader is None:
        return
    original = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        original(module)
        action(module)

    setattr(loader, "exec_module", exec_module)  # noqa: B010
