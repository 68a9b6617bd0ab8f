# The state that a run left is removed by the next one.
from pathlib import Path

again = create_machine(str(machine.start_command), name="extra")
(again.state_dir / "mark").write_text("")
again = create_machine(str(machine.start_command), name="extra")
print(sorted(path.name for path in Path(again.state_dir).iterdir()))
