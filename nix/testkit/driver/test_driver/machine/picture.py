"""Pictures of a screen: from the format every QEMU writes to one every viewer reads."""

import struct
import zlib
from pathlib import Path


def ppm_to_png(source: Path, target: Path) -> None:
    """Convert a binary PPM of 8 bits a colour to PNG; raises ValueError if `source` is anything else."""
    data = source.read_bytes()
    kind, width_text, height_text, depth, pixels = data.split(maxsplit=4)
    width, height = int(width_text), int(height_text)
    if kind != b"P6" or depth != b"255":
        raise ValueError(f"'{source}' is not a PPM picture of 8 bits a colour")
    # One white space ends the header, so a first pixel that looks like white space must not be split away.
    pixels = data[len(data) - width * height * 3 :]
    rows = b"".join(b"\x00" + pixels[row * width * 3 : (row + 1) * width * 3] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    target.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
