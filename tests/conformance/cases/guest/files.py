# A file and a folder reach a real guest through its shell whole.
# machine: tiny
# shows: exit stdout files left
import hashlib
from pathlib import Path

content = bytes(range(256)) * 100
folder = Path("folder")
(folder / "below").mkdir(parents=True)
(folder / "below/bytes").write_bytes(content)
(folder / "a name").write_text("text\n")
machine.copy_from_host_via_shell("folder/below/bytes", "/tmp/new/bytes")
print(machine.succeed("sha256sum </tmp/new/bytes").split()[0] == hashlib.sha256(content).hexdigest())
machine.copy_from_host_via_shell("folder/a name", "/tmp/name")
print(machine.succeed("cat /tmp/name"))
