# An exception of the script ends the test with its traceback; the machines are ended.
machine.connect()


def check():
    raise ValueError("no good\nreally")


check()
