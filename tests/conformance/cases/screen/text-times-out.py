# Waiting for words that never appear on the screen says what was read last.
# shows: exit stdout stderr
machine.start()
machine.wait_for_text("never", timeout=1)
