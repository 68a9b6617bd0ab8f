#!/usr/bin/env bash
# Unpacks a Python of the distribution's next release under a directory, with the libraries it was made for:
#   unpack-python.sh HOME CODENAME NEXT VERSION     ends with HOME/root/usr/bin/pythonVERSION
# Reads the machine's own apt sources for the mirror, keeps lists and packages to itself, installs nothing.
set -euxo pipefail

home=$1 codename=$2 next=$3 version=$4
root=$home/root
python=$root/usr/bin/python$version

rm -rf "$home"
mkdir -p "$home/apt/lists/partial" "$home/apt/cache/archives/partial" "$home/debs" "$root"

# The machine's own mirror, asked for the next release.
# shellcheck disable=SC2016 # apt fills in the fields
uri=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI) $(COMPONENT)' |
  awk -v name="$codename" '$3 == "main" && ($1 == name || !uri) { uri = $2; if ($1 == name) exit } END { print uri }')
keyring=/usr/share/keyrings/$(. /etc/os-release && echo "$ID")-archive-keyring.gpg
signed_by=''
[[ -e $keyring ]] && signed_by="[signed-by=$keyring]"
echo "deb $signed_by $uri $next main" >"$home/apt/sources.list"
options=(
  -o "Dir::Etc::SourceList=$home/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$home/apt/lists" -o "Dir::Cache=$home/apt/cache"
  # Nothing counts as installed: every library comes from the next release.
  -o Dir::State::status=/dev/null
  # The unprivileged user to which root would drop cannot write below a home directory.
  -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update
mapfile -t packages < <(
  apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "python$version" | grep '^[a-z0-9]' | sort -u
)
(cd "$home/debs" && apt-get "${options[@]}" download "${packages[@]}")
for archive in "$home"/debs/*.deb; do dpkg-deb -x "$archive" "$root"; done
rm -rf "$home/apt" "$home/debs" "${root:?}/usr/share" "$root"/usr/lib/*/gconv

# A starter in the interpreter's place runs it with its own loader and libraries. A library path in the environment
# would do so too, and would be inherited by every child, which must have the system's libraries.
loader=$(find "$root" -type f -name 'ld-linux*.so.*' -print -quit)
libraries=$(dirname "$(find "$root" -name libc.so.6 -print -quit)")
triple=$(basename "$libraries")
mv "$python" "$python.bin"
cat >"$python" <<END
#!/bin/sh
exec '$loader' --argv0 "\$0" --library-path '$root/lib/$triple:$root/usr/lib/$triple' '$python.bin' "\$@"
END
chmod +x "$python"
# As a package's installation would do: without it every start compiles the library anew.
"$python" -m compileall -q "$root/usr/lib/python$version" >/dev/null || true
"$python" --version
