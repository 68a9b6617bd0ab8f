# Waiting for a file looks for the path as the guest's shell reads it.
machine.succeed("touch a.txt")
machine.wait_for_file("a.txt")
machine.wait_for_file("*.txt")
machine.wait_for_file("$PWD/a.txt")
