"""Copying between the host and a machine. The fake guest's files are the host's, so a copy lands beside its source."""

import os
import unittest
from pathlib import Path

from test_driver.errors import RequestedAssertionFailed
from tests.machine_support import MachineTest, alarm_after, interrupt

SHARED = """
# The shared directory is not where guests have it, so whoever is told of it is told otherwise.
for program in test mkdir cp; do
  eval "$program() { command $program \\"\\${@//\\\\/tmp\\\\/shared/$SHARED_DIR}\\"; }"
done
"""


def make_tree(directory: Path) -> None:
    """Files of several kinds: an empty one, a program, odd names, bytes of all values, and links."""
    (directory / "sub dir").mkdir(parents=True)
    (directory / "empty").touch()
    (directory / "program").write_text("#!/bin/sh\n")
    (directory / "program").chmod(0o755)
    (directory / "sub dir" / "it's ä").write_bytes(bytes(range(256)) * 1000)
    (directory / "link").symlink_to("program")
    (directory / "dangling").symlink_to("nowhere")


def contents(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Modes and bytes of all files below, by name; a link has those of what it points to."""
    return {
        str(file.relative_to(directory)): (file.stat().st_mode & 0o777, file.read_bytes())
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    }


class FilesTest(MachineTest):
    """Without a shared directory; below, the same with one."""

    def setUp(self) -> None:
        super().setUp()
        self.source = self.directory / "source tree"
        make_tree(self.source)
        self.guest_dir = self.directory / "guest $files"
        self.guest_dir.mkdir()

    def test_file_to_the_machine(self) -> None:
        target = self.guest_dir / "new" / "target"
        self.machine.copy_from_host(str(self.source / "sub dir" / "it's ä"), str(target))
        self.assertEqual(target.read_bytes(), bytes(range(256)) * 1000)
        self.machine.copy_from_host(str(self.source / "program"), str(self.guest_dir))
        self.assertEqual(contents(self.guest_dir)["program"], (0o755, b"#!/bin/sh\n"))

    def test_directory_to_the_machine(self) -> None:
        target = self.guest_dir / "new" / "target"
        self.machine.copy_from_host(str(self.source), str(target))
        self.assertEqual(contents(target), contents(self.source))
        self.assertFalse((target / "link").is_symlink())
        # Now that it is there, a copy goes into it.
        self.machine.copy_from_host(f"{self.source}/", str(target))
        self.assertEqual(contents(target / "source tree"), contents(self.source))

    def test_directory_that_is_here(self) -> None:
        previous = Path.cwd()
        os.chdir(self.source)
        self.addCleanup(os.chdir, previous)
        self.machine.copy_from_host(".", str(self.guest_dir))
        self.assertEqual(contents(self.guest_dir / "source tree"), contents(self.source))

    def test_file_from_the_machine(self) -> None:
        self.machine.copy_from_machine(str(self.source / "sub dir" / "it's ä"))
        self.machine.copy_from_machine(str(self.source / "empty"), "deep/er")
        self.machine.copy_from_vm(str(self.source / "link"))
        self.assertEqual(
            {name: content for name, (_, content) in contents(self.out_dir).items()},
            {"it's ä": bytes(range(256)) * 1000, "deep/er/empty": b"", "link": b"#!/bin/sh\n"},
        )

    def test_directory_from_the_machine(self) -> None:
        for _ in range(2):
            self.machine.copy_from_machine(str(self.source), "results")
            self.assertEqual(contents(self.out_dir / "results" / "source tree"), contents(self.source))
        self.assertEqual((self.out_dir / "results" / "source tree" / "link").readlink(), Path("program"))
        self.assertEqual((self.out_dir / "results" / "source tree" / "dangling").readlink(), Path("nowhere"))

    def test_what_else_is_there_stays_when_a_directory_arrives(self) -> None:
        present = self.out_dir / "source tree"
        present.mkdir()
        (present / "mine").write_text("mine")
        (present / "program").symlink_to(present / "mine")
        os.mkfifo(self.source / "pipe")
        self.machine.copy_from_machine(str(self.source))
        self.assertEqual(contents(present), {**contents(self.source), "mine": (0o644, b"mine")})
        self.assertFalse((present / "pipe").exists())

    def test_directory_behind_a_link_from_the_machine(self) -> None:
        (self.guest_dir / "current").symlink_to(self.source)
        self.machine.copy_from_machine(str(self.guest_dir / "current"))
        self.assertEqual(contents(self.out_dir / "current"), contents(self.source))

    def test_copy_that_is_interrupted_leaves_the_shell_usable(self) -> None:
        large = self.directory / "large"
        large.write_bytes(bytes(5_000_000))
        # A guest that takes its time to read.
        (self.directory / "guest-functions").write_text(f'{self.guest}\ndd() {{ sleep 0.7; command dd "$@"; }}\n')
        self.machine.connect()
        with alarm_after(0.4, interrupt), self.assertRaises(InterruptedError):
            self.machine.copy_from_host_via_shell(str(large), str(self.guest_dir / "large"))
        self.assertEqual(self.machine.succeed("echo now"), "now\n")

    def test_what_is_not_there(self) -> None:
        with self.assertRaises(FileNotFoundError):
            self.machine.copy_from_host(str(self.source / "none"), "/target")
        with self.assertRaisesRegex(RequestedAssertionFailed, "failed"):
            self.machine.copy_from_machine(str(self.source / "none"))
        self.assertEqual(contents(self.out_dir), {})

    def test_target_that_cannot_be_written(self) -> None:
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.copy_from_host(str(self.source / "program"), "/proc/none/target")
        self.assertEqual(str(raised.exception), "command `mkdir -p /proc/none` failed (exit code 1)")

    def test_disk_that_is_full_is_noticed(self) -> None:
        functions = """base64() {
          if [[ $1 != -d ]]; then command base64 "$@"; return; fi
          command base64 -d >"$STATE/decoded"
          head -c 1000 "$STATE/decoded"
        }"""
        (self.directory / "guest-functions").write_text(f"{self.guest}\n{functions}\n")
        target = self.guest_dir / "target"
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.copy_from_host_via_shell(str(self.source / "sub dir" / "it's ä"), str(target))
        self.assertEqual(str(raised.exception), f"cannot write '{target}': its size is not 256000 bytes")

    def test_nothing_is_left_behind(self) -> None:
        temporary = self.directory / "tmp"
        temporary.mkdir()
        (self.directory / "guest-functions").write_text(f"{self.guest}\nexport TMPDIR={temporary}\n")
        self.machine.copy_from_host(str(self.source), str(self.guest_dir))
        self.machine.copy_from_machine(str(self.source))
        self.assertEqual(list(temporary.iterdir()), [])
        self.assertEqual(list(self.machine.shared_dir.iterdir()), [])

    def test_through_the_shell_on_request(self) -> None:
        target = self.guest_dir / "new" / "target"
        target.parent.mkdir()
        target.write_text("what was there before")
        self.machine.connect()
        self.logger.lines.clear()
        source = str(self.source / "sub dir" / "it's ä")
        self.machine.copy_from_host_via_shell(source, str(target))
        self.assertEqual(target.read_bytes(), bytes(range(256)) * 1000)
        self.assertEqual(self.logger.lines, [f"{mark} copying '{source}' to '{target}'" for mark in "><"])
        with self.assertRaises(FileNotFoundError):
            self.machine.copy_from_host_via_shell(str(self.source / "none"), "/target")
        with self.assertRaises(IsADirectoryError):
            self.machine.copy_from_host_via_shell(str(self.source), "/target")
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.copy_from_host_via_shell(source, str(self.guest_dir))
        self.assertEqual(str(raised.exception), f"command `: > '{self.guest_dir}'` failed (exit code 1)")


class SharedFilesTest(FilesTest):
    guest = SHARED

    def test_nothing_goes_through_the_shell(self) -> None:
        self.machine.copy_from_host(str(self.source), str(self.guest_dir))
        self.machine.copy_from_machine(str(self.source))
        self.assertEqual([command for command in self.commands() if "base64" in command], [])


if __name__ == "__main__":
    unittest.main()
