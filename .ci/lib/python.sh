# shellcheck shell=bash
# The Pythons under which the agent is tested. The agent traces through sys.monitoring from 3.12 on and through
# sys.settrace before; a distribution has one of the two, so the other comes from its next release, unpacked into the
# cache with the libraries it was made for. Nothing of it is installed, and the system's own Python is untouched.

# release | next release | its Python
readonly newer_pythons='
bookworm|trixie|3.13
jammy|noble|3.12
'

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# Succeeds when an interpreter has all that the agent and the driver use. Its complaint is the reason.
check_monitoring_python() { "$1" -c 'import ssl, ctypes, json, socket, sqlite3, sys; sys.monitoring.get_tool(0)'; }

os_release() { (. /etc/os-release 2>/dev/null && echo "${!1:-}"); }

# The row of this release: "release|next release|Python", or nothing.
newer_python_row() {
  grep "^$(os_release VERSION_CODENAME)|" <<<"$newer_pythons" || true
}

# Where the newer Python lives, or nothing when none is known for this release.
newer_python() {
  local version
  version=$(newer_python_row | cut -d '|' -f 3)
  [[ -z $version ]] || echo "$cache/python$version/root/usr/bin/python$version"
}

# Makes the newer Python available, or says why it is not. A test run without it is smaller, not broken, so this
# never fails.
ensure_newer_python() {
  version_at_least "$(python_version python3)" 3.12 && return
  local python release next version
  python=$(newer_python)
  if [[ -z $python ]]; then
    note "no Python with sys.monitoring is known for this system: that path of the agent stays untested here"
    return
  fi
  [[ -x $python ]] && check_monitoring_python "$python" 2>/dev/null && return
  IFS='|' read -r release next version <<<"$(newer_python_row)"
  if ! step "unpacking Python $version beside the system's" "$logs/newer-python.log" \
    "$root/.ci/lib/unpack-python.sh" "$cache/python$version" "$release" "$next" "$version" ||
    ! check_monitoring_python "$python"; then
    warn "Python $version could not be had: the sys.monitoring path of the agent stays untested here"
  fi
}

# Every interpreter to test with, one per line: the system's, the newer one, those of NIXTEST_PYTHONS (separated by
# colons or spaces). Two names of the same version count once.
test_pythons() {
  local python version seen=' ' named=${NIXTEST_PYTHONS:-}
  for python in python3 $(newer_python) ${named//:/ }; do
    version=$(python_version "$python") || continue
    [[ $seen == *" $version "* ]] && continue
    seen+="$version "
    command -v "$python"
  done
}
