# shellcheck shell=bash
# `./x bench`: how long people wait. Everything is built before the clock starts.

command_bench() {
  local runs=${1:-10} driver bare
  prepare_host
  prepare_nix
  cargo build --release --quiet -p nixtest-dap </dev/null
  step "building the example's machine" "$logs/example.log" \
    nix-build --out-link "$target/x/example-driver" "$example/default.nix" -A hello.driverInteractive
  # The same machine with a script that does nothing: what starting a driver costs by itself.
  step "building the bare driver" "$logs/bare.log" nix-build --out-link "$target/x/bare-driver" -E '
    ((import ./nix/testkit { }).runTest { name = "bare"; nodes.machine = { }; testScript = "pass"; }).driver'
  driver=$target/x/example-driver bare=$target/x/bare-driver
  heading "From F5 to the first stop"
  python3 .ci/bench/first_stop.py "$runs" "$target/release/nixtest-dap" "$bare/bin/nixos-test-driver" \
    "F5 on a built driver={\"driver\": \"$driver/bin/nixos-test-driver\"}" \
    "F5 on a file and attribute={\"file\": \"$root/$example/default.nix\", \"attr\": \"hello\"}"
}
