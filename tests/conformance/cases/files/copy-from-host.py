# A file or directory of the host arrives in the machine with its permissions.
# shows: exit stdout files
from pathlib import Path

Path("one").write_text("content\n")
Path("tree/below").mkdir(parents=True)
Path("tree/below/two").write_text("more\n")
Path("tree/program").write_text("#!/bin/sh\n")
Path("tree/program").chmod(0o755)
machine.copy_from_host("one", "target/of/one")
machine.copy_from_host("tree", "target/tree")
print(machine.succeed("cd target; find . -type f | sort; cat of/one tree/below/two; stat -c %a tree/program"))
