# A condition may call machines itself, and several may be active.
@polling_condition(seconds_interval=0)
def first():
    machine.succeed("echo first")


@polling_condition(seconds_interval=0)
def second():
    machine.succeed("echo second")


with first, second:
    machine.succeed("true")
