# Files are copied through the shell where the guest has no shared directory.
# shows: exit stdout files
# versions: none
from pathlib import Path

machine.succeed("touch unshared")
Path("tree").mkdir()
Path("tree/one").write_text("content\n")
machine.copy_from_host("tree", "target/tree")
print(machine.succeed("cat target/tree/one"))
machine.copy_from_machine("target", "back")
