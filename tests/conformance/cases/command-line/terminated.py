# SIGTERM ends the driver.
# signal: TERM after must succeed
# shows: exit stdout
machine.succeed("sleep 60")
