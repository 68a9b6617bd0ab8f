"""Writes disk images in QEMU's format qcow2, without QEMU's tools: blank ones, overlays, and copies of raw images.

An overlay reads from its base what was not written to itself, so it is small and the base can be in the Nix store.
Clusters of a raw image that hold nothing but zeros take no space.

Usage: make-qcow2.py OUTPUT --size MIB
       make-qcow2.py OUTPUT --base FILE --format raw|qcow2 [--size MIB]
       make-qcow2.py OUTPUT --base FILE --format raw|qcow2 --from RAW --unlike RAW
       make-qcow2.py OUTPUT --from RAW
With --unlike an overlay has what the first raw image has otherwise than the second, which is its base in raw form.
The size of an overlay is that of its base, or --size if that is more.
"""

import argparse
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MIB = 1 << 20
CLUSTER = 1 << 16
TABLE_ENTRIES = CLUSTER // 8
"""Entries of a second-level table, which is one cluster long."""
REFERENCE_COUNTS = CLUSTER // 2
"""Reference counts, of 16 bits, in one cluster."""
COPIED = 1 << 63
"""In a table's entry: the cluster belongs to this image alone, so it may be written in place."""
HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
BACKING_FORMAT = 0xE2792ACA
LONGEST_BACKING_NAME = 1023
SECTOR = 512
"""Disks consist of whole sectors, whatever the size of the file that one is made of."""


def clusters(size: int) -> int:
    return -(-size // CLUSTER)


def virtual_size(image: Path, image_format: str) -> int:
    if image_format == "raw":
        return image.stat().st_size
    with image.open("rb") as file:
        start = file.read(32)
    if start[:4] != b"QFI\xfb":
        sys.exit(f"testkit: '{image}' is not a qcow2 image")
    return int(struct.unpack_from(">Q", start, 24)[0])


def used_clusters(source: BinaryIO, size: int, unlike: BinaryIO | None = None) -> Iterator[tuple[int, bytes]]:
    """Index and content of the clusters of `source` that are not zeros throughout, or not as in `unlike`.

    Holes are not even read: what became one in `source` is left as it was.
    """
    expected = bytes(CLUSTER)
    position = 0
    while position < size:
        try:
            position = os.lseek(source.fileno(), position, os.SEEK_DATA) // CLUSTER * CLUSTER
        except OSError:
            return
        source.seek(position)
        content = source.read(CLUSTER).ljust(CLUSTER, b"\x00")
        if unlike is not None:
            unlike.seek(position)
            expected = unlike.read(CLUSTER).ljust(CLUSTER, b"\x00")
        if content != expected:
            yield position // CLUSTER, content
        position += CLUSTER


def write_image(
    output: Path, size: int, base: tuple[Path, str] | None, raw: Path | None, unlike: Path | None = None
) -> None:
    """Lays the image out as header, first-level table, data with its second-level tables, then reference counts."""
    size = -(-size // SECTOR) * SECTOR
    first_level_length = max(1, -(-clusters(size) // TABLE_ENTRIES))
    first_level = [0] * first_level_length
    second_level: dict[int, list[int]] = {}
    next_cluster = 1 + clusters(first_level_length * 8)

    with output.open("wb") as file:
        if raw is not None:
            with raw.open("rb") as source, (unlike or raw).open("rb") as other:
                for index, content in used_clusters(source, size, other if unlike else None):
                    file.seek(next_cluster * CLUSTER)
                    file.write(content)
                    table = second_level.setdefault(index // TABLE_ENTRIES, [0] * TABLE_ENTRIES)
                    table[index % TABLE_ENTRIES] = next_cluster * CLUSTER | COPIED
                    next_cluster += 1
        for index, table in second_level.items():
            file.seek(next_cluster * CLUSTER)
            file.write(struct.pack(f">{TABLE_ENTRIES}Q", *table))
            first_level[index] = next_cluster * CLUSTER | COPIED
            next_cluster += 1
        file.seek(CLUSTER)
        file.write(struct.pack(f">{first_level_length}Q", *first_level))

        # The counts count themselves too, so their number is found by trying.
        blocks, table_length = 1, 1
        while (total := next_cluster + blocks + table_length) > blocks * REFERENCE_COUNTS:
            blocks += 1
            table_length = clusters(blocks * 8)
        for block in range(blocks):
            file.seek((next_cluster + block) * CLUSTER)
            counted = max(0, min(REFERENCE_COUNTS, total - block * REFERENCE_COUNTS))
            file.write(struct.pack(">H", 1) * counted)
        table_at = (next_cluster + blocks) * CLUSTER
        file.seek(table_at)
        file.write(struct.pack(f">{blocks}Q", *((next_cluster + block) * CLUSTER for block in range(blocks))))
        file.seek(0)
        file.write(header(size, first_level_length, table_at, table_length, base))
        file.truncate(total * CLUSTER)


def header(
    size: int, first_level_length: int, counts_at: int, counts_length: int, base: tuple[Path, str] | None
) -> bytes:
    extensions = b""
    name = b""
    if base is not None:
        name = os.fsencode(base[0])
        if len(name) > LONGEST_BACKING_NAME:
            sys.exit(f"testkit: the path '{base[0]}' is too long for a base, {LONGEST_BACKING_NAME} bytes are allowed")
        image_format = base[1].encode()
        extensions += struct.pack(">II", BACKING_FORMAT, len(image_format)) + image_format.ljust(8, b"\x00")
    extensions += struct.pack(">II", 0, 0)
    name_at = HEADER.size + len(extensions) if name else 0
    return (
        HEADER.pack(
            *(b"QFI\xfb", 3, name_at, len(name), CLUSTER.bit_length() - 1, size, 0),
            *(first_level_length, CLUSTER, counts_at, counts_length, 0, 0),
            *(0, 0, 0, 4, HEADER.size),
        )
        + extensions
        + name
    )


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("output", type=Path)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--format", choices=("raw", "qcow2"))
    parser.add_argument("--from", dest="raw", type=Path)
    parser.add_argument("--unlike", type=Path)
    arguments = parser.parse_args()
    size = arguments.size * MIB
    base = None
    if arguments.base is not None:
        base = (arguments.base.absolute(), arguments.format)
        size = max(size, virtual_size(*base))
    elif arguments.raw is not None:
        size = arguments.raw.stat().st_size
    write_image(arguments.output, size, base, arguments.raw, arguments.unlike)


main()
