# What is typed at the driver goes to QEMU's standard input until it ends.
# stdin: hello\nthere\n
# shows: exit stdout stderr console machine
machine.connect()
machine.console_interact()
machine.wait_for_console_text("typed: there")
