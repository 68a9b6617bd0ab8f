# An exception raised from another shows both.
def check():
    try:
        int("x")
    except ValueError as error:
        raise RuntimeError("two\nlines") from error


check()
