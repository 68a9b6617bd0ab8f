# Starting returns before the guest is there, and a machine that runs is not started again.
print(machine.is_up(), machine.booted, machine.connected, machine.pid)
machine.start()
print(machine.is_up(), machine.booted, machine.connected)
machine.start()
machine.connect()
machine.connect()
print(machine.is_up(), machine.booted, machine.connected)
