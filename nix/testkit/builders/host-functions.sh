# Functions shared by the builders. Sourced by enter.sh before the builder itself.

# Ends the build with one sentence that names the thing and the next step.
fail() {
  echo "testkit: $*" >&2
  exit 1
}

# need TOOL PACKAGE: the host must have TOOL; PACKAGE is where a Debian user finds it.
need() {
  command -v "$1" > /dev/null || fail "'$1' is not on this machine's PATH ($PATH): install the package '$2'"
}

# Python must not leave byte code beside scripts that live in the Nix store.
export PYTHONDONTWRITEBYTECODE=1
