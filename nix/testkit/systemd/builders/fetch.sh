# fetch FOLDER STATUS NAME...: downloads packages of the distribution, with all that they need and do not have.
#
# FOLDER gets the .deb files. STATUS, in dpkg's format, says what is there already; FOLDER/status says what is there then.
# Nothing on the host is installed or changed, so an ordinary user can do this. Sourced by builders.
#
# The result depends on the package lists of the day it was built; Nix keeps it until it is garbage collected.

fetch() {
  local folder=$1 status=$2 tool package
  shift 2
  for tool in apt-get dpkg-deb; do
    command -v "$tool" > /dev/null \
      || fail "'$tool' is not on this machine's PATH: systemd guests are made of the packages of Debian or Ubuntu"
  done
  mkdir -p cache/archives/partial "$folder"
  cp "$status" status
  chmod u+w status

  # The sandbox user `_apt` cannot enter a build directory; root downloads as root, others as themselves.
  local apt=(apt-get -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false -o Debug::NoLocking=true
    -o Dir::Cache="$PWD/cache" -o Dir::State::extended_states="$PWD/extended_states" -o Dir::State::status="$PWD/status")
  if ! "${apt[@]}" --simulate --no-remove install "$@" > plan 2> complaints; then
    cat plan complaints >&2
    fail "apt cannot install $*: run 'apt-get update', and look at apt's message above"
  fi
  # Of a line "Inst NAME [OLD] (NEW …)".
  sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p' plan > wanted
  if [ -s wanted ]; then
    (cd "$folder" && xargs "${apt[@]}" -qq download) < wanted \
      || fail "apt could not download packages: run 'apt-get update' and look at apt's message above"
  fi

  for package in "$folder"/*.deb; do
    [ -e "$package" ] || continue
    dpkg-deb --field "$package"
    echo "Status: install ok installed"
    echo
  done >> status
  cp status "$folder/status"
}
