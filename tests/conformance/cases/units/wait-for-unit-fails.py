# Waiting for a unit is given up at once when it failed, or is inactive without a job.
from attempts import attempt

attempt(machine.wait_for_unit, "broken.service")
attempt(machine.wait_for_unit, "idle.service")
attempt(machine.wait_for_unit, "idle.service", user="alice")
