# A machine that may reboot takes commands again when its shell is back.
machine.start(allow_reboot=True)
machine.succeed("echo kept > mark")
machine.reboot()
print(machine.connected, machine.booted)
print(machine.succeed("cat mark"))
