# The first thing every builder of the testkit runs: POSIX sh, because nothing else is certain to exist yet.
# It checks that this is an ordinary distribution seen from outside a sandbox, then hands over to bash.
#
# Arguments: the builder script. The environment is the derivation's.

if [ ! -x /bin/bash ]; then
  echo "testkit: /bin/bash is missing: builders use the tools of the Linux distribution, so build with '--option sandbox false' (or 'relaxed'), or use nixpkgs' runNixOSTest on NixOS" >&2
  exit 1
fi
exec /bin/bash -euo pipefail -c '. "$1"; . "$2"' testkit "$hostFunctions" "$1"
