# Builds what starts one machine: $out/bin/run-NAME-vm, and $out/initrd beside it.
#
# $etc has a line "PATH SOURCE" for each file below /etc. The machine's files become a second archive behind the
# shared one; the kernel unpacks both, one over the other.

need python3 python3

mkdir -p "$out/bin" tree/etc
echo "$hostName" > tree/etc/hostname
while read -r path source; do
  [ -n "$path" ] || continue
  mkdir -p "tree/etc/$(dirname "$path")"
  cp "$source" "tree/etc/$path"
  chmod 0644 "tree/etc/$path"
done <<< "$etc"
python3 "$makeInitrd" tree own.gz
cat "$base" own.gz > "$out/initrd"

python3 "$makeKvmProbe" "$out/kvm-probe.rom"

script=$out/bin/run-$nodeName-vm
substitute() {
  local text placeholder
  text=$(cat "$1")
  shift
  for placeholder in "$@"; do
    text=${text//"@$placeholder@"/"${!placeholder}"}
  done
  printf '%s\n' "$text"
}
initrd=$out/initrd
probe=$out/kvm-probe.rom
substitute "$startScript" nodeName memorySize cores kernel initrd probe kernelParams qemuOptions > "$script"
chmod +x "$script"
