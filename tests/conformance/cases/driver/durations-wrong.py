# What is no duration is refused.
# versions: 26.11..
from attempts import attempt

attempt(machine.execute, "true", timeout="10")
attempt(machine.execute, "true", timeout=True)
attempt(machine.sleep)
attempt(retry, lambda last: True, "1")
