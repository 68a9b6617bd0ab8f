# Builds the part of the tiny guest's initial file system that all machines share: $out is a compressed cpio archive.

need python3 python3

mkdir -p tree/{bin,dev,etc/testkit,lib/modules,proc,root,run,sys,tmp,var}
ln -s bin tree/sbin
cp "$parts/bin/bash" "$parts/bin/busybox" tree/bin/
"$parts/bin/busybox" --list | while read -r applet; do
  [ -e "tree/bin/$applet" ] || ln -s busybox "tree/bin/$applet"
done
# The driver's commands use bash's `pipefail`, and some scripts call /bin/sh for theirs.
ln -sf bash tree/bin/sh
for command in poweroff halt reboot; do
  rm "tree/bin/$command"
  cp "$guest/poweroff" "tree/bin/$command"
done
ln -s bin/busybox tree/init
cp -r "$parts/modules" tree/lib/modules/testkit
cp "$guest/inittab" tree/etc/
cp "$guest/boot" "$guest/backdoor" "$guest/backdoor-functions" tree/etc/testkit/
echo 'root::0:0:root:/root:/bin/bash' > tree/etc/passwd
echo 'root:x:0:' > tree/etc/group
chmod -R u+w tree
python3 "$makeInitrd" tree "$out" console
