# shellcheck shell=bash
# `./x e2e`: what takes too long, or needs too much, for every run of the tests. The parts are editors that are big, and
# machines with systemd: a person's shell in one, those tests of the testkit that take minutes, and a hundred thousand messages
# that no client should send.

readonly slow_editors='vscode' slow_machines='shell testkit protocol'

# command_e2e [PART...]
command_e2e() {
  local began part editors=() wanted=${*:-$slow_editors $slow_machines}
  for part in $wanted; do
    if [[ " $slow_machines " == *" $part "* ]]; then continue; fi
    if ! editor_names | grep -qxF "$part"; then
      printf 'x: there is no slow test %q: choose from %s, or an editor of editors/\n' "$part" "$slow_editors $slow_machines" >&2
      exit 2
    fi
    editors+=("$part")
  done
  began=$(now_ms)
  prepare_host
  prepare_nix
  if ((${#editors[@]} > 0)); then run_editors "${editors[@]}"; fi
  for part in $wanted; do
    if [[ " $slow_machines " == *" $part "* ]]; then "slow_$part"; fi
  done
  print_summary "$began"
}

# Terminals of a guest with systemd are made by other programs than those of the tiny guest, which ./x test looks at.
slow_shell() {
  heading "A shell in a guest with systemd"
  local tool
  for tool in apt-get dpkg-deb mke2fs depmod; do
    if ! command -v "$tool" >/dev/null; then
      skip_reasons+=("shell/systemd: '$tool' is not here, and guests with systemd are made with it")
      finish_suite shell/systemd 0 0 1
      return
    fi
  done
  NIXTEST_GUEST=systemd run_cargo_tests shell/systemd -p nixtest-dap --test shell_in_guest
}

slow_testkit() {
  heading "Testkit, slow"
  # Copies of NixOS's examples are the caller's to name: NIXTEST_MANUAL_EXAMPLES.
  run_tap_suite testkit/slow tests/testkit/run-slow
}

slow_protocol() {
  heading "Random conversations"
  NIXTEST_FUZZ_CASES=100000 NIXTEST_FUZZ_SEED=${NIXTEST_FUZZ_SEED:-$RANDOM} \
    run_cargo_tests protocol -p nixtest-dap --test fuzz
}
