# How long to try again can be said by name, in the version's own way.
# versions: 26.11..
import datetime as dt
from attempts import attempt

attempt(retry, lambda last: True, timeout=dt.timedelta(seconds=1))
attempt(retry, lambda last: True, timeout_seconds=dt.timedelta(seconds=1))
attempt(retry, lambda last: True, timeout_seconds=1)
attempt(retry, lambda last: True, dt.timedelta(seconds=1), dt.timedelta(seconds=1))
