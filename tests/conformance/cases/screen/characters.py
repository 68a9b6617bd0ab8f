# Every character that can be typed is a sequence of QEMU's keys.
machine.start()
machine.send_chars("echo 'Hi' > /tmp/x\n")
machine.send_chars("".join(map(chr, range(32, 127))), delay=None)
machine.send_chars("", 0.5)
