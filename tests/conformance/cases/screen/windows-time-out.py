# Waiting for a window that never appears names those that are there.
machine.wait_for_window("never", timeout=1)
