# Waiting for a unit that is never done activating ends the test.
machine.wait_for_unit("never.service", timeout=1)
