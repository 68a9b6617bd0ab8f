"""Network devices of a virtual machine, as QEMU's monitor handles them."""

from test_driver.errors import MachineError
from test_driver.machine.lifecycle import QemuLifecycle


class Network(QemuLifecycle):
    """A virtual machine with network devices: eth0 joins it to the host, eth1 and further ones to virtual networks."""

    def block(self) -> None:
        """Unplug the machine's first virtual network, as if somebody had pulled the cable of eth1.

        The host still reaches the machine through eth0. Raises MachineError if it has no virtual network or does not
        run.
        """
        self._must_obey("set_link virtio-net-pci.1 off")

    def unblock(self) -> None:
        """Undo `block`. Raises MachineError if the machine has no virtual network or does not run."""
        self._must_obey("set_link virtio-net-pci.1 on")

    def forward_port(self, host_port: int = 8080, guest_port: int = 80) -> None:
        """Let TCP connections to `host_port` of the host's own 127.0.0.1 reach `guest_port` on the machine's eth0.

        Lasts until the machine ends; the guest's firewall has its say. Raises MachineError if QEMU cannot listen on
        the port or the machine does not run.
        """
        self._must_obey(f"hostfwd_add tcp:127.0.0.1:{host_port}-:{guest_port}")

    def _must_obey(self, command: str) -> None:
        complaint = self._complaint(self.send_monitor_command(command))
        if complaint:
            raise MachineError(f"machine '{self.name}': QEMU refused '{command}': {complaint}")
