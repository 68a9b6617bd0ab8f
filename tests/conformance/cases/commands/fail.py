# Commands that must fail give their joined output.
print(repr(machine.fail("echo a; false", "echo b; exit 2")))
print(repr(machine.fail()))
