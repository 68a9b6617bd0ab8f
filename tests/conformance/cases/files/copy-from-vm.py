# Copying from a machine by its older name.
# shows: exit stdout files
machine.succeed("echo content > one; mkdir -p tree; echo more > tree/two")
machine.copy_from_vm("one", "place")
machine.copy_from_vm("tree")
