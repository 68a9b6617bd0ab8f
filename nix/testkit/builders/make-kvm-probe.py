"""Writes a firmware that tells in a tenth of a second whether this host's KVM can run a kernel.

KVM may be there, accept machines and even run firmware, and still be of no use: on hosts nested without hardware
support (kvm-pvm, 2026) QEMU aborts with some processor models, and with the others the first long stretch of 64-bit
code stands still at full load. So the program does what a kernel does first: protected mode, page tables, long mode,
then some writing to memory; and it reports 0x10 to QEMU's `isa-debug-exit` at port 0xf4.

Usage: make-kvm-probe.py OUTPUT
Run: qemu-system-x86_64 -machine pc,accel=kvm -cpu max -m 16 -bios OUTPUT -device isa-debug-exit,iobase=0xf4,iosize=4
It exits with 33 at once if KVM works. Anything else, or no end in two seconds, means that it does not.
"""

import struct
import sys
from pathlib import Path

SIZE = 0x10000
"""The firmware's bytes; they are seen at 0xf0000 and once more below 4 GiB, where the processor begins."""
RESET_VECTOR = 0xFFF0

DESCRIPTORS = 0xC8
"""Where the table of segments lies, and 32 bytes on the word that gives its size and address."""

# Machine code, two spaces, what it does.
PROGRAM = """
    fa                          cli
    2e660f0116e800              lgdt cs:[0xe8]
    0f20c0 6683c801 0f22c0      cr0 |= 1, protected mode
    66ea1a000f000800            jmp 0x08:0xf001a
    66b81000 8ed8 8ec0 8ed0     ds = es = ss = 0x10
    bf00000100 31c0             edi = 0x10000, eax = 0
    b9000c0000 fc f3ab          clear three pages for the page tables
    c7050000010003100100        [0x10000] = 0x11003
    c7050010010003200100        [0x11000] = 0x12003
    c7050020010083000000        [0x12000] = 0x83, the first 2 MiB
    c7050820010083002000        [0x12008] = 0x200083, the second
    b800000100 0f22d8           cr3 = 0x10000
    b820000000 0f22e0           cr4 = PAE
    b9800000c0 0f32             read the register EFER
    0d00010000 0f30             EFER |= LME
    b801000180 0f22c0           cr0 = paging and protection, so long mode
    ea88000f001800              jmp 0x18:0xf0088
    48c7c600001000              rsi = 0x100000
    48c7c700001800              rdi = 0x180000
    48c7c100200000              rcx = 0x2000
    48b88877665544332211        rax = a pattern
    488906 f348a5               [rsi] = rax, copy 64 KiB
    488b1c2500001800            rbx = [0x180000]
    4839c3 7504                 if the pattern did not arrive, skip
    b010 e6f4                   out 0xf4, 0x10
    b011 e6f4 f4                out 0xf4, 0x11 and halt
"""


SEGMENTS = (
    0,
    0x00CF9A000000FFFF,  # 0x08: 32-bit code
    0x00CF92000000FFFF,  # 0x10: data
    0x00AF9A000000FFFF,  # 0x18: 64-bit code
)


def main() -> None:
    halt = b"\xf4"
    code = b"".join(bytes.fromhex(line.strip().split("  ")[0]) for line in PROGRAM.strip().splitlines())
    table = struct.pack("<4Q", *SEGMENTS) + struct.pack("<HI", 31, 0xF0000 + DESCRIPTORS)
    # A jump to the first byte, which is where the address wraps around.
    jump = struct.pack("<Bh", 0xE9, SIZE - RESET_VECTOR - 3)
    firmware = (code.ljust(DESCRIPTORS, halt) + table).ljust(RESET_VECTOR, halt) + jump
    Path(sys.argv[1]).write_bytes(firmware.ljust(SIZE, halt))


main()
