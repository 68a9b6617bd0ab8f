# shellcheck shell=bash
# What the host must have, and how it comes there: the distribution's package manager on Debian and Ubuntu, a precise
# list elsewhere. Rust itself is the prerequisite and is never installed from here.

readonly oldest_rust=1.90
readonly oldest_python=3.10

# probe | package | why. A probe is a command, or a path when it begins with a slash.
readonly packages_for_setup='
/etc/ssl/certs/ca-certificates.crt | ca-certificates | cargo and pip download over TLS
cc | gcc | cargo links with it
/usr/include/stdlib.h | libc6-dev | cargo links with it
git | git | Nix reads a flake in a checkout through it
python3 | python3 | the test driver and its tests are Python
nix-instantiate | nix-bin | evaluates and builds the tests
qemu-system-x86_64 | qemu-system-x86 | runs the machines
lz4 | lz4 | unpacks the kernel of a Debian guest
zstd | zstd | unpacks kernel and modules of an Ubuntu guest
vde_switch | vde2 | the networks between machines
mke2fs | e2fsprogs | makes the disks of machines
depmod | kmod | lists the kernel modules of a guest
'
readonly packages_for_lint='
shellcheck | shellcheck | reads the shell scripts
/usr/share/python-wheels | python3-venv | ruff and mypy live in an environment of their own
'

# Rows of a table whose probe fails on this machine.
missing_rows() {
  local probe package why
  while IFS='|' read -r probe package why; do
    probe=${probe// /} package=${package// /} why=${why# }
    [[ -n $probe ]] || continue
    if [[ $probe == /* ]]; then
      [[ -e $probe ]] && continue
    elif command -v "$probe" >/dev/null; then
      continue
    fi
    printf '%s|%s\n' "$package" "$why"
  done <<<"$1"
}

# Runs apt-get as root, through sudo when needed. Asks nothing but, perhaps, sudo's password.
apt_as_root() {
  local as_root=()
  if ((EUID != 0)); then as_root=(sudo); fi
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 "$@"
}

# A step hides what it runs, so the password is asked for before one begins.
become_root_for_apt() {
  ((EUID == 0)) && return
  command -v sudo >/dev/null || die "installing needs root, and sudo is not here: run as root: apt-get install $*"
  sudo -v || die "installing needs root, and sudo refused: run as root: apt-get install $*"
}

# True when apt knows a candidate version for every given package, that is, when its lists are usable.
apt_knows() {
  local package
  for package in "$@"; do
    [[ $(apt-cache policy "$package" 2>/dev/null) == *'Candidate: '[0-9]* ]] || return 1
  done
}

# Installs what a table asks for and the machine lacks, saying what and why first. Quiet when nothing lacks.
install_missing() {
  local rows packages package why
  rows=$(missing_rows "$1")
  [[ -n $rows ]] || return 0
  packages=()
  while IFS='|' read -r package why; do packages+=("$package"); done <<<"$rows"

  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say "This machine has no apt. Please install with its own package manager (names are Debian's):"
    print_packages "$rows"
    exit 1
  fi
  say "To install with apt on this machine:"
  print_packages "$rows"
  become_root_for_apt "${packages[@]}"
  if ! apt_knows "${packages[@]}"; then
    step "reading package lists" "$logs/apt-update.log" apt_as_root update ||
      die "apt-get update failed: check the network and /etc/apt"
  fi
  step "installing" "$logs/apt-install.log" apt_as_root install -y --no-install-recommends "${packages[@]}" || {
    # Lists that are there but old name files the mirror no longer has.
    step "reading package lists again" "$logs/apt-update.log" apt_as_root update &&
      step "installing" "$logs/apt-install.log" apt_as_root install -y --no-install-recommends "${packages[@]}"
  } || die "apt-get could not install ${packages[*]}: see $logs/apt-install.log"
}

print_packages() {
  local package why
  while IFS='|' read -r package why; do printf '  %-18s %s\n' "$package" "$why"; done <<<"$1"
}

# True when version $1 is at least version $2 (dotted numbers).
version_at_least() {
  [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

require_rust() {
  if ! command -v cargo >/dev/null && [[ -x ${CARGO_HOME:-$HOME/.cargo}/bin/cargo ]]; then
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
  fi
  local version
  version=$(cargo --version 2>/dev/null | awk '{ print $2 }') || true
  [[ -n $version ]] ||
    die "cargo is not here: install Rust $oldest_rust or newer from https://rustup.rs, then run this again"
  version_at_least "$version" "$oldest_rust" ||
    die "cargo is $version, and $oldest_rust or newer is needed: run 'rustup update stable'"
}

require_python() {
  local version
  version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
    die "python3 does not run: install Python $oldest_python or newer"
  version_at_least "$version" "$oldest_python" ||
    die "python3 is $version, and $oldest_python or newer is needed: put a newer one first on PATH"
}

# The testkit takes the guest's kernel from the distribution's archive, so apt must have its package lists.
ensure_package_lists() {
  command -v apt-get >/dev/null || return 0
  compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && return
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    warn "apt has no package lists, so the example's machine cannot be built: run apt-get update as root"
    return
  fi
  step "reading package lists" "$logs/apt-update.log" apt_as_root update ||
    warn "apt has no package lists, so the example's machine cannot be built: run apt-get update"
}
