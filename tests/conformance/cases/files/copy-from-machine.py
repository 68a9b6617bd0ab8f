# A file or directory of the machine arrives in the output directory.
# shows: exit stdout files
# versions: 26.05..
machine.succeed("echo content > one; mkdir -p tree/below; echo more > tree/below/two")
machine.copy_from_machine("one")
machine.copy_from_machine("tree", "some/place")
print(sorted(str(path.relative_to(driver.out_dir)) for path in driver.out_dir.rglob("*")))
