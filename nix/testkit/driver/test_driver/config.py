"""The driver's configuration: a JSON file whose keys are those of NixOS 26.05."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any


class ConfigurationError(Exception):
    """The configuration cannot be used; the message names the file and the key."""


@dataclass(frozen=True)
class DriverConfiguration:
    """One test: its machines, its script and its limits."""

    vms: dict[str, str]
    """Start scripts by machine name."""
    vlans: list[int]
    """Numbers of the virtual networks; this driver has none yet, so the list is empty."""
    global_timeout: int
    """Seconds after which the test is ended."""
    test_script: Path
    """The file with the script."""

    @staticmethod
    def from_file(file: Path) -> "DriverConfiguration":
        """Read `file`; raises ConfigurationError if it is not there, no JSON, or asks for what cannot be had."""
        try:
            content = json.loads(file.read_text())
        except OSError as error:
            raise ConfigurationError(f"cannot read the configuration '{file}': {error.strerror}") from error
        except ValueError as error:
            raise ConfigurationError(f"the configuration '{file}' is not JSON: {error}") from error
        try:
            return DriverConfiguration._from_json(content)
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"the configuration '{file}' has no usable key {error}") from error
        except ConfigurationError as error:
            raise ConfigurationError(f"the configuration '{file}' {error}") from error

    def with_script(self, test_script: Path) -> "DriverConfiguration":
        """The same test with another script."""
        return replace(self, test_script=test_script)

    @staticmethod
    def _from_json(content: Any) -> "DriverConfiguration":
        for key, what in (("containers", "containers"), ("vlans", "virtual networks")):
            if content.get(key):
                raise ConfigurationError(f"has '{key}', and this driver has no {what}: remove them")
        if content.get("enable_ssh_backdoor"):
            raise ConfigurationError("sets 'enable_ssh_backdoor', and this driver has no vsock: turn it off")
        return DriverConfiguration(
            vms={name: str(vm["start_script"]) for name, vm in content["vms"].items()},
            vlans=[],
            global_timeout=int(content["global_timeout"]),
            test_script=Path(content["test_script"]),
        )
