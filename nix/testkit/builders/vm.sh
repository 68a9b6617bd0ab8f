# Builds what starts one machine: $out/bin/run-NAME-vm, and beside it what that needs.
#
# The machine's own files become a second archive behind the guest's; the kernel unpacks both, one over the other.
# $files has a line "MODE PATH SOURCE" for each; see vm.nix for the modes.

need python3 python3

mkdir -p "$out/bin" tree
while read -r mode path source; do
  target=tree/$path
  mkdir -p "$(dirname "$target")"
  case $mode in
    symlink) ln -s "$source" "$target" ;;
    copy)
      [ -e "$source" ] || fail "node '$nodeName': the file '$source' for '/$path' does not exist"
      cp -rL "$source" "$target"
      chmod -R u+w "$target"
      ;;
    *) install -m "$mode" "$source" "$target" ;;
  esac
done < "$filesPath"
python3 "$makeInitrd" tree own.gz
cat "$initrd" own.gz > "$out/initrd"
initrd=$out/initrd

probe=$out/kvm-probe.rom
python3 "$makeKvmProbe" "$probe"

# What disks begin as. A machine copies them on its first start.
disk=
if [ -n "$diskImage" ]; then
  disk=$out/disk.qcow2
  python3 "$makeQcow2" "$disk" --size "$diskSize" ${diskBase:+--base "$diskBase" --format "$diskFormat"}
fi
blankDisks=
for size in $emptyDisks; do
  blank=$out/blank-$size.qcow2
  [ -e "$blank" ] || python3 "$makeQcow2" "$blank" --size "$size"
  blankDisks+=" $blank"
done

script=$out/bin/run-$nodeName-vm
text=$(cat "$startScript")
for placeholder in nodeName memorySize cores kernel initrd probe template disk diskImage blankDisks kernelParams graphics devices; do
  text=${text//"@$placeholder@"/"${!placeholder}"}
done
printf '%s\n' "$text" > "$script"
chmod +x "$script"
