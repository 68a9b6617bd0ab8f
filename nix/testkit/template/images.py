"""Disk images in QEMU's format qcow2, and copies of files that are mostly holes."""

import fcntl
import os
import struct

from refusal import Refusal

HEADER = struct.Struct(">4sIQIIQIIQQIIQ")
"""Magic, version, backing file's place and length, cluster bits, size, encryption, entries and place of the first
table, place and clusters of the reference counts, number and place of snapshots."""
INCOMPATIBLE_FEATURES = struct.Struct(">Q")
CLONE_FILE = 0x40049409
"""The request FICLONE, by which a file system that can do so shares the blocks of two files."""


def origin(path: str) -> tuple[int, str]:
    """The size of a disk that was never written to, and its backing file ("" for none); Refusal for another one.

    A written disk is the state of a machine that somebody wants to go on with, and no template fits it.
    """
    try:
        return _origin(path)
    except (struct.error, ValueError, OverflowError) as error:
        # QEMU has better words for it, and will say them when the machine boots.
        raise Refusal(f"its disk '{path}' is damaged: {error}") from error


def _origin(path: str) -> tuple[int, str]:
    with open(path, "rb") as image:
        header = image.read(HEADER.size)
        if len(header) < HEADER.size or not header.startswith(b"QFI\xfb"):
            raise Refusal(f"its disk '{path}' is not in the format qcow2")
        fields = HEADER.unpack(header)
        version, name_place, name_length, size = fields[1], fields[2], fields[3], fields[5]
        tables, table_place, snapshots = fields[7], fields[8], fields[11]
        features = INCOMPATIBLE_FEATURES.unpack(image.read(8))[0] if version >= 3 else 0
        image.seek(table_place)
        if features or snapshots or image.read(8 * tables).strip(b"\0"):
            raise Refusal(f"its disk '{path}' was written to before")
        image.seek(name_place)
        name = image.read(name_length) if name_place else b""
    if b"\0" in name:
        raise ValueError("the name of its backing file is none")
    backing = os.fsdecode(name)
    return size, backing and os.path.join(os.path.dirname(path), backing)


def copy(source: str, target: str) -> None:
    """Copy a file to a new one that only its owner can read; holes stay holes."""
    reading = os.open(source, os.O_RDONLY)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _copy(reading, writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy(reading: int, writing: int) -> None:
    try:
        fcntl.ioctl(writing, CLONE_FILE, reading)
        return
    except OSError:
        pass
    size = os.fstat(reading).st_size
    os.ftruncate(writing, size)
    place = 0
    while place < size:
        try:
            place = os.lseek(reading, place, os.SEEK_DATA)
        except OSError:  # Only holes are left.
            return
        end = os.lseek(reading, place, os.SEEK_HOLE)
        os.lseek(writing, place, os.SEEK_SET)
        while place < end:
            sent = os.sendfile(writing, reading, place, end - place)
            if not sent:
                raise OSError("a disk became shorter while it was copied")
            place += sent
