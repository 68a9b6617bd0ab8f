# A file of the host arrives in the machine over its shell, whatever bytes it holds.
# shows: exit stdout files
from pathlib import Path

content = bytes(range(256)) * 40
Path("source").write_bytes(content)
machine.copy_from_host_via_shell("source", "some/where/target")
print(machine.succeed("sha256sum some/where/target; wc -c < some/where/target"))
