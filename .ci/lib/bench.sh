# shellcheck shell=bash
# `./x bench`: how long people wait. Everything is built before the clock starts, and nothing is written but to the
# terminal: a table that is worth keeping goes to docs/benchmarks.md by hand.

readonly debugpy_version=1.8.22

command_bench() {
  local part=${1:-all} rounds=${2:-15}
  # A number alone is that of the rounds.
  if [[ $part =~ ^[0-9]+$ ]]; then part=all rounds=$1; fi
  prepare_host
  cargo build --release --quiet -p nixtest-dap </dev/null
  case $part in
    all)
      bench_start "$rounds"
      bench_debugger "$rounds"
      ;;
    start) bench_start "$rounds" ;;
    debugger) bench_debugger "$rounds" ;;
    *) die "there is no benchmark '$part'; choose one of: start debugger" ;;
  esac
}

bench_start() {
  local rounds=$1 driver=$target/x/example-driver bare=$target/x/bare-driver
  prepare_nix
  step "building the example's machine" "$logs/example.log" \
    nix-build --out-link "$driver" "$example/default.nix" -A hello.driverInteractive
  # The same machine with a script that does nothing: what starting a driver costs by itself.
  step "building the bare driver" "$logs/bare.log" nix-build --out-link "$bare" -E '
    ((import ./nix/testkit { }).runTest { name = "bare"; nodes.machine = { }; testScript = "pass"; }).driver'
  heading "From F5 to the first stop"
  python3 .ci/bench/first_stop.py "$rounds" "$target/release/nixtest-dap" "$bare/bin/nixos-test-driver" \
    "F5 on a built driver={\"driver\": \"$driver/bin/nixos-test-driver\"}" \
    "F5 on a file and attribute={\"file\": \"$root/$example/default.nix\", \"attr\": \"hello\"}"
}

bench_debugger() {
  local rounds=$1 python debugpy
  python=$(python_for_bench) || die "there is no Python 3.12 or newer here, which is what drivers run on"
  debugpy=$(debugpy_for "$python") || warn "debugpy $debugpy_version cannot be had: its column stays empty"
  heading "The debugger at work, $rounds rounds, Python $(python_version "$python"), debugpy $debugpy_version"
  python3 .ci/bench/debugger.py "$rounds" "$target/release/nixtest-dap" "$python" ${debugpy:+"$debugpy"}
}

# The interpreter of the driver: one of NixOS's age, which the agent follows by sys.monitoring.
python_for_bench() {
  local python
  for python in ${NIXTEST_UPSTREAM_PYTHON:-} python3 $(newer_python); do
    if version_at_least "$(python_version "$python")" 3.12; then
      command -v "$python"
      return
    fi
  done
  return 1
}

# Prints where debugpy's package for an interpreter lies, fetching it on first use. pip is that of the lint's tools,
# because an interpreter that is only unpacked has none.
debugpy_for() {
  local version home tools
  version=$(python_version "$1")
  home=$cache/debugpy-$debugpy_version-python$version
  if [[ ! -e $home/complete ]]; then
    tools=$(python_tools) || return 1
    rm -rf "$home"
    {
      "$tools/pip" install --quiet --no-deps --no-compile --only-binary :all: --python-version "$version" --target "$home" \
        "debugpy==$debugpy_version" && "$1" -m compileall -q "$home" && touch "$home/complete"
    } >&2 || return 1
  fi
  echo "$home/debugpy"
}
