# Takes parts of a guest from the distribution's packages: those named in $missing, of $out/kernel and $out/modules,
# which come together, $out/bin/bash and $out/bin/busybox.
#
# The result depends on the package lists of the day it was built; Nix keeps it until it is garbage collected.

need python3 python3

for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" > /dev/null \
    || fail "'$tool' is not on this machine's PATH: on a distribution without apt give the testkit 'kernel', 'modules', 'bash' and 'busybox'"
done

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

wants() { [[ " $missing " == *" $1 "* ]]; }

packages=()
if wants kernel; then
  mapfile -t packages < <(kernel_packages)
  [ ${#packages[@]} -gt 0 ] \
    || fail "apt knows no kernel package such as 'linux-image-cloud-amd64': run 'apt-get update', or give the testkit 'kernel' and 'modules'"
fi
if wants busybox; then packages+=(busybox-static); fi
if wants bash; then packages+=(bash-static libc-bin); fi
mkdir unpacked
unpack_packages "${packages[@]}"

mkdir -p "$out/bin"
if wants kernel; then
  python3 "$extractKernel" unpacked/boot/vmlinuz-* "$out/kernel"
  mv "$(find unpacked -path '*lib/modules/*' -prune -print -quit)" "$out/modules"
fi
if wants busybox; then mv "$(find unpacked -path '*bin/busybox' -print -quit)" "$out/bin/busybox"; fi
if wants bash; then
  mv "$(find unpacked -path '*bin/bash-static' -print -quit)" "$out/bin/bash"
  # Its name has changed, and C libraries look for this one in the end.
  mkdir "$out/locale"
  find unpacked -path '*lib/locale/C.*' -prune -exec mv {} "$out/locale/C.utf8" \;
fi
