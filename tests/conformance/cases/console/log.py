# All that the serial console printed since the last start can be had as one text.
# shows: exit stdout stderr console machine
# versions: 25.11..
print(repr(machine.get_console_log()))
machine.start()
machine.wait_for_console_text("connecting")
print(repr(machine.get_console_log()), machine.full_console_log)
machine.crash()
machine.start()
machine.wait_for_console_text("connecting")
print(repr(machine.get_console_log()))
