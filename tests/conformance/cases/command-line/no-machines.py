# A test may have no machine.
# machines:
print(machines, vlans)
