# A condition can be waited for.
from attempts import attempt

calls = []


@polling_condition
def third():
    calls.append(1)
    return len(calls) >= 3


@polling_condition
def never():
    "never true"
    return False


third.wait()
attempt(never.wait, 1)
