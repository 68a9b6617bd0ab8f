# A command that takes too long ends with status 124, and what it printed is kept.
from attempts import attempt

attempt(machine.execute, "echo begun; sleep 5", timeout=1)
attempt(machine.succeed, "sleep 5", timeout=1)
attempt(machine.fail, "sleep 5", timeout=1)
attempt(machine.execute, "echo no limit", timeout=None)
