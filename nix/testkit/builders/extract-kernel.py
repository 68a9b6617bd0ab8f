"""Takes the ELF kernel out of a bzImage.

QEMU starts an ELF kernel through its PVH entry, which skips the kernel's own decompression: seconds under emulation.
When the payload cannot be unpacked here, or has no PVH entry, the bzImage is copied as it is and boots all the same.

Usage: extract-kernel.py BZIMAGE OUTPUT
"""

import gzip
import lzma
import shutil
import struct
import subprocess
import sys
from pathlib import Path

SECTOR = 512
XEN_ELFNOTE_PHYS32_ENTRY = 18
PT_NOTE = 4


def payload(image: bytes) -> bytes:
    """The compressed kernel, found by the boot protocol's header (2.08 and later)."""
    if image[0x202:0x206] != b"HdrS":
        return b""
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * SECTOR + offset
    return image[start : start + length]


def unpacked(data: bytes) -> bytes:
    """The ELF file inside `data`, or nothing if the tool for its format is not here."""
    # The build appends the unpacked size, four bytes that no format knows.
    body = data[:-4]
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(body)
    if data.startswith(b"\xfd7zXZ\x00"):
        return lzma.decompress(body)
    if data.startswith(b"\x02\x21\x4c\x18"):
        return by_tool(["lz4", "-dc"], body)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return by_tool(["zstd", "-dc"], body)
    return b""


def by_tool(command: list[str], data: bytes) -> bytes:
    if shutil.which(command[0]) is None:
        print(
            f"testkit: '{command[0]}' is not installed, so the kernel stays compressed and boots slower",
            file=sys.stderr,
        )
        return b""
    finished = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=False)
    return finished.stdout


def has_pvh_entry(elf: bytes) -> bool:
    """Whether QEMU can start this ELF file: only one with the Xen note that names the 32-bit entry."""
    if not elf.startswith(b"\x7fELF\x02\x01"):
        return False
    (header_offset,) = struct.unpack_from("<Q", elf, 0x20)
    header_size, header_count = struct.unpack_from("<HH", elf, 0x36)
    for index in range(header_count):
        kind, _flags, offset, _vaddr, _paddr, size = struct.unpack_from(
            "<IIQQQQ", elf, header_offset + index * header_size
        )
        if kind == PT_NOTE and note_is_in(elf[offset : offset + size]):
            return True
    return False


def note_is_in(notes: bytes) -> bool:
    position = 0
    while position + 12 <= len(notes):
        name_size, value_size, kind = struct.unpack_from("<III", notes, position)
        name = notes[position + 12 : position + 12 + name_size]
        if name == b"Xen\x00" and kind == XEN_ELFNOTE_PHYS32_ENTRY:
            return True
        position += 12 + (name_size + 3) // 4 * 4 + (value_size + 3) // 4 * 4
    return False


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    image = source.read_bytes()
    elf = unpacked(payload(image))
    target.write_bytes(elf if has_pvh_entry(elf) else image)


main()
