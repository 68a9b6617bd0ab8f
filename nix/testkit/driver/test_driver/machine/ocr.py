"""Text on pictures, read by the program `tesseract`."""

import shutil
import subprocess
from pathlib import Path

from test_driver.errors import MachineError
from test_driver.machine.picture import Picture

SCATTERED_TEXT = "11"
"""The page segmentation mode for text that is found anywhere and in any order."""


def read_text(picture: Path) -> str:
    """The text on a PPM picture; raises MachineError if tesseract is missing or fails."""
    program = shutil.which("tesseract")
    if program is None:
        raise MachineError(
            "reading text from the screen needs the program 'tesseract', which is not on PATH: install the package "
            "'tesseract-ocr' (in nixpkgs: 'tesseract', which 'enableOCR = true' brings)"
        )
    command = [program, str(picture), "-", "--psm", SCATTERED_TEXT, "-c", "debug_file=/dev/null"]
    finished = subprocess.run(command, capture_output=True, check=False)
    if finished.returncode != 0:
        reason = finished.stderr.decode(errors="replace").strip()
        raise MachineError(f"tesseract failed (exit code {finished.returncode}): {reason}")
    return finished.stdout.decode(errors="replace")


def read_text_variants(picture: Path) -> list[str]:
    """The texts on a PPM picture as it is, made easy to read, and as the negative of that; raises like `read_text`."""
    texts = [read_text(picture)]
    # Fonts of screens are small for a program that was made for scanned pages.
    large = Picture.from_ppm(picture).grey().doubled().doubled().with_contrast()
    for name, variant in (("positive", large), ("negative", large.negative())):
        file = picture.with_name(f"{name}.pgm")
        file.write_bytes(variant.to_pgm())
        texts.append(read_text(file))
    return texts
