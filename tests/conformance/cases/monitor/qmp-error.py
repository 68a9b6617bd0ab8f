# A QMP command that QEMU refuses raises.
from attempts import attempt

machine.start()
attempt(machine.qmp_client.send, "no-such-command")
