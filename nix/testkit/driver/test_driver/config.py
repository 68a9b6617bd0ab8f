"""What one test consists of, in both forms that wrappers use.

Since NixOS 26.05 it is a JSON file; before, the parts were options of the command line whose defaults lay in the
environment.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from test_driver.duration import as_seconds

START_SCRIPT = re.compile("run-([^/]+)-vm$")
"""How the start script of a machine is called; the name of the machine is in it."""
DEFAULT_TIMEOUT = 3600
NUMBER = (int, float)
WORDS: dict[object, str] = {str: "a text", list: "a list", dict: "an object", bool: "true or false", NUMBER: "a number"}


class ConfigurationError(Exception):
    """The configuration cannot be used; the message names the file and the key."""


@dataclass(frozen=True)
class NodeConfiguration:
    """One machine."""

    name: str
    """The name in the log and in files; the script's name for it has `_` for what no identifier may have."""
    start_script: Path
    """The program that becomes QEMU."""


@dataclass(frozen=True)
class DriverConfiguration:
    """One test: its machines, its script and its limits."""

    vms: dict[str, NodeConfiguration]
    """Machines by name."""
    test_script: Path
    """The file with the script."""
    vlans: list[int] = field(default_factory=list)
    """Numbers of the virtual networks, each once."""
    global_timeout: float = DEFAULT_TIMEOUT
    """Seconds after which the test is ended."""
    enable_ssh_backdoor: bool = False
    """Whether the test asks for SSH over vsock; this driver has none and says so."""
    containers: dict[str, NodeConfiguration] = field(default_factory=dict)
    """Containers by name; this driver has none, so there are none."""

    def with_script(self, test_script: Path) -> "DriverConfiguration":
        """The same test with another script."""
        return replace(self, test_script=test_script)


def read_configuration(file: Path) -> DriverConfiguration:
    """Read a JSON file; raises ConfigurationError if it is not there, no JSON, or asks for what cannot be had."""
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"cannot read the configuration '{file}': {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"the configuration '{file}' is not JSON: {error}") from error
    try:
        return _from_json(content)
    except ConfigurationError as error:
        raise ConfigurationError(f"the configuration '{file}' {error}: build the test's driver anew") from error


def _from_json(content: Any) -> DriverConfiguration:
    if not isinstance(content, dict):
        raise ConfigurationError("is not an object")
    if content.get("containers"):
        names = ", ".join(f"'{name}'" for name in content["containers"])
        raise ConfigurationError(f"has containers ({names}), and this driver has none: make them nodes")
    vms = _value(content, "vms", dict)
    scripts = {name: _value(vms, name, dict, "vms.") for name in vms}
    return DriverConfiguration(
        vms=_machines((name, _value(vm, "start_script", str, f"vms.{name}.")) for name, vm in scripts.items()),
        test_script=Path(_value(content, "test_script", str)),
        vlans=_vlans(_value(content, "vlans", list, default=[])),
        global_timeout=as_seconds(_value(content, "global_timeout", NUMBER)),
        enable_ssh_backdoor=_value(content, "enable_ssh_backdoor", bool, default=False),
    )


def _value(
    content: Mapping[str, Any], key: str, kind: type | tuple[type, ...], within: str = "", default: Any = None
) -> Any:
    value = content.get(key, default)
    if value is None:
        raise ConfigurationError(f"has no key '{within}{key}'")
    # To Python, true is a number.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ConfigurationError(f"has {json.dumps(value)} for '{within}{key}', which is {WORDS[kind]}")
    return value


def configuration_of_parts(
    start_scripts: Iterable[str], vlans: Iterable[str], global_timeout: float | None, test_script: Path
) -> DriverConfiguration:
    """The configuration from what the older form of the command line says.

    Machines get their names from their start scripts. Raises ConfigurationError if two would get the same, or if a
    number is none.
    """
    named = [(machine_name(script), script) for script in start_scripts]
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"two start scripts are for the machine '{name}': rename one to 'run-NAME-vm'")
    return DriverConfiguration(
        vms=_machines(named),
        test_script=test_script,
        vlans=_vlans(vlans),
        global_timeout=as_seconds(DEFAULT_TIMEOUT if global_timeout is None else global_timeout),
    )


def machine_name(start_command: str) -> str:
    """The name in a command that ends in `run-NAME-vm`, else `machine`."""
    found = START_SCRIPT.search(start_command)
    return found[1] if found else "machine"


def _machines(named: Iterable[tuple[str, str]]) -> dict[str, NodeConfiguration]:
    machines = {}
    for name, start_script in named:
        if not name or "/" in name or "\0" in name:
            raise ConfigurationError(f"names a machine {name!r}, which cannot be part of a file's name")
        machines[name] = NodeConfiguration(name, Path(start_script))
    return machines


def _vlans(numbers: Iterable[object]) -> list[int]:
    """Each number once: every machine of a network brings its number."""
    vlans: dict[int, None] = {}
    for number in numbers:
        text = str(number)
        if not text.isascii() or not text.isdigit():
            raise ConfigurationError(f"has {number!r} for a VLAN, which is a number")
        vlans[int(text)] = None
    return list(vlans)
