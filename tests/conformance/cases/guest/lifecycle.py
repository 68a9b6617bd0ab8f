# A real machine shuts down, starts again with its disk, reboots, and crashes.
# machine: tiny
# shows: exit stdout files left
machine.succeed("echo kept >/var/mark; sync")
machine.shutdown()
print(machine.is_up(), machine.booted)
machine.start(allow_reboot=True)
print(machine.succeed("cat /var/mark"))
machine.succeed("touch /run/only-this-boot")
machine.reboot()
print(machine.execute("test -e /run/only-this-boot")[0])
machine.crash()
print(machine.is_up(), machine.booted)
