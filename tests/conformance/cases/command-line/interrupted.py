# SIGINT ends the driver and its machines.
# signal: INT after must succeed
# shows: exit stdout left
machine.succeed("sleep 60")
