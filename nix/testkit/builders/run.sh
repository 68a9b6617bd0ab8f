# Runs a test as a build: it fails when the script fails. $out gets what the script copies and captures.
# With $debugHook = true a breakpoint in the script waits for somebody to come.

need python3 python3
need qemu-system-x86_64 qemu-system-x86

mkdir "$out"
# The driver puts its sockets below TMPDIR, and a socket's path is limited to 107 bytes.
export TMPDIR
TMPDIR=$(mktemp -d /tmp/testkit.XXXXXXXX)
unset XDG_RUNTIME_DIR
trap 'rm -rf "$TMPDIR"' EXIT
options=()
if [ "$debugHook" = true ]; then
  options=(--debug-hook-attach "bash $attach")
fi
LOGFILE=/dev/null "$driver/bin/nixos-test-driver" -o "$out" "${options[@]}"
