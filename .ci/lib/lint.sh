# shellcheck shell=bash
# `./x lint` and `./x fmt`: everything that reads the sources without running them. Every check runs, whatever the
# earlier ones said; a check whose tool cannot be had is named, not passed over in silence.

readonly ruff_version=0.17.6 mypy_version=2.4.1
# Folders whose Python is checked, each by itself: they are separate import roots. One that has a pyproject.toml is
# checked by the settings there, the others by .ci/ruff.toml and .ci/mypy.ini.
readonly python_roots='
crates/debuggee/agent crates/debuggee/agent-tests crates/nixtest-dap/tests/support
nix/testkit/driver nix/testkit/builders nix/testkit/template nix/testkit/systemd/image
tests/testkit tests/conformance .ci/bench
'
# Test scripts, whose names a driver binds: no program reads them by themselves.
readonly python_scripts='tests/hard-cases'

command_lint() {
  local began failed=0
  began=$(now_ms)
  require_rust
  install_for_lint
  lint "rustfmt" lint_rustfmt
  lint "clippy" lint_clippy
  lint "shellcheck" lint_shell
  lint "Nix syntax" lint_nix
  lint "ruff" lint_ruff
  lint "mypy" lint_mypy
  lint "licences and sources of crates" lint_deny
  say "in $(elapsed_since "$began")"
  if ((failed > 0)); then die "$failed of the checks failed: see above"; fi
}

command_fmt() {
  require_rust
  install_for_lint
  cargo fmt --all
  local folder
  if python_tools >/dev/null; then
    for folder in $(python_folders); do
      # Sorting imports is a check with a remedy to ruff, not a format.
      run_ruff "$folder" check --quiet --fix --select I
      run_ruff "$folder" format
    done
  fi
  if command -v nixfmt >/dev/null; then sources -name '*.nix' | xargs nixfmt; fi
}

# Counts in `failed` of the caller. A check that returns 77 was skipped, and its last line is the reason.
lint() {
  local title=$1 log code=0 began
  log=$logs/lint-${1//[^A-Za-z]/-}.log
  began=$(now_ms)
  mkdir -p "$logs"
  printf '%s … ' "$title"
  "$2" >"$log" 2>&1 </dev/null || code=$?
  case $code in
    0) printf '%s%s%s\n' "$dim" "$(elapsed_since "$began")" "$plain" ;;
    77) printf '%sskipped: %s%s\n' "$yellow" "$(tail -n 1 "$log")" "$plain" ;;
    *)
      printf '%sfailed%s after %s\n' "$red" "$plain" "$(elapsed_since "$began")"
      tail -n "${X_LOG_TAIL:-80}" "$log" | sed 's/^/  /'
      failed=$((failed + 1))
      ;;
  esac
}

skip() {
  echo "$*"
  return 77
}

# The tools of the checks come from the distribution where that is possible without asking anybody.
install_for_lint() {
  if command -v apt-get >/dev/null && { ((EUID == 0)) || sudo -n true 2>/dev/null; }; then
    install_missing "$packages_for_lint"
  fi
}

# Files of the checkout, without what is built, fetched or generated. Arguments are those of find.
sources() {
  find . \( -name target -o -name .git -o -name node_modules -o -name dist -o -name 'result*' -o -name .cache \
    -o -name __pycache__ \) -prune -o -type f \( "$@" \) -print
}

python_folders() {
  local folder
  for folder in $python_roots; do
    if [[ -d $folder ]]; then echo "$folder"; fi
  done
}

lint_rustfmt() {
  cargo fmt --version || skip "rustfmt is not installed: rustup component add rustfmt" || return
  cargo fmt --all --check -- --color never
}

lint_clippy() {
  cargo clippy --version || skip "clippy is not installed: rustup component add clippy" || return
  command -v cc || skip "there is no linker, which build scripts need: ./x setup" || return
  cargo clippy --workspace --all-targets -- -D warnings
}

# Programs without an ending, by their first line.
shell_programs() {
  sources ! -name '*.*' -perm -u+x | while IFS= read -r file; do
    if head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh$'; then echo "$file"; fi
  done
}

lint_shell() {
  command -v shellcheck || skip "shellcheck is not installed" || return
  local code=0
  shell_programs | xargs shellcheck -x -P SCRIPTDIR -S warning -e SC2154 || code=1
  # A part that is sourced shares its variables with the others, and a builder has those of its derivation.
  sources -name '*.sh' | xargs shellcheck -x -P SCRIPTDIR -S warning -s bash -e SC2154,SC2034 || code=1
  return "$code"
}

lint_nix() {
  command -v nix-instantiate || skip "Nix is not installed: ./x setup" || return
  prepare_nix
  # A fixture may be broken on purpose.
  sources -name '*.nix' ! -path '*/fixtures/*' | xargs nix-instantiate --parse >/dev/null
}

lint_ruff() {
  python_tools >/dev/null || skip "ruff cannot be had: pip reached no package index" || return
  local folder code=0
  # A new folder of Python that nobody named above would never be read.
  sources -name '*.py' | sed 's|^\./||' | grep -vE "^($(python_folders | paste -sd '|')|$python_scripts)/" | sed 's/^/in no folder of python_roots: /' &&
    code=1
  for folder in $(python_folders); do
    run_ruff "$folder" check || code=1
    run_ruff "$folder" format --check || code=1
  done
  return "$code"
}

# run_ruff FOLDER COMMAND…
run_ruff() {
  local folder=$1 config=(--config .ci/ruff.toml)
  shift
  if [[ -e $folder/pyproject.toml ]]; then config=(); fi
  "$(python_tools)/ruff" "$@" --no-cache ${config[@]+"${config[@]}"} "$folder"
}

lint_mypy() {
  python_tools >/dev/null || skip "mypy cannot be had: pip reached no package index" || return
  local folder code=0
  for folder in $(python_folders); do run_mypy "$folder" || code=1; done
  return "$code"
}

run_mypy() {
  local config=(--config-file "$root/.ci/mypy.ini" .) mypy
  mypy=$(python_tools)/mypy
  if [[ -e $1/pyproject.toml ]]; then config=(); fi
  (cd "$1" && "$mypy" --cache-dir "$target/x/mypy" ${config[@]+"${config[@]}"})
}

lint_deny() {
  command -v cargo-deny || skip "cargo-deny is not installed: cargo install cargo-deny" || return
  cargo deny --all-features check licenses bans sources
}

# Prints the folder that holds ruff and mypy in their pinned versions, making it on first use.
python_tools() {
  local home=$cache/python-tools-$ruff_version-$mypy_version
  if [[ ! -x $home/bin/mypy || ! -x $home/bin/ruff ]]; then
    rm -rf "$home"
    {
      python3 -m venv "$home" && "$home/bin/pip" install --quiet "ruff==$ruff_version" "mypy==$mypy_version"
    } >&2 || return 1
  fi
  echo "$home/bin"
}
