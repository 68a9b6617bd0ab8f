# A condition that must hold is checked along with the commands of a machine.
calls = []


@polling_condition(seconds_interval=0)
def stays_good():
    "the machine stays good"
    calls.append(1)
    return True


machine.succeed("true")
with stays_good:
    machine.succeed("true")
    machine.send_monitor_command("info status")
print(len(calls))
