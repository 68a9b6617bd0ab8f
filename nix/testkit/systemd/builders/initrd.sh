# Builds the initial file system of systemd guests: $out is a compressed cpio archive.

need python3 python3

mkdir -p tree/{bin,dev,root}
cp "$busybox" tree/bin/busybox
for applet in sh mount umount insmod usleep ln cp switch_root; do ln -s busybox "tree/bin/$applet"; done
# shellcheck disable=SC2086 # $modules is a list of names.
python3 "$collectModules" "$moduleTree" tree/modules $modules
cp "$init" tree/init
chmod -R u+w tree
python3 "$makeInitrd" tree "$out" console
