# Bytes that are no text, in the output of a command whose status nobody wants.
from attempts import attempt

attempt(machine.execute, "printf '\\xff'", check_return=False)
