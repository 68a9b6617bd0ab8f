# A machine that may not reboot is off instead.
machine.connect()
machine.reboot()
machine.wait_for_shutdown()
print(machine.is_up(), machine.booted)
