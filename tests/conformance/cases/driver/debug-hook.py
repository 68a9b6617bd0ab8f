# With --debug-hook-attach a breakpoint waits until somebody connects, who sees the script's names and lets it go on.
# The option came with 25.11.
# versions: 25.11..
# arguments: --debug-hook-attach attach
from visitor import Visitor, free_port

port = free_port()
word = "in the script"
visitor = Visitor(port, ["p word", "word = 'changed'", "c"])
debug.breakpoint(port=port)
visitor.wait()
# The line is a matter of Python's debugger: newer ones stop in the call itself.
print("<string>" in visitor.answers[0], visitor.answers[1])
print(word, machine.succeed("echo goes on"))
