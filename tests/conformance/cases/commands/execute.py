# A command's exit status and its standard output come back.
print(machine.execute("echo out; exit 3"))
print(machine.execute("true"))
