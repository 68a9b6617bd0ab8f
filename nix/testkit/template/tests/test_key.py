"""What a template depends on: a start is a clone of another's template exactly if nothing of this differs."""

import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import images
from command_line import CommandLine
from key import key_of
from refusal import Refusal
from store import KEY

MAKE_QCOW2 = Path(__file__).resolve().parent.parent.parent / "builders" / "make-qcow2.py"


def qcow2(path: Path, *options: str) -> str:
    """A disk image made by the testkit."""
    subprocess.run([sys.executable, str(MAKE_QCOW2), str(path), *options], check=True)
    return str(path)


class KeyTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.program = self.directory / "qemu"
        self.program.write_bytes(b"\x7fELF qemu")
        self.program.chmod(0o755)

    def key(self, *words: str, state: str = "a") -> str:
        directory = self.directory / state
        shell = f"socket,id=shell,path={directory}/shell"
        return key_of(
            CommandLine(
                [str(self.program), *words, "-chardev", shell, "-device", "virtconsole,chardev=shell"], str(directory)
            )
        )

    def test_name_of_the_machine_is_in_it(self) -> None:
        self.assertRegex(self.key("-name", "web-server"), "^web-server-[0-9a-f]{24}$")
        for name in ("ä/../x", "y" * 100, ""):
            self.assertIsNotNone(KEY.fullmatch(self.key("-name", name)), name)

    def test_it_does_not_depend_on_where_a_start_runs(self) -> None:
        self.assertEqual(
            self.key("-monitor", f"unix:{self.directory}/a/monitor", state="a"),
            self.key("-monitor", f"unix:{self.directory}/b/monitor", state="b"),
        )

    def test_words_that_the_guest_sees(self) -> None:
        keys = {self.key(*words.split()) for words in ("", "-m 128", "-m 160", "-append a", "-append b", "-nographic")}
        self.assertEqual(len(keys), 6)

    def test_program(self) -> None:
        before = self.key()
        self.program.write_bytes(b"\x7fELF another qemu")
        self.assertNotEqual(self.key(), before)

    def test_version_behind_a_script(self) -> None:
        version = self.directory / "version"
        self.program.write_text(f"#!/bin/sh\ncat {version}\n")
        version.write_text("7.2")
        before = self.key()
        version.write_text("10.0")
        self.assertNotEqual(self.key(), before)
        version.write_text("7.2")
        self.assertEqual(self.key(), before)

    def test_version_that_is_no_text(self) -> None:
        self.program.write_text("#!/bin/sh\nprintf '\\377'\n")
        self.key()

    def test_program_that_does_not_end(self) -> None:
        self.program.write_text("#!/bin/sh\nexec sleep 600\n")
        with patch("key.VERSION_SECONDS", 0.1), self.assertRaises(Refusal) as caught:
            self.key()
        self.assertEqual(str(caught.exception), f"'{self.program} --version' does not end")

    def test_files_that_are_named(self) -> None:
        kernel = self.directory / "kernel"
        kernel.write_bytes(b"old")
        before = self.key("-kernel", str(kernel))
        self.assertEqual(self.key("-kernel", str(kernel)), before)
        kernel.write_bytes(b"newer")
        self.assertNotEqual(self.key("-kernel", str(kernel)), before)

    def test_disks_by_what_they_begin_as(self) -> None:
        base = self.directory / "base"
        base.write_bytes(bytes(1 << 20))
        os.utime(base, (1, 1))
        small = f"file={qcow2(self.directory / 'small', '--size', '16')}"
        same = f"file={qcow2(self.directory / 'same', '--size', '16')}"
        large = f"file={qcow2(self.directory / 'large', '--size', '32')}"
        over = f"file={qcow2(self.directory / 'over', '--base', str(base), '--format', 'raw', '--size', '16')}"
        self.assertEqual(self.key("-drive", small), self.key("-drive", same))
        self.assertEqual(len({self.key("-drive", disk) for disk in (small, large, over)}), 3)
        before = self.key("-drive", over)
        os.utime(base, (2, 2))
        self.assertNotEqual(self.key("-drive", over), before)

    def test_processor_of_the_host_under_kvm(self) -> None:
        self.assertNotEqual(self.key("-machine", "pc,accel=kvm:tcg"), self.key("-machine", "pc,accel=tcg"))


class OriginTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def test_disk_as_it_was_made(self) -> None:
        base = self.directory / "base"
        base.write_bytes(bytes(3 << 20))
        overlay = qcow2(self.directory / "overlay", "--base", str(base), "--format", "raw")
        self.assertEqual(images.origin(overlay), (3 << 20, str(base)))
        self.assertEqual(images.origin(qcow2(self.directory / "blank", "--size", "5")), (5 << 20, ""))

    def test_disk_that_was_written_to(self) -> None:
        raw = self.directory / "raw"
        raw.write_bytes(b"x" * (1 << 20))
        with self.assertRaises(Refusal) as caught:
            images.origin(qcow2(self.directory / "disk", "--from", str(raw)))
        self.assertEqual(str(caught.exception), f"its disk '{self.directory}/disk' was written to before")

    def test_disk_with_a_snapshot_or_in_the_middle_of_a_write(self) -> None:
        for place, form, value in ((60, ">I", 1), (72, ">Q", 1)):
            with self.subTest(place):
                disk = Path(qcow2(self.directory / "disk", "--size", "5"))
                content = bytearray(disk.read_bytes())
                struct.pack_into(form, content, place, value)
                disk.write_bytes(content)
                with self.assertRaises(Refusal):
                    images.origin(str(disk))

    def test_damaged_disk(self) -> None:
        for place, form, value in ((40, ">Q", (1 << 64) - 1), (8, ">Q", (1 << 64) - 1), (8, ">Q", 4)):
            with self.subTest(place=place, value=value):
                disk = Path(qcow2(self.directory / "disk", "--size", "5"))
                content = bytearray(disk.read_bytes())
                struct.pack_into(form, content, place, value)
                struct.pack_into(">I", content, 16, 8)
                disk.write_bytes(content)
                with self.assertRaisesRegex(Refusal, f"^its disk '{disk}' is damaged: "):
                    images.origin(str(disk))
        disk.write_bytes(content[:74])
        with self.assertRaisesRegex(Refusal, " is damaged: "):
            images.origin(str(disk))

    def test_file_that_is_no_disk(self) -> None:
        for content in (b"", b"QFI\xfb", b"raw" * 100):
            with self.subTest(content):
                disk = self.directory / "disk"
                disk.write_bytes(content)
                with self.assertRaises(Refusal) as caught:
                    images.origin(str(disk))
                self.assertEqual(str(caught.exception), f"its disk '{disk}' is not in the format qcow2")


if __name__ == "__main__":
    unittest.main()
