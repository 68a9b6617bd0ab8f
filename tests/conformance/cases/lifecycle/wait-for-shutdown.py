# A machine that powers off by itself can be waited for.
machine.succeed("(command sleep 1; poweroff) >&2 &")
machine.wait_for_shutdown()
print(machine.is_up(), machine.booted)
machine.wait_for_shutdown()
