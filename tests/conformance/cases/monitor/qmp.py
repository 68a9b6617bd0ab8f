# QMP takes commands and gives QEMU's whole answer.
machine.start()
print(machine.qmp_client.send("query-status"))
print(machine.qmp_client.send("screendump", {"filename": "/dev/null"}))
