# A command that fails raises, and a script can go on.
from attempts import attempt

attempt(machine.succeed, "exit 7")
attempt(machine.succeed, "echo a\nexit 8")
attempt(machine.succeed, "echo fine")
