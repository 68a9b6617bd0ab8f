# Lines of the serial console are looked through once; the expression may span them.
# shows: exit stdout stderr console machine
machine.start()
machine.wait_for_console_text("firmware (speaks)")
machine.wait_for_console_text("connecting", timeout=20)
machine.connect()
machine.send_console("one\n")
machine.wait_for_console_text("typed: one")
