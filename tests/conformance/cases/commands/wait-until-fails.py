# A command is tried again until it fails; the output of that time comes back.
print(repr(machine.wait_until_fails("echo again; ! third_time file")))
