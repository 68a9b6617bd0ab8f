# A test that fails at the prompt leaves machines and the prompt as they are.
# terminal: yes
# arguments: -I
# stdin: test_script()\nfacts = open("out/facts", "w")\nprint(machine.succeed("cat mark"), file=facts, flush=True)\n\x04\n
machine.succeed("echo left by the test >mark")
raise ValueError("no good")
