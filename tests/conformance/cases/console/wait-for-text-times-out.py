# Waiting for a line that never comes ends the test.
# shows: exit stdout stderr console machine
machine.connect()
machine.wait_for_console_text("never", timeout=1)
