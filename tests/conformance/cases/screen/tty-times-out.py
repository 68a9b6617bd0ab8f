# Waiting for words that never appear on a virtual console says what is there.
machine.wait_until_tty_matches("1", "never", timeout=1)
