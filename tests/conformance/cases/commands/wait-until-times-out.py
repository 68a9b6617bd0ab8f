# Waiting for a command ends when its time is over, with one last try.
from attempts import attempt

attempt(machine.wait_until_succeeds, "false", timeout=1)
attempt(machine.wait_until_fails, "true", timeout=1)
