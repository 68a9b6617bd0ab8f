# Without XDG_RUNTIME_DIR machines live below TMPDIR.
# environment: XDG_RUNTIME_DIR
print(machine.state_dir)
