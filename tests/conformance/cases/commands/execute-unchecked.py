# Without a look at the status it is -1.
print(machine.execute("echo out; exit 3", check_return=False))
print(machine.execute("exit 3", False))
