# With --debug-hook-attach a script that failed waits for somebody to look around, then the driver ends as it would have.
# The option came with 25.11.
# versions: 25.11..
# arguments: --debug-hook-attach attach
from visitor import Visitor

word = "in the script"
visitor = Visitor(4444, ["p open('out/facts', 'w').write(str('word' in globals()))", "c"])
raise ValueError("no good")
