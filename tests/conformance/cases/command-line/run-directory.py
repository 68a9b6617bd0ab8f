# Machines live below XDG_RUNTIME_DIR.
# versions: 25.11..
# environment: TMPDIR=/no/such/place
print(machine.state_dir)
