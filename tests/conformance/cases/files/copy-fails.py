# Copying what is not there raises.
# shows: exit stdout
from attempts import attempt

attempt(machine.copy_from_host, "/no/such/file", "target")
attempt(machine.copy_from_host_via_shell, "/no/such/file", "target")
attempt(machine.copy_from_vm, "/no/such/file")
