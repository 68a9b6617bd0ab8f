#!/bin/bash
# Starts the machine '@nodeName@' and becomes QEMU.
#
# TMPDIR with USE_TMPDIR is the directory to run in, so relative paths in options lie there; without both a fresh one
# is made. QEMU_OPTS is split into words and QEMU_KERNEL_PARAMS ends the kernel's command line. Arguments come last,
# and of two `-machine` options the later wins: QEMU_OPTS='-machine accel=tcg' keeps KVM out.
set -eu

if [ -z "${TMPDIR:-}" ] || [ -z "${USE_TMPDIR:-}" ]; then
  TMPDIR=$(mktemp -d -t testkit-vm.XXXXXXXXXX)
fi
export TMPDIR
cd "$TMPDIR"

if ! command -v qemu-system-x86_64 > /dev/null; then
  echo "testkit: 'qemu-system-x86_64' is not on PATH: install the package 'qemu-system-x86'" >&2
  exit 1
fi

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

# shellcheck disable=SC2086 # QEMU_OPTS is a list of words.
exec qemu-system-x86_64 -name @nodeName@ -nodefaults -no-user-config -machine "pc,accel=$accel" -cpu max \
  -m @memorySize@ -smp @cores@ -device VGA \
  -kernel @kernel@ -initrd @initrd@ -append @kernelParams@" ${QEMU_KERNEL_PARAMS:-}" \
  @qemuOptions@ ${QEMU_OPTS:-} "$@"
