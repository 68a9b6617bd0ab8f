# All machines are started, and run when the call returns.
# machines: one two
# order: by machine
start_all()
print([machine.booted for machine in machines])
one.succeed("true")
two.succeed("true")
