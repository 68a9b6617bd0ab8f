"""Reads an image that make-qcow2.py wrote, maybe as changes over another, as a raw file of its own."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

HEADER = struct.Struct(">4sIQIIQIIQ")
"""The beginning of a qcow2 header, to the offset of the table of the first level."""
OFFSET = (1 << 56) - (1 << 9)
"""The bits of a table's entry that say where something is; zero is nowhere."""


def copy(image: Path, output: Path) -> None:
    """Copies a qcow2 image to a raw file: what lies below it first, then what it has by itself."""
    with image.open("rb") as file:
        _, _, backing_at, backing_length, bits, size, _, length, table_at = HEADER.unpack(file.read(HEADER.size))
        if backing_at:
            file.seek(backing_at)
            copy(Path(os.fsdecode(file.read(backing_length))), output)
        else:
            output.touch()
            os.truncate(output, size)
        with output.open("r+b") as target:
            for cluster, offset in _mapped(file, _words(file, table_at, length), 1 << bits):
                file.seek(offset)
                target.seek(cluster << bits)
                target.write(file.read(1 << bits))


def _mapped(file: BinaryIO, first_level: tuple[int, ...], cluster_size: int) -> Iterator[tuple[int, int]]:
    """(cluster of the disk, offset in the file) of all that an image has by itself."""
    entries = cluster_size // 8
    for index, table in enumerate(first_level):
        if table & OFFSET:
            for place, entry in enumerate(_words(file, table & OFFSET, entries)):
                if entry & OFFSET:
                    yield index * entries + place, entry & OFFSET


def _words(file: BinaryIO, offset: int, count: int) -> tuple[int, ...]:
    file.seek(offset)
    return struct.unpack(f">{count}Q", file.read(8 * count))
