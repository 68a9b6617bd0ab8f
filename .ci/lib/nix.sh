# shellcheck shell=bash
# The environment in which ./x runs Nix. It changes no file of the system and no setting of the user: what is needed
# is exported to the children of ./x alone. `./x env` prints it for use in a shell.

# Settings are appended to NIX_CONFIG, never put in its place: the user may have some of their own in it.
nix_setting() {
  NIX_CONFIG=${NIX_CONFIG:+$NIX_CONFIG$'\n'}$1
  export NIX_CONFIG
}

# A machine that runs NixOS, or a Nix daemon, is set up by its owner.
nix_is_multi_user() { [[ -e /etc/NIXOS || -S /nix/var/nix/daemon-socket/socket ]]; }

# True when this user can use /nix directly. Root can: Nix creates the directory by itself.
nix_store_is_ours() {
  ((EUID == 0)) || [[ -w /nix/store && -w /nix/var/nix/db ]]
}

prepare_nix() {
  # `nix build`, flakes and `nix eval` are still marked experimental in the Nix of the distributions.
  nix_setting 'extra-experimental-features = nix-command flakes'
  # NixOS needs nothing else: there the tests come from nixpkgs, and its owner's settings hold.
  [[ -e /etc/NIXOS ]] && return

  if nix_is_multi_user || ! nix_store_is_ours; then
    # The testkit makes its guests from the distribution's packages, which a daemon's sandbox rightly refuses. A
    # store of our own leaves the daemon, its store and its settings alone, and needs no root.
    export NIX_STORE_DIR=$cache/nix/store NIX_STATE_DIR=$cache/nix/var/nix NIX_LOG_DIR=$cache/nix/var/log/nix
    export NIX_REMOTE=local
    # Nix 2.8 refuses to work for a user without a name.
    export USER=${USER:-$(id -un 2>/dev/null || echo user)}
  fi
  # Builds read the distribution's kernel, bash and package archive from outside the store.
  nix_setting 'sandbox = false'
  # Root builds as itself: a distribution's package creates no build users.
  nix_setting 'build-users-group ='
  # Nothing comes from a binary cache, and asking for it would only wait for the network.
  nix_setting 'substituters ='
  # Unpacking a Debian package changes owners and modes that the build filter forbids to root.
  nix_setting 'filter-syscalls = false'
}
