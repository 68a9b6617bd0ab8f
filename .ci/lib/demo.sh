# shellcheck shell=bash
# `./x demo`: the main job of the project on this machine, with the real Nix, the real QEMU and the real binary.

readonly example=tests/example

# The line of file $2 that carries the marker comment `# @$1`. Lines are found by name so that the demo never drifts.
marked_line() {
  local line
  line=$(grep -n -m 1 "# @$1\b" "$2" | cut -d : -f 1) || true
  [[ -n $line ]] || die "$2 has no line marked '# @$1'"
  echo "$line"
}

command_demo() {
  local began line
  began=$(now_ms)
  prepare_host
  prepare_nix
  line=$(marked_line demo "$example/hello.nix")

  heading "Building nixtest-dap"
  # Unoptimised: that builds in half the time, the tests use the same, and what one waits for here is the machine.
  cargo build -p nixtest-dap </dev/null

  heading "Debugging $example/hello.nix"
  say "Nix evaluates and builds the test, QEMU boots its machine, and the test script runs up to line $line, where a"
  say "breakpoint is set. There the variables are shown and the machine is asked for its kernel; then the test goes on."
  local run_began
  run_began=$(now_ms)
  sed -n "${line}p" "$example/hello.nix" | sed 's/^ */  breakpoint: /'
  "$target/debug/nixtest-dap" headless -f "$example/default.nix" -A hello \
    --break "$example/hello.nix:$line" --eval 'machine.succeed("uname -r")' </dev/null
  heading "The test ran in $(elapsed_since "$run_began"), everything in $(elapsed_since "$began")."
}
