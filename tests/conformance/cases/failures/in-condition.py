# A command that fails inside a condition makes it fail.
@polling_condition(seconds_interval=0)
def stays_good():
    machine.succeed("exit 3")


with stays_good:
    machine.succeed("true")
