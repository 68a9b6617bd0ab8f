# A machine whose shell runs in its initial file system goes on to the real one, and takes commands again.
# The machine is a fake one: neither guest of the testkit has systemd in its initial file system.
machine.start(allow_reboot=True)
print(machine.succeed("echo initial"))
machine.switch_root()
print(machine.is_up(), machine.succeed("echo real"))
