# `test_script()` at the prompt runs the test, as often as it is asked to, and a wrong line does no harm.
# terminal: yes
# arguments: -I
# stdin: 1 / 0\ntest_script()\ntest_script()\nopen("out/facts", "w").write(machine.succeed("cat count"))\n\x04\n
machine.succeed("echo again >>count")
