# Power is taken away at the monitor; once more changes nothing.
machine.connect()
machine.crash()
print(machine.is_up(), machine.booted, machine.connected, machine.pid)
machine.crash()
