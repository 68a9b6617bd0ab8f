"""How QEMU is started: the options that join it to the driver, and the environment of its start script."""

import os
import shlex
from pathlib import Path


def qemu_command(
    start_command: str,
    *,
    monitor: Path,
    qmp: Path,
    shell: Path,
    vsock: Path | None,
    allow_reboot: bool,
) -> str:
    """The shell command that starts QEMU, with its sockets at these paths.

    QEMU connects to `monitor`, `shell` and `vsock`, and listens at `qmp`.
    """
    options = [
        *("-qmp", f"unix:{escaped(qmp)},server=on,wait=off"),
        *("-monitor", f"unix:{escaped(monitor)}"),
        *("-chardev", f"socket,id=shell,path={escaped(shell)}"),
        *("-device", "virtio-serial", "-device", "virtconsole,chardev=shell"),
        *("-device", "virtio-rng-pci", "-serial", "stdio"),
    ]
    if not allow_reboot:
        options.append("-no-reboot")
    if vsock is not None:
        options += ["-chardev", f"socket,id=vsock_ssh,path={escaped(vsock)}"]
        options += ["-device", "vhost-user-vsock-pci,chardev=vsock_ssh"]
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        options.append("-nographic")
    return f"{start_command} {shlex.join(options)}"


def escaped(path: Path) -> str:
    """The path as a value in an option of QEMU, where a comma ends the value unless it is doubled."""
    return str(path).replace(",", ",,")


def start_environment(state_dir: Path, shared_dir: Path) -> dict[str, str]:
    """The environment of a start script: that of the driver, and where the machine's directories are."""
    return {**os.environ, "TMPDIR": str(state_dir), "SHARED_DIR": str(shared_dir), "USE_TMPDIR": "1"}
