# What is sent to the console reaches QEMU's standard input.
# shows: exit stdout stderr console machine
machine.connect()
machine.send_console("root\n\nsystemctl default\n")
machine.wait_for_console_text("typed: systemctl default")
