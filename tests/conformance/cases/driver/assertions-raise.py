# What `t` raises is of a kind of its own, and an AssertionError.
# versions: 25.05..
try:
    t.assertTrue(False)
except AssertionError as error:
    print(type(error).__name__, [each.__name__ for each in type(error).__mro__], error)
