# A machine's cable is pulled, and its ports are forwarded, at QEMU's monitor.
machine.start()
print(machine.block())
print(machine.unblock())
print(machine.forward_port())
print(machine.forward_port(8022, 22))
print(machine.forward_port(host_port=8443, guest_port=443))
