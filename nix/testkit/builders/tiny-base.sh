# Builds the part of the tiny guest's initial file system that all machines share: $out is a compressed cpio archive.

need python3 python3

for part in modules bash busybox; do
  [ -e "${!part}" ] || fail "the guest's $part '${!part}' does not exist: give the testkit another '$part'"
done
for program in bash busybox; do
  # A guest has no dynamic loader. `ldd` fails for a static program, which is what is wanted here.
  if ldd "${!program}" > /dev/null 2>&1; then
    fail "'${!program}' is dynamically linked: give the testkit a static $program (Debian: $program-static)"
  fi
done

mkdir -p tree/{bin,dev,etc/testkit,home,lib/modules,opt,proc,root,run,srv,sys,tmp,var}
ln -s bin tree/sbin
install -m 0755 "$bash" tree/bin/bash
install -m 0755 "$busybox" tree/bin/busybox
tree/bin/busybox --list | while read -r applet; do
  [ -e "tree/bin/$applet" ] || ln -s busybox "tree/bin/$applet"
done
# The driver's commands use bash's `pipefail`, and some scripts call /bin/sh for theirs.
ln -sf bash tree/bin/sh
# Programs of ours in the place of busybox's.
for command in poweroff halt reboot nc; do rm -f "tree/bin/$command"; done
for command in poweroff halt reboot; do install -m 0755 "$guest/poweroff" "tree/bin/$command"; done
install -m 0755 "$guest/nc" tree/bin/nc
ln -s bin/busybox tree/init
# With it bash knows on a shell's line what a letter of several bytes is.
if [ -n "$locale" ]; then
  mkdir -p tree/usr/lib
  cp -r "$locale" tree/usr/lib/locale
  chmod -R u+w tree/usr/lib/locale
fi
# shellcheck disable=SC2086 # $wantedModules is a list of words.
python3 "$collectModules" "$modules" tree/lib/modules/testkit $wantedModules
install -m 0644 "$guest/inittab" "$guest/profile" tree/etc/
install -m 0755 "$guest/boot" "$guest/backdoor" tree/etc/testkit/
install -m 0644 "$guest/backdoor-functions" tree/etc/testkit/
echo 'root:x:0:0:root:/root:/bin/bash' > tree/etc/passwd
echo 'root::1::::::' > tree/etc/shadow
chmod 0600 tree/etc/shadow
echo 'root:x:0:' > tree/etc/group
echo 'hosts: files dns' > tree/etc/nsswitch.conf
python3 "$makeInitrd" tree "$out" console
