# Waiting for a port raises when its time is over.
from attempts import attempt

attempt(machine.wait_for_open_port, 82, timeout=1)
attempt(machine.wait_for_closed_port, 80, timeout=1)
attempt(machine.wait_for_open_unix_socket, "/run/closed", timeout=1)
