# The only machine is also there as `machine`, whatever its name.
# machines: server
print(machine.name, machine.is_up())
print(machine.succeed("echo hello"))
