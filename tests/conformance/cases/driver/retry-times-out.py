# When the time is over the function is called once more, and then it is a failure.
from attempts import attempt

calls = []


def never(last):
    calls.append(last)
    return False


def at_last(last):
    return last


attempt(retry, never, 1)
print(calls)
attempt(retry, at_last, 1)
