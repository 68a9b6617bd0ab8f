# Without more a condition is checked every two seconds, holds when it returns nothing, and not when it raises.
from attempts import attempt

calls = []


@polling_condition
def counted():
    calls.append(1)


@polling_condition
def raises():
    raise ValueError("no good")


with counted:
    machine.succeed("true")
    machine.succeed("true")
    print(len(calls))
    machine.sleep(2)
    machine.succeed("true")
print(len(calls))
with raises:
    attempt(machine.succeed, "true")
