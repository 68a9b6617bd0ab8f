# Builds what stands for the packages $names in a configuration: $debs are those that the system $base has not, and
# $out/bin has their programs, as links to where they are in the guest. $shown are patterns for packages that come along
# and whose programs are meant too; $links has a line "NAME TARGET" for each further program.

need python3 python3

# shellcheck source=fetch.sh
. "$fetch"

# shellcheck disable=SC2086 # a list of names
fetch "$debs" "$base/status" $names

# Names are names, also those with a star in them.
set -f
for package in $names $shown; do
  file=$(find "$debs" "$base" -name "${package}_*.deb" -print -quit)
  [ -n "$file" ] || fail "'$package' is not the name of a package, but of something that packages provide: name one of them"
  dpkg-deb --field "$file" Package >> packages
  python3 "$image/programs.py" "$file" >> programs
done
mkdir -p "$out/bin" "$out/nix-support"
while read -r name target; do
  [ -z "$name" ] || ln -sf "$target" "$out/bin/$name"
done <<< "$(cat programs)"$'\n'"$links"
ln -s bin "$out/sbin"
for folder in include lib libexec share; do ln -s "/usr/$folder" "$out/$folder"; done
ln -s /etc "$out/etc"
printf '%s\n%s\n' "$(tr '\n' ' ' < packages)" "$debs" > "$out/nix-support/testkit-packages"
