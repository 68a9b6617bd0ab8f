# Commands that succeed give their joined output; no command gives none.
print(repr(machine.succeed("echo a", "true", "echo b")))
print(repr(machine.succeed()))
