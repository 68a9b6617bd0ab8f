# Python's own assertion shows where it stands.
def check(value):
    assert value == 1, f"not {value}"


check(2)
