# `exit()` at the prompt ends the driver with the code that it is given.
# terminal: yes
# arguments: -I
# stdin: machine.start()\nexit(3)\n\x04\n
