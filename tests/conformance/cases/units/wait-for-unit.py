# Waiting for a unit ends when it is active, be it activating or waiting for its job before.
machine.wait_for_unit("good.service")
machine.wait_for_unit("late.service")
machine.wait_for_unit("queued.service")
machine.wait_for_unit("good.service", "alice")
