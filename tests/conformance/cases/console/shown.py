# Lines of the consoles can be left out of the log.
# shows: exit stdout stderr console machine
serial_stdout_off()
machine.connect()
machine.send_console("unseen\n")
machine.wait_for_console_text("typed: unseen")
serial_stdout_on()
machine.send_console("seen\n")
machine.wait_for_console_text("typed: seen")
