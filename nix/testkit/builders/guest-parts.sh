# Gathers what a tiny guest is made of: $out/kernel, $out/modules, $out/bin/{bash,busybox}.
#
# Every part that is not given ($kernel, $modules, $bash, $busybox) comes from the distribution's packages.
# The result depends on the package lists of the day it was built; Nix keeps it until it is garbage collected.

need python3 python3

require_apt() {
  local tool
  for tool in apt-get apt-cache dpkg-deb; do
    command -v "$tool" > /dev/null \
      || fail "'$tool' is not on this machine's PATH: on a distribution without apt give the testkit 'kernel', 'modules', 'bash' and 'busybox'"
  done
}

# unpack_packages NAME...: their files, in the directory `unpacked`.
unpack_packages() {
  local package
  for package in "$@"; do
    is_known "$package" || fail "apt knows no package '$package': run 'apt-get update'"
  done
  mkdir packages
  # The sandbox user `_apt` cannot enter a build directory; root downloads as root, others as themselves.
  (cd packages && apt-get download -q -o APT::Sandbox::User="$(id -un)" "$@") \
    || fail "apt could not download $*: run 'apt-get update' and look at apt's message above"
  for package in packages/*.deb; do
    dpkg-deb -x "$package" unpacked
  done
  rm -r packages
}

# is_known PACKAGE: whether the package lists offer it.
is_known() {
  # No pipe into something that stops reading: apt-cache would fail, and so would the pipe.
  [[ $(apt-cache show --no-all-versions "$1" 2> /dev/null) == *Filename:* ]]
}

# Prints the packages that carry the newest small kernel and its modules. The names with no version in them
# are empty packages that depend on the real ones.
kernel_packages() {
  local meta description image
  for meta in linux-image-cloud-amd64 linux-image-virtual linux-image-amd64 linux-image-generic; do
    is_known "$meta" || continue
    description=$(apt-cache show --no-all-versions "$meta")
    [[ $description =~ Depends:[^$'\n']*(linux-image-[0-9][^ ,$'\n']*) ]] || continue
    image=${BASH_REMATCH[1]}
    echo "$image"
    # Ubuntu ships the modules apart.
    if is_known "${image/image/modules}"; then echo "${image/image/modules}"; fi
    return
  done
}

mkdir unpacked
wanted=()
if [ -z "$kernel" ]; then
  require_apt
  mapfile -t wanted < <(kernel_packages)
  [ ${#wanted[@]} -gt 0 ] \
    || fail "apt knows no kernel package such as 'linux-image-cloud-amd64': run 'apt-get update', or give the testkit 'kernel' and 'modules'"
fi
[ -n "$busybox" ] || wanted+=(busybox-static)
[ -n "$bash" ] || wanted+=(bash-static)
if [ ${#wanted[@]} -gt 0 ]; then
  require_apt
  unpack_packages "${wanted[@]}"
fi

if [ -z "$kernel" ]; then
  kernel=$(echo unpacked/boot/vmlinuz-*)
  modules=$(find unpacked -path '*lib/modules/*' -prune -print -quit)
fi
[ -n "$busybox" ] || busybox=$(find unpacked -path '*bin/busybox' -print -quit)
[ -n "$bash" ] || bash=$(find unpacked -path '*bin/bash-static' -print -quit)
for part in kernel modules bash busybox; do
  [ -e "${!part}" ] || fail "the guest's $part '${!part}' does not exist: give the testkit another '$part'"
done

mkdir -p "$out/bin"
python3 "$extractKernel" "$kernel" "$out/kernel"
# shellcheck disable=SC2086 # $wantedModules is a list of words.
python3 "$collectModules" "$modules" "$out/modules" $wantedModules
cp "$bash" "$out/bin/bash"
cp "$busybox" "$out/bin/busybox"
chmod 0755 "$out/bin/bash" "$out/bin/busybox"
for program in bash busybox; do
  # A guest has no dynamic loader. `ldd` fails for a static program, which is what is wanted here.
  if ldd "$out/bin/$program" > /dev/null 2>&1; then
    fail "'${!program}' is dynamically linked: give the testkit a static $program (Debian: $program-static)"
  fi
done
