# shellcheck shell=bash
# `./x conformance`: the testkit's driver and true ones run the same scripts; the result becomes a table in docs.

suite_conformance() {
  heading "Conformance"
  run_unittests "conformance" python3 tests/conformance/tests
  run_tap_suite conformance tests/conformance/run
}

# command_conformance [[VERSION=]DIRECTORY[,PYTHON]...]
command_conformance() {
  local began
  began=$(now_ms)
  prepare_host
  prepare_nix
  heading "Conformance"
  if [[ -z "$*${NIXTEST_UPSTREAM_DRIVERS:-}${NIXTEST_UPSTREAM_DRIVER:-}" ]]; then
    note "no true driver is named: their columns in docs/testkit.md stay as they are"
  fi
  run_tap_suite conformance tests/conformance/run --jobs 2 --conversations --report "$root/docs/testkit.md" "$@"
  print_summary "$began"
}
