# A function is called once a second until it returns true, and is told when it is the last time.
calls = []


def third(last):
    calls.append(last)
    return len(calls) == 3


retry(third)
print(calls)
