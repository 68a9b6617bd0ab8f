#!/bin/bash
# Starts the machine '@nodeName@' and becomes QEMU.
#
# TMPDIR with USE_TMPDIR is the directory to run in, so relative paths in options lie there; without both a fresh one
# is made. The environment says more:
#   NIX_DISK_IMAGE         the first disk, made if it is not there
#   QEMU_NET_OPTS          options of eth0's network, such as hostfwd=tcp:127.0.0.1:2222-:22
#   QEMU_OPTS              words for QEMU, after all others but this script's arguments
#   QEMU_KERNEL_PARAMS     the end of the kernel's command line
#   QEMU_VDE_SOCKET_N      the switch of VLAN N
#   TESTKIT_TEMPLATES      an absolute path: a folder for machines that have booted, of which this one becomes a clone;
#                          TESTKIT_TEMPLATES_LIMIT is how many GiB it may take (8)
# Of two `-machine` options QEMU takes the later: QEMU_OPTS='-machine accel=tcg' keeps KVM out.
set -eu

disk_image=@diskImage@
if [ -n "$disk_image" ]; then
  # Before the directory changes: a relative path is the caller's.
  disk=$(readlink -m "${NIX_DISK_IMAGE:-$disk_image}")
fi

if [ -z "${TMPDIR:-}" ] || [ -z "${USE_TMPDIR:-}" ]; then
  TMPDIR=$(mktemp -d -t testkit-vm.XXXXXXXXXX)
fi
export TMPDIR
cd "$TMPDIR"

if ! command -v qemu-system-x86_64 > /dev/null; then
  echo "testkit: 'qemu-system-x86_64' is not on PATH: install the package 'qemu-system-x86'" >&2
  exit 1
fi

# create TEMPLATE FILE: a disk, unless it is there. Whole or not at all, however this ends.
create() {
  [ ! -e "$2" ] || return 0
  cp --sparse=always --no-preserve=mode "$1" "$2.new"
  mv "$2.new" "$2"
}
if [ -n "$disk_image" ]; then create @disk@ "$disk"; fi
index=0
# shellcheck disable=SC2043 # It becomes a list.
for blank in @blankDisks@; do
  create "$blank" "empty$index.qcow2"
  index=$((index + 1))
done

# vlan NUMBER ID: what is behind a card. Without a driver there is no switch, and the card leads nowhere.
vlan() {
  local socket=QEMU_VDE_SOCKET_$1
  socket=${!socket:-}
  if [ -n "$socket" ]; then
    echo "vde,id=$2,sock=${socket//,/,,}"
  else
    echo "hubport,id=$2,hubid=${2#vlan}"
  fi
}

# Whether KVM can run a kernel, not only whether it is there; see make-kvm-probe.py.
kvm_works() {
  local status=0
  [ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
  # In a subshell, which keeps bash's own word about an abort, and a core dump, to itself.
  (
    ulimit -c 0
    timeout -s KILL 2 qemu-system-x86_64 -nodefaults -no-user-config -display none -machine pc,accel=kvm -cpu max \
      -m 16 -bios @probe@ -device isa-debug-exit,iobase=0xf4,iosize=4
    exit $?
  ) > /dev/null 2>&1 || status=$?
  [ "$status" = 33 ]
}

accel=tcg
case " ${QEMU_OPTS:-}" in
  *accel=*) ;; # Whoever chose needs no probe.
  *) if kvm_works; then accel=kvm:tcg; fi ;;
esac

# shellcheck disable=SC2054,SC2206 # QEMU_OPTS is a list of words, and commas are QEMU's.
command=(qemu-system-x86_64 -name @nodeName@ -nodefaults -no-user-config -machine "pc,accel=$accel" -cpu max
  -m @memorySize@ -smp @cores@ @graphics@
  -kernel @kernel@ -initrd @initrd@ -append @kernelParams@" ${QEMU_KERNEL_PARAMS:-}"
  @devices@
  ${QEMU_OPTS:-} "$@")

if [ -n "${TESTKIT_TEMPLATES:-}" ]; then
  exec python3 -I -S -B @template@ "$TESTKIT_TEMPLATES" -- "${command[@]}"
fi
exec "${command[@]}"
