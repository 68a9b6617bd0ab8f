# Waiting for a file that never comes ends the test.
machine.wait_for_file("/no/such/file", timeout=1)
