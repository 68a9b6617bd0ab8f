# With a display at hand QEMU opens its window.
# journal: start
# environment: DISPLAY=:7
machine.start(allow_reboot=True)
