"""A virtual machine in QEMU, with all that a script can do to it."""

from test_driver.errors import MachineError
from test_driver.machine.consoles import Consoles
from test_driver.machine.keyboard import Keyboard
from test_driver.machine.network import Network
from test_driver.machine.screen import Screen


class QemuMachine(Consoles, Keyboard, Network, Screen):
    """A virtual machine. It is started by the first command it gets, or by `start`."""

    def switch_root(self) -> None:
        """Let the guest go on from its initial file system, where its root shell runs so far, to the real one.

        Waits for the unit `initrd.target`, then for the shell of the second stage. For machines with
        `testing.initrdBackdoor = true` and systemd in the initial file system. Raises RequestedAssertionFailed if
        the unit cannot be reached, MachineError if the machine ends.
        """
        self.wait_for_unit("initrd.target")
        self.execute(
            "systemctl isolate --no-block initrd-switch-root.target 2>/dev/null >/dev/null",
            check_return=False,
            check_output=False,
        )
        self.connected = False
        self.connect()

    def ssh_backdoor_command(self) -> str:
        """The command by which the host's user logs in to the machine with `ssh`, over vsock.

        Raises MachineError if the machine has no vsock device.
        """
        if self.vsock_host is None:
            raise MachineError(
                f"machine '{self.name}' has no vsock device for SSH: forward a port to its sshd instead, by "
                "'forward_port' or QEMU_NET_OPTS, or use 'shell_interact'"
            )
        return f"ssh -o User=root vsock-mux/{self.vsock_host}"
