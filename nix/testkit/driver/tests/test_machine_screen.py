"""Pictures of the screen, the text on it, and windows."""

import os
import struct
import tempfile
import unittest
import zlib
from pathlib import Path

from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.machine.picture import Grey, Picture
from tests.machine_support import MachineTest


def png_content(file: Path) -> tuple[int, int, bytes]:
    """Width, height and raw rows of a PNG; fails if a part of it is not what its checksum says."""
    data = file.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width = height = 0
    rows = b""
    data = data[8:]
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        content, checksum = data[8 : 8 + size], struct.unpack(">I", data[8 + size : 12 + size])[0]
        assert zlib.crc32(kind + content) == checksum
        if kind == b"IHDR":
            width, height = struct.unpack(">II", content[:8])
            assert content[8:] == b"\x08\x02\x00\x00\x00"
        if kind == b"IDAT":
            rows += zlib.decompress(content)
        data = data[12 + size :]
    return (width, height, rows)


class ScreenshotTest(MachineTest):
    # What the fake machine has on its screen, a row with the mark that it is not filtered.
    SCREEN = (2, 1, b"\x00" + b"\x20\x00\x00" + b"\x00\x00\xff")

    def setUp(self) -> None:
        super().setUp()
        self.machine.start()
        self.logger.lines.clear()

    def test_bare_name_is_a_png_in_the_output_directory(self) -> None:
        self.machine.screenshot("screen")
        self.assertEqual(png_content(self.out_dir / "screen.png"), self.SCREEN)
        step = f"making screenshot {self.out_dir}/screen.png"
        self.assertEqual(self.logger.lines, [f"> {step}", f"< {step}"])
        self.assertEqual(self.logger.images, ["screen.png"])

    def test_names_may_be_anything(self) -> None:
        for name, file in (
            ("it's ä, too", self.out_dir / "it's ä, too.png"),
            ("screen.PNG", self.out_dir / "screen.PNG"),
            (f"{self.directory}/elsewhere", self.directory / "elsewhere.png"),
        ):
            with self.subTest(name):
                self.machine.screenshot(name)
                self.assertEqual(png_content(file), self.SCREEN)

    def test_file_that_cannot_be_written_is_an_error(self) -> None:
        with self.assertRaises(MachineError) as raised:
            self.machine.screenshot("/no/such/directory/screen")
        self.assertEqual(
            str(raised.exception),
            "cannot write the screenshot '/no/such/directory/screen.png': No such file or directory",
        )

    def test_nothing_is_left_behind(self) -> None:
        self.machine.succeed("true")
        before = {file.name for file in self.machine.state_dir.iterdir()}
        self.machine.screenshot("screen")
        self.assertEqual({file.name for file in self.machine.state_dir.iterdir()}, before)


class TextTest(MachineTest):
    """With a program that says what it was given in place of tesseract."""

    def setUp(self) -> None:
        super().setUp()
        self.machine.start()
        self.set_environment(PATH=f"{self.directory}:{os.environ['PATH']}")
        self.install('echo "$*" >>"$0.told"; head -c 2 "$1"; echo " Hello"')
        self.logger.lines.clear()

    def install(self, text: str) -> None:
        program = self.directory / "tesseract"
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)

    def test_text_is_read_from_the_picture_as_it_is(self) -> None:
        self.assertEqual(self.machine.get_screen_text(), "P6 Hello\n")
        told = (self.directory / "tesseract.told").read_text()
        self.assertRegex(told, r"^/\S+\.ppm - --psm 11 -c debug_file=/dev/null\n$")

    def test_variants_are_the_picture_and_two_that_are_easier_to_read(self) -> None:
        self.assertEqual(self.machine.get_screen_text_variants(), ["P6 Hello\n", "P5 Hello\n", "P5 Hello\n"])

    def test_text_is_waited_for_in_all_variants(self) -> None:
        self.machine.wait_for_text("P5 Hel+o")
        step = "waiting for P5 Hel+o to appear on screen"
        self.assertEqual(self.logger.lines, [f"> {step}", f"< {step}"])

    def test_text_that_did_not_come_leaves_what_is_there_in_the_log(self) -> None:
        with self.assertRaisesRegex(RequestedAssertionFailed, r"^action timed out after .* \(timeout=0.2\)$"):
            self.machine.wait_for_text("never", timeout=0.2)
        self.assertEqual(
            self.logger.lines[-1],
            "Last OCR attempt failed. Text was: ['P6 Hello\\n', 'P5 Hello\\n', 'P5 Hello\\n']",
        )

    def test_program_that_fails_is_an_error_with_its_words(self) -> None:
        self.install("echo 'no data for eng' >&2; exit 1")
        with self.assertRaises(MachineError) as raised:
            self.machine.get_screen_text()
        self.assertEqual(str(raised.exception), "tesseract failed (exit code 1): no data for eng")

    def test_program_that_is_missing_is_an_error_that_names_the_package(self) -> None:
        self.set_environment(PATH=str(self.out_dir))
        with self.assertRaises(MachineError) as raised:
            self.machine.wait_for_text("never")
        self.assertEqual(
            str(raised.exception),
            "reading text from the screen needs the program 'tesseract', which is not on PATH: install the package "
            "'tesseract-ocr' (in nixpkgs: 'tesseract', which 'enableOCR = true' brings)",
        )


class PictureTest(unittest.TestCase):
    def test_greys_are_as_bright_as_their_colours(self) -> None:
        colours = b"\x00\x00\x00" + b"\xff\xff\xff" + b"\xff\x00\x00" + b"\x00\xff\x00" + b"\x00\x00\xff"
        self.assertEqual(list(Picture(5, 1, colours).grey().pixels), [0, 255, 76, 149, 28])

    def test_contrast_uses_all_of_the_range(self) -> None:
        greys = Grey(5, 1, bytes([100, 110, 150, 190, 200]))
        self.assertEqual(list(greys.with_contrast().pixels), [0, 0, 127, 255, 255])
        self.assertEqual(list(Grey(2, 1, bytes([7, 7])).with_contrast().pixels), [0, 0])
        self.assertEqual(Grey(0, 0, b"").with_contrast(), Grey(0, 0, b""))

    def test_negative_of_the_negative_is_the_picture(self) -> None:
        picture = Grey(3, 1, bytes([0, 100, 255]))
        self.assertEqual(list(picture.negative().pixels), [255, 155, 0])
        self.assertEqual(picture.negative().negative(), picture)

    def test_enlarged_picture_has_means_between_its_pixels(self) -> None:
        enlarged = Grey(2, 2, bytes([0, 100, 200, 255])).doubled()
        self.assertEqual((enlarged.width, enlarged.height), (4, 4))
        rows = [list(enlarged.pixels[row * 4 : row * 4 + 4]) for row in range(4)]
        self.assertEqual(rows, [[0, 50, 100, 100], [100, 138, 177, 177], [200, 227, 255, 255], [200, 227, 255, 255]])

    def test_what_is_no_picture_is_refused(self) -> None:
        for content in (b"P5\n1 1\n255\n\0", b"P6\n1 1\n65535\n\0\0\0\0\0\0"):
            with self.subTest(content), tempfile.NamedTemporaryFile() as file:
                file.write(content)
                file.flush()
                with self.assertRaisesRegex(ValueError, "is not a PPM picture of 8 bits a colour$"):
                    Picture.from_ppm(Path(file.name))


class WindowTest(MachineTest):
    guest = r"""
    journalctl() { [[ "$*" == "-b SYSLOG_IDENTIFIER=systemd" ]] && cat "$STATE/journal"; }
    xwininfo() {
      [[ "$*" == "-root -tree" ]] || return 1
      printf '%s\n' '' 'xwininfo: Window id: 0x2f (the root window) "root"' '' '  2 children:' \
        '     0x400001 "Terminal "one"": ("xterm" "XTerm")  10x10+0+0  +1+1' \
        '        0x400002 (has no name): ()  10x10+0+0  +1+1' \
        '     0x500001 "ä - Editor": ("ed" "Ed")  10x10+0+0  +1+1'
    }
    """

    def test_names_are_those_of_all_windows(self) -> None:
        self.assertEqual(self.machine.get_window_names(), ['Terminal "one"', "ä - Editor"])

    def test_window_is_waited_for_by_its_name(self) -> None:
        self.machine.wait_for_window("^ä")
        self.assertIn("> waiting for a window to appear", self.logger.lines)
        with self.assertRaisesRegex(RequestedAssertionFailed, r"\(timeout=0.2\)$"):
            self.machine.wait_for_window("^Editor", timeout=0.2)
        self.assertEqual(
            self.logger.lines[-1],
            'Last chance to match ^Editor on the window list, which currently contains: Terminal "one", ä - Editor',
        )

    def test_session_is_waited_for(self) -> None:
        self.write_guest_file("journal", "systemd: Reached target Current graphical user session.\n")
        (self.directory / "guest-functions").write_text(f"{self.guest}\n[() {{ test $2 = /tmp/.X11-unix/X0; }}\n")
        self.machine.wait_for_x(timeout=20)
        self.assertEqual(self.logger.lines[-1], "< waiting for the X11 server")

    def test_session_that_does_not_come(self) -> None:
        self.write_guest_file("journal", "systemd: Reached target something else.\n")
        with self.assertRaisesRegex(RequestedAssertionFailed, r"\(timeout=0.2\)$"):
            self.machine.wait_for_x(timeout=0.2)


if __name__ == "__main__":
    unittest.main()
