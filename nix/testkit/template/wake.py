"""The first thing that runs in a clone: a program of a few hundred bytes that makes it a machine of its own.

All clones of a template begin with the same memory: the same random numbers to come, and the time when the template
was made. The guest's shell writes the program into a file and runs it, which works in any guest and costs one process;
no guest has a command that has the kernel's random numbers begin anew.
"""

import os
import struct
import time

PATH = "/run/testkit-wake"
PREPARATION = f": > {PATH} && chmod 700 {PATH}"
"""For the guest's shell while the template is made: saves the clones a process."""

BASE = 0x400000
CODE = 0x78
SEED = 0x100

# Machine code, two spaces, what it does.
PROGRAM = """
    b802000000 bf30014000 be01000000 0f05               eax = open("/dev/urandom", O_WRONLY)
    89c3 89c7 be00014000 ba20000000 b801000000 0f05     ebx = eax; write(eax, seed, 32)
    89df be07520000 b810000000 0f05 89c5                ebp = ioctl(ebx, RNDRESEEDCRNG)
    31ff be20014000 b8e3000000 0f05 09c5                ebp |= clock_settime(CLOCK_REALTIME, time)
    bf40014000 b857000000 0f05 09c5                     ebp |= unlink(PATH)
    f7dd 19ff f7df b83c000000 0f05                      exit(ebp != 0)
"""


def program(seed: bytes, nanoseconds: int) -> bytes:
    """The program that sets the clock to this time and stirs 32 bytes of `seed` into the random numbers."""
    code = b"".join(bytes.fromhex(line.strip().split("  ")[0]) for line in PROGRAM.strip().splitlines())
    data = seed + struct.pack("<QQ", *divmod(nanoseconds, 10**9)) + b"/dev/urandom\0".ljust(16, b"\0")
    text = code.ljust(SEED - CODE, b"\0") + data + PATH.encode() + b"\0"
    size = CODE + len(text)
    header = struct.pack(
        "<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 2, 62, 1, BASE + CODE, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 0x1000)
    return header + segment + text


def command() -> str:
    """For the shell of a clone, right now: writes and runs the program."""
    octets = "".join(f"\\x{octet:02x}" for octet in program(os.urandom(32), time.time_ns()))
    return f"printf '{octets}' > {PATH} && {PATH}"
