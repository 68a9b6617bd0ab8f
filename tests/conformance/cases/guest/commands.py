# Commands in a real guest answer with their output and exit code; a time-out is exit code 124.
# machine: tiny
# shows: exit stdout files left
print(repr(machine.succeed("echo one; echo two >&2", "printf 'a\\tb'")))
print(machine.execute("echo out; exit 3"))
print(machine.execute("sleep 30", timeout=1))
print(machine.execute("head -c 100000 /dev/zero | tr '\\0' x | wc -c"))
print(repr(machine.fail("echo no; false")))
try:
    machine.succeed("exit 7")
except Exception as error:
    print(error)
print(repr(machine.succeed("printf 'grüße\\n'")))
machine.wait_until_succeeds("test -e /tmp", timeout=10)
machine.execute("(sleep 1; touch /tmp/later) >/dev/null 2>&1 &", check_return=False)
machine.wait_for_file("/tmp/later")
print(machine.execute("true"))
