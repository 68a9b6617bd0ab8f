# A condition that holds no longer ends the command.
good = True


@polling_condition(seconds_interval=0, description="all is well")
def stays_good():
    return good


machine.start()
with stays_good:
    machine.succeed("true")
    good = False
    machine.succeed("echo not run")
