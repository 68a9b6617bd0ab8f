# The prompt has the names that a script has: machines, networks, the functions of the driver; end of input ends it.
# terminal: yes
# arguments: -I
# stdin: facts = open("out/facts", "w")\nprint(callable(test_script), callable(start_all), callable(subtest), [one.name for one in machines], vlans, machine.name, file=facts, flush=True)\nprint(machine.succeed("echo from the prompt"), file=facts, flush=True)\n\x04\n
