"""Writes a directory tree as a compressed cpio archive that is the same, byte for byte, on every machine.

Owner and group are root, times are zero and inode numbers are counted, whoever builds it. Permissions of files are
kept, folders are open to all.

Usage: make-initrd.py TREE OUTPUT [console]
With `console` the archive has /dev/console, which the kernel opens before the first program runs.
"""

import gzip
import stat
import sys
from pathlib import Path


def entry(name: str, inode: int, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """One member in the `newc` format: a header of fourteen 8-digit hexadecimal fields, name and data padded to 4."""
    encoded = name.encode() + b"\x00"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
    return padded(header) + padded(data)


def padded(data: bytes) -> bytes:
    return data + b"\x00" * (-len(data) % 4)


def members(tree: Path) -> list[Path]:
    return sorted(tree.rglob("*"), key=lambda path: path.relative_to(tree).as_posix())


def main() -> None:
    tree, output = Path(sys.argv[1]), Path(sys.argv[2])
    archive = b""
    inode = 1
    for path in members(tree):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            mode, data = stat.S_IFLNK | 0o777, str(path.readlink()).encode()
        elif stat.S_ISDIR(status.st_mode):
            mode, data = stat.S_IFDIR | 0o755, b""
        else:
            mode, data = stat.S_IFREG | stat.S_IMODE(status.st_mode), path.read_bytes()
        archive += entry(path.relative_to(tree).as_posix(), inode, mode, data)
        inode += 1
    if sys.argv[3:] == ["console"]:
        archive += entry("dev/console", inode, stat.S_IFCHR | 0o600, device=(5, 1))
    archive += entry("TRAILER!!!", 0, 0)
    output.write_bytes(gzip.compress(archive, compresslevel=1, mtime=0))


main()
