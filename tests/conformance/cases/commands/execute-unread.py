# Without a look at the output the call returns at once, with -2 and nothing.
import time

print(machine.execute("true >&2", check_return=False, check_output=False))
time.sleep(1)
machine.crash()
