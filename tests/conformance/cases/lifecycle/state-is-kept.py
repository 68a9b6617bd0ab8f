# The state that a run left is kept on request.
# arguments: -K
print((machine.state_dir / "functions").exists())
