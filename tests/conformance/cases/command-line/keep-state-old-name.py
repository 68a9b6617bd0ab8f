# Keeping the machines' state by its older name.
# arguments: --keep-vm-state
print("ran")
