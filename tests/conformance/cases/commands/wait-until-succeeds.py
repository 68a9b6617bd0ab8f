# A command is tried again until it succeeds; the output of that time comes back.
print(repr(machine.wait_until_succeeds("third_time file && echo there")))
