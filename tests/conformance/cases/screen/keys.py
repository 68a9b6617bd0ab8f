# Keys reach QEMU's monitor by its names for them.
machine.start()
machine.send_key("ctrl-alt-f2")
machine.send_key("A")
machine.send_key(" ", delay=None)
machine.send_key("ret", log=False)
machine.send_key("x", 0.001)
