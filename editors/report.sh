# shellcheck shell=bash disable=SC2154 # install.sh, which is sourced before this file, sets them
# How the `run` scripts of the editors report: TAP lines as the tests go, then the sums as the last line, and exit code
# 77 when all of them were skipped.

report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
: >"$report/results"

# Runs a command that prints TAP and notes its results. One that fails, or says nothing at all, without a "not ok" of
# its own counts as a failure.
tap() {
  local name=$1 code=0
  shift
  "$@" </dev/null 2>&1 | tee "$report/output" || code=${PIPESTATUS[0]}
  grep -E '^(not )?ok ' "$report/output" >>"$report/results" || ((code)) || code=1
  if ((code != 0)) && ! grep -q '^not ok ' "$report/output"; then
    echo "not ok $name: ended with code $code" | tee -a "$report/results"
  fi
}

# A command whose exit status is the whole test.
check() {
  local name=$1
  shift
  if "$@" </dev/null; then
    echo "ok $name" | tee -a "$report/results"
  else
    echo "not ok $name" | tee -a "$report/results"
  fi
}

# Notes a test that cannot run on this machine.
skip_test() { echo "ok $1 # SKIP $2" | tee -a "$report/results"; }

# The reason why the `setup` script $1 cannot do its work here; nothing when it can. What it installs goes to stderr.
why_not() {
  local log=$report/setup
  "$1" 2>&1 | tee "$log" >&2 || sed -n 's/^skipped: //p' "$log" | grep . || echo "$1 failed"
}

# Sets NIXTEST_DAP_BIN, the program under test, or notes the failure `$1`. The program is built by the caller: a test that
# builds would hide what takes the time.
find_program() {
  export NIXTEST_DAP_BIN=${NIXTEST_DAP_BIN:-$repository/target/debug/nixtest-dap}
  [[ -x $NIXTEST_DAP_BIN ]] && return
  echo "not ok $1: $NIXTEST_DAP_BIN is no program: run cargo build -p nixtest-dap, or set NIXTEST_DAP_BIN" |
    tee -a "$report/results"
  return 1
}

# A copy of the example in a directory of its own, whose path it prints: an editor may write beside the files it opens,
# and a flake in a checkout sees only what git knows. The caller removes it.
copy_example() {
  local copy
  # The real path, because that is the one in which Nix and the adapter speak of files.
  copy=$(realpath "$(mktemp -d)")
  mkdir -p "$copy/tests/example" "$copy/nix"
  cp "$repository"/tests/example/{default,hello}.nix "$copy/tests/example"
  cp -r "$repository/tests/editors" "$copy/tests/editors"
  cp -r "$repository/nix/testkit" "$copy/nix/testkit"
  echo "$copy"
}

# Ends a `run` script with the sums.
finish() {
  local passed failed skipped
  failed=$(grep -c '^not ok ' "$report/results") || true
  skipped=$(grep -cE '^ok .* # SKIP' "$report/results") || true
  passed=$(($(grep -c '^ok ' "$report/results" || true) - skipped))
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0)) || exit 1
  ((passed > 0)) || exit 77
  exit 0
}
