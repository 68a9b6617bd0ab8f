"""Lengths of time as scripts give them: a number of seconds, or a `datetime.timedelta`."""

from datetime import timedelta

Duration = float | timedelta
"""What a parameter accepts that asks for a time; a plain number means seconds."""


def as_seconds(duration: Duration) -> float:
    """The duration in seconds, whole numbers as such: they are shown to people and sent to machines.

    Raises TypeError for anything that is no duration, so that a mistake in a script is not found a quarter of an hour
    later.
    """
    if isinstance(duration, timedelta):
        seconds = duration.total_seconds()
    elif isinstance(duration, bool) or not isinstance(duration, (int, float)):
        raise TypeError(f"a time is a number of seconds or a timedelta, not {type(duration).__name__}")
    else:
        seconds = float(duration)
    return int(seconds) if seconds.is_integer() else seconds
