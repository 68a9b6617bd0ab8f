# A machine that went down can be started again, with what it left in its directory.
machine.succeed("echo kept > mark")
machine.shutdown()
print(machine.succeed("cat mark"))
machine.crash()
print(machine.succeed("cat mark"))
