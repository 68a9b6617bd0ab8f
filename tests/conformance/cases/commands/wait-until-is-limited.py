# One try of a command lasts no longer than the whole wait.
from attempts import attempt

attempt(machine.wait_until_succeeds, "sleep 20", timeout=1)
