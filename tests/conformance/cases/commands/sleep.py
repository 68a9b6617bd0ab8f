# Sleeping happens in the guest, on its clock.
machine.sleep(1)
