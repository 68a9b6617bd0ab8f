# Waiting for a port to open or to close asks nc in the guest.
machine.wait_for_open_port(80)
machine.wait_for_open_port(81, "example.org")
machine.wait_for_closed_port(82)
machine.wait_for_closed_port(83, addr="10.0.0.1")
