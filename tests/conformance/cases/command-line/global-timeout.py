# A test whose time is over is ended from outside.
# timeout: 2
# shows: exit machine left
machine.connect()
try:
    machine.succeed("sleep 60")
except Exception:
    import time

    time.sleep(60)
