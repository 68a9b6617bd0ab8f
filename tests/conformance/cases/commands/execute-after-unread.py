# Output that nobody wanted does not reach the next command.
# versions: none
machine.execute("echo unwanted", check_output=False)
print(machine.succeed("echo wanted"))
