"""Pictures of a screen: from the format every QEMU writes to those that viewers and programs read."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

SHADES = 3
"""How many greys are left of a picture that is made easy to read."""


@dataclass(frozen=True)
class Picture:
    """A picture in colour, three bytes a pixel: red, green, blue; row by row."""

    width: int
    height: int
    pixels: bytes

    @staticmethod
    def from_ppm(file: Path) -> "Picture":
        """Read a binary PPM of 8 bits a colour; raises ValueError if the file is anything else."""
        data = file.read_bytes()
        kind, width_text, height_text, depth, _ = data.split(maxsplit=4)
        width, height = int(width_text), int(height_text)
        if kind != b"P6" or depth != b"255":
            raise ValueError(f"'{file}' is not a PPM picture of 8 bits a colour")
        # One white space ends the header, so a first pixel that looks like white space must not be split away.
        return Picture(width, height, data[len(data) - width * height * 3 :])

    def to_png(self) -> bytes:
        """The picture as a PNG file."""
        size = self.width * 3
        rows = b"".join(b"\x00" + self.pixels[row * size : (row + 1) * size] for row in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + chunks

    def grey(self) -> "Grey":
        """The picture without its colours."""
        red, green, blue = (self.pixels[colour::3] for colour in range(3))
        # What each colour adds to the brightness that people see, in 256ths.
        brightness = zip(red, green, blue, strict=True)
        return Grey(self.width, self.height, bytes((r * 77 + g * 150 + b * 29) >> 8 for r, g, b in brightness))


@dataclass(frozen=True)
class Grey:
    """A picture in shades of grey, a byte a pixel; row by row."""

    width: int
    height: int
    pixels: bytes

    def to_pgm(self) -> bytes:
        """The picture as a binary PGM file."""
        return f"P5\n{self.width} {self.height}\n255\n".encode() + self.pixels

    def negative(self) -> "Grey":
        """Black for white and white for black."""
        return Grey(self.width, self.height, self.pixels.translate(bytes(range(255, -1, -1))))

    def with_contrast(self) -> "Grey":
        """With its darkest pixel black, its brightest white, and a few shades between them."""
        darkest, brightest = min(self.pixels, default=0), max(self.pixels, default=0)
        span = max(1, brightest - darkest)
        shades = [round((value - darkest) * (SHADES - 1) / span) for value in range(darkest, brightest + 1)]
        table = bytearray(256)
        table[darkest : brightest + 1] = bytes(shade * 255 // (SHADES - 1) for shade in shades)
        return Grey(self.width, self.height, self.pixels.translate(bytes(table)))

    def doubled(self) -> "Grey":
        """Twice as wide and high; new pixels are the mean of their neighbours."""
        rows = [self.pixels[row * self.width : (row + 1) * self.width] for row in range(self.height)]
        wide = [_interleaved(row, _mean(row, row[1:] + row[-1:])) for row in rows]
        high = [
            line for row, below in zip(wide, wide[1:] + wide[-1:], strict=True) for line in (row, _mean(row, below))
        ]
        return Grey(self.width * 2, self.height * 2, b"".join(high))


def _mean(first: bytes, second: bytes) -> bytes:
    """The means of pairs of bytes, all at once: as one large number each, in which no byte carries into the next."""
    a, b = int.from_bytes(first, "big"), int.from_bytes(second, "big")
    without_lowest_bits = int.from_bytes(b"\xfe" * len(first), "big")
    return ((a & b) + (((a ^ b) & without_lowest_bits) >> 1)).to_bytes(len(first), "big")


def _interleaved(first: bytes, second: bytes) -> bytes:
    both = bytearray(2 * len(first))
    both[0::2], both[1::2] = first, second
    return bytes(both)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
