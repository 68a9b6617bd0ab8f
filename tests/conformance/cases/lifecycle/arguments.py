# QEMU is told where its sockets are and which devices the driver wants; the start script where the machine lives.
# journal: start
# environment: QEMU_OPTS=-snapshot QEMU_NET_OPTS=hostfwd=tcp::2222-:22
machine.start()
