# Durations are taken as timedelta everywhere, without a warning.
# versions: 26.11..
import datetime as dt

second = dt.timedelta(seconds=1)
machine.succeed("true", timeout=second)
machine.execute("true", timeout=dt.timedelta(milliseconds=1500))
machine.sleep(second)
machine.sleep(duration=second)
machine.wait_until_succeeds("true", timeout=second)
machine.wait_for_file("/", timeout=second)
machine.send_key("x", delay=dt.timedelta(milliseconds=1))
