# How often a condition is checked, as a timedelta.
# versions: 26.11..
import datetime as dt
from attempts import attempt

attempt(polling_condition, lambda: True, seconds_interval=1, interval=dt.timedelta(seconds=1))
with polling_condition(lambda: True, interval=dt.timedelta(seconds=0), description="named"):
    machine.succeed("true")
polling_condition(lambda: True, description="waited for").wait(timeout=dt.timedelta(seconds=1))
