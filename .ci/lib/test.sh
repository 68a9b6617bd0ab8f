# shellcheck shell=bash
# `./x test`: runs every suite, however different its runner, and adds up what they report.
#
# A suite is one of three kinds: cargo's, Python's unittest, or a script that prints TAP lines ("ok NAME",
# "not ok NAME", "ok NAME # SKIP reason"; "1..0 # SKIP reason" for a suite that cannot run here at all).
# A Rust test that cannot run here prints "skipped: reason" and returns.

readonly suites='rust agent driver template conformance testkit flake editors'

# One entry per finished suite: "name|passed|failed|skipped". The reasons of skips and the failures are lists of lines.
finished_suites=()
skip_reasons=()
failures=()

command_test() {
  local wanted suite began
  wanted=${*:-$suites}
  for suite in $wanted; do
    if [[ " $suites " != *" $suite "* ]]; then
      printf 'x: there is no suite %q: choose from %s\n' "$suite" "$suites" >&2
      exit 2
    fi
  done
  began=$(now_ms)
  prepare_host
  prepare_nix
  for suite in $wanted; do "suite_$suite"; done
  print_summary "$began"
}

# The randomised tests, with a new seed each time; the seed is printed, so that a failure can be had again.
command_fuzz() {
  prepare_host
  prepare_nix
  local seed=${NIXTEST_SEED:-$RANDOM$RANDOM}
  say "NIXTEST_SEED=$seed"
  NIXTEST_CASES=${1:-300000} NIXTEST_SEED=$seed cargo test --release -p source-map </dev/null
  seed=${NIXTEST_FUZZ_SEED:-$seed}
  say "NIXTEST_FUZZ_SEED=$seed"
  NIXTEST_FUZZ_CASES=${1:-1000000} NIXTEST_FUZZ_SEED=$seed \
    cargo test --release -p nixtest-dap --test fuzz </dev/null
}

# ---- the suites

suite_rust() {
  heading "Rust"
  if ! compile_tests; then
    finish_suite rust 0 1 0
    failures+=("rust: the workspace does not compile")
    return
  fi
  if [[ -e $example/default.nix ]]; then
    # Many tests need this machine; built first, none of them waits for a download within its own deadline.
    step "building the example's machine" "$logs/example.log" \
      nix-build --no-out-link "$example/default.nix" -A hello.driverInteractive || true
  fi
  run_cargo_tests rust --workspace --no-fail-fast
}

# Compiling is most of the time of a first run; on a terminal cargo shows by itself how far it is.
compile_tests() {
  if [[ -t 2 ]]; then
    cargo test --workspace --no-run </dev/null
  else
    step "compiling" "$logs/cargo-build.log" cargo test --workspace --no-run
  fi
}

suite_agent() { python_suite agent crates/debuggee/agent-tests; }
suite_driver() { python_suite driver nix/testkit/driver/tests; }

# Real machines are most of it, and start scripts run it with the system's Python: one interpreter is enough.
suite_template() {
  heading "Python: template"
  run_unittests "template" python3 nix/testkit/template/tests
}

suite_testkit() {
  heading "Testkit"
  run_tap_suite testkit tests/testkit/run
}

suite_flake() {
  heading "Flake"
  run_tap_suite flake tests/flake/run
}

suite_editors() {
  local name quick=()
  for name in $(editor_names); do
    if [[ " $slow_editors " != *" $name "* ]]; then quick+=("$name"); fi
  done
  run_editors ${quick[@]+"${quick[@]}"}
}

# Folders of editors/ that have a script to run.
editor_names() {
  local script
  for script in editors/*/run editors/*/test/run; do
    if [[ -x $script ]]; then cut -d / -f 2 <<<"$script"; fi
  done
}

run_editors() {
  local name script
  heading "Editors"
  # The binary that cargo's own tests use too.
  if ! step "building nixtest-dap" "$logs/cargo-build.log" cargo build -p nixtest-dap; then
    finish_suite editors 0 1 0
    failures+=("editors: nixtest-dap does not compile")
    return
  fi
  export NIXTEST_DAP_BIN=$target/debug/nixtest-dap
  for name in "$@"; do
    script=editors/$name/run
    if [[ ! -x $script ]]; then script=editors/$name/test/run; fi
    run_tap_suite "editors/$name" "$script"
  done
}

# ---- the three kinds

# run_cargo_tests TITLE ARGUMENT…: runs `cargo test`, one line per test binary as it ends.
run_cargo_tests() {
  local title=$1 line code=0 passed failed ignored skipped=0
  local log=$logs/cargo-test-${1//[^A-Za-z]/-}.log
  local counts=$log.counts
  shift
  mkdir -p "$logs"
  # Shown output includes that of passing tests, where a test says that it could not run.
  cargo test "$@" -- --show-output </dev/null 2>&1 |
    tee "$log" | cargo_test_lines "$counts" || code=$?

  read -r passed failed ignored <"$counts"
  while IFS= read -r line; do
    skipped=$((skipped + 1))
    skip_reasons+=("$title: $line")
  done < <(awk '/^---- .* stdout ----$/ { name = $2 } /^skipped: / && name { print name substr($0, 8); name = "" }' "$log")
  while IFS= read -r line; do skip_reasons+=("$title: $line"); done < <(
    sed -nE 's/^test (.*) \.\.\. ignored(, (.*))?$/\1: \3/p' "$log" | sed 's/: $/: ignored/'
  )
  while IFS= read -r line; do failures+=("$title: $line"); done < <(
    sed -nE 's/^test (.*) \.\.\. FAILED$/\1/p' "$log"
  )
  if ((failed > 0)); then
    awk '/^failures:$/ { show = 1 } /^test result:/ { show = 0 } show && ++shown <= 200' "$log"
    note "the whole output is in $log"
  elif ((code != 0 || passed == 0)); then
    # A test binary that crashed, or none that ran.
    failed=1
    failures+=("$title: cargo test ended with code $code: see $log")
    tail -n 40 "$log"
  fi
  finish_suite "$title" $((passed - skipped)) "$failed" $((skipped + ignored))
}

# Turns cargo's output into one line per test binary and writes "passed failed ignored" to the file $1.
cargo_test_lines() {
  awk -v counts="$1" '
    /^ *Running / {
      binary = $NF; gsub(/.*\/|\)|-[0-9a-f]*\)$/, "", binary)
      name = binary
      if ($2 != "unittests") { source = $2; sub(/^tests\//, "", source); sub(/(\/main)?\.rs$/, "", source); name = "tests/" source }
    }
    /^ *Doc-tests / { name = $2 " (documentation)" }
    /^test result:/ {
      passed += $4; failed += $6; ignored += $8
      if ($4 + $6 + $8 > 0) {
        printf "  %-34s %4d passed", name, $4
        if ($6) printf ", %d failed", $6
        if ($8) printf ", %d ignored", $8
        time = $0; sub(/.*finished in /, "", time); printf "  %s\n", time
        fflush()
      }
    }
    END { print passed + 0, failed + 0, ignored + 0 > counts }
  '
}

# A folder of unittest tests, once under every interpreter there is.
python_suite() {
  local name=$1 folder=$2 python
  heading "Python: $name"
  for python in $(test_pythons); do
    run_unittests "$name, Python $(python_version "$python")" "$python" "$folder"
  done
}

run_unittests() {
  local title=$1 python=$2 folder=$3 top=$3 log began code=0 ran failed skipped line
  log=$logs/${title//[ ,]/-}.log
  began=$(now_ms)
  mkdir -p "$logs"
  # Tests that are a package are imported from the folder above.
  if [[ -e $folder/__init__.py ]]; then top=$(dirname "$folder"); fi
  "$python" -B -m unittest discover -v -s "$folder" -t "$top" </dev/null >"$log" 2>&1 || code=$?
  ran=$(sed -nE 's/^Ran ([0-9]+) tests? in .*/\1/p' "$log" | tail -n 1)
  failed=$(unittest_count failures "$log") skipped=$(unittest_count skipped "$log")
  failed=$((failed + $(unittest_count errors "$log") + $(unittest_count 'unexpected successes' "$log")))
  while IFS= read -r line; do skip_reasons+=("$title: $line"); done < <(
    sed -nE "s/^(.*) \.\.\. skipped ['\"](.*)['\"]\$/\1: \2/p" "$log"
  )
  if ((code != 0 || ${ran:-0} == 0)); then
    ((failed > 0)) || failed=1
    failures+=("$title: see $log")
    awk '/^=====/ { show = 1 } show && ++shown <= 120' "$log"
    [[ -n $ran ]] || tail -n 20 "$log"
  fi
  ran=$((${ran:-0} > failed + skipped ? ran - failed - skipped : 0))
  printf '  %-34s %4d passed%s  %s\n' "$title" "$ran" "$( ((failed == 0)) || echo ", $failed failed")" \
    "$(elapsed_since "$began")"
  finish_suite "$title" "$ran" "$failed" "$skipped"
}

# The number behind a word in unittest's last line: "FAILED (failures=1, errors=2, skipped=3)".
unittest_count() {
  local count
  count=$(tail -n 3 "$2" | sed -nE "s/^(OK|FAILED) \(.*\b$1=([0-9]+).*/\2/p" | tail -n 1)
  echo "${count:-0}"
}

run_tap_suite() {
  local title=$1 log began code=0 passed failed skipped line
  shift
  log=$logs/${title//\//-}.log
  began=$(now_ms)
  mkdir -p "$logs"
  "$@" </dev/null >"$log" 2>&1 || code=$?
  passed=$(grep -cE '^ok ' "$log") || true
  failed=$(grep -cE '^not ok ' "$log") || true
  skipped=$(grep -cE '^(ok .*|1\.\.0) # SKIP' "$log") || true
  passed=$((passed - $(grep -cE '^ok .* # SKIP' "$log" || true)))
  while IFS= read -r line; do skip_reasons+=("$title: $line"); done < <(
    sed -nE 's/^1\.\.0 # SKIP (.*)/\1/p; s/^ok (.*) # SKIP (.*)/\1: \2/p' "$log"
  )
  while IFS= read -r line; do failures+=("$title: $line"); done < <(sed -nE 's/^not ok (.*)/\1/p' "$log")
  # 77 says that everything was skipped. A script that stops half-way, or reports nothing at all, has not passed.
  if ((code == 77 && skipped > 0)); then code=0; fi
  if ((failed == 0 && (code != 0 || passed + skipped == 0))); then
    failed=1
    failures+=("$title: ended with code $code after $passed tests: see $log")
  fi
  if ((failed > 0)); then tail -n 60 "$log"; fi
  printf '  %-34s %4d passed%s%s  %s\n' "$title" "$passed" "$( ((failed == 0)) || echo ", $failed failed")" \
    "$( ((skipped == 0)) || echo ", $skipped skipped")" "$(elapsed_since "$began")"
  finish_suite "$title" "$passed" "$failed" "$skipped"
}

# ---- the summary

finish_suite() { finished_suites+=("$1|$2|$3|$4"); }

# The table, the reasons, and as the very last line the sums. Fails when a test failed or none ran.
print_summary() {
  local row name passed failed skipped line all_passed=0 all_failed=0 all_skipped=0
  say ""
  heading "$(printf '%-30s %8s %8s %8s' suite passed failed skipped)"
  for row in ${finished_suites[@]+"${finished_suites[@]}"}; do
    IFS='|' read -r name passed failed skipped <<<"$row"
    printf '%-30s %8d %8d %8d\n' "$name" "$passed" "$failed" "$skipped"
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed)) all_skipped=$((all_skipped + skipped))
  done
  for line in ${skip_reasons[@]+"${skip_reasons[@]}"}; do note "skipped  $line"; done
  for line in ${failures[@]+"${failures[@]}"}; do say "${red}failed${plain}   $line"; done
  say "in $(elapsed_since "$1")"
  say "$all_passed passed, $all_failed failed, $all_skipped skipped"
  ((all_failed == 0 && all_passed > 0))
}
