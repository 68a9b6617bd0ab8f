# What the connection to QEMU can be asked to do.
from attempts import interface

machine.start()
interface(machine.qmp_client)
