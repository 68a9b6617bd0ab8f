# A machine is switched off from inside, and does not run afterwards; once more changes nothing.
machine.connect()
machine.shutdown()
print(machine.is_up(), machine.booted, machine.connected, machine.pid)
machine.shutdown()
