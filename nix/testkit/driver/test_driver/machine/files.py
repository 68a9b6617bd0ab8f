"""Files between the host and a machine: by a directory both see where there is one, else through the command shell."""

import base64
import shlex
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from test_driver.errors import RequestedAssertionFailed
from test_driver.machine.commands import Commands

SHARED_DIR = PurePosixPath("/tmp/shared")
"""Where a machine that can sees the host's directory `shared_dir`."""
SENT_AT_ONCE = 1024 * 1024
"""Bytes that one command brings to the machine."""
READ_AT_ONCE = 48 * 1024
"""Bytes that one command brings back: twice in base64, no more than what waits safely while the host is busy."""


class Files(Commands):
    """A machine that files are copied to and from."""

    def copy_from_host(self, source: str, target: str) -> None:
        """Copy the file or directory `source` of the host to the path `target` in the machine.

        If `target` is a directory there, the copy goes into it, under its own name. Directories above `target` are
        made; links are followed, and left out if they lead nowhere; the copy belongs to root. A relative `source`
        starts at the driver's working directory. Machines without a shared directory get it through the command shell:
        some hundred kilobytes a second.

        Raises FileNotFoundError if there is no `source`, RequestedAssertionFailed if the machine cannot write.
        """
        name = Path(source).name
        if name in ("", ".."):
            name = Path(source).resolve().name or "root"
        with tempfile.TemporaryDirectory(dir=self.shared_dir) as directory:
            staged = Path(directory) / name
            if Path(source).is_dir():
                shutil.copytree(source, staged, ignore=dangling_links)
            else:
                shutil.copy(source, staged)
            self.succeed(f"mkdir -p {shlex.quote(str(PurePosixPath(target).parent))}")
            shared = SHARED_DIR / staged.parent.name / staged.name
            if self._has(shared):
                self.succeed(f"cp -r {quoted(shared)} {shlex.quote(target)}")
            else:
                with self.nested(f"copying '{source}' to '{target}'"):
                    self._send_copy(staged, target)

    def copy_from_host_via_shell(self, source: str, target: str) -> None:
        """Copy the file `source` of the host to the path `target` in the machine, through the command shell.

        Needs no shared directory; some hundred kilobytes a second. Directories above `target` are made, and `target`
        itself is replaced. Raises FileNotFoundError if there is no `source`, IsADirectoryError if it is a directory.
        """
        with Path(source).open("rb") as stream, self.nested(f"copying '{source}' to '{target}'"):
            self._must(f"mkdir -p {shlex.quote(str(PurePosixPath(target).parent))}")
            self._send(stream, PurePosixPath(target))

    def copy_from_machine(self, source: str, target_dir: str = "") -> None:
        """Copy the file or directory `source` of the machine to the host, under its own name.

        It goes to the driver's output directory, or to `target_dir` below that, which is made. What has the same name
        there is replaced, file by file. Links inside a directory stay links; sockets, pipes and devices are left out.
        Machines without a shared directory send
        it through the command shell. Raises RequestedAssertionFailed if there is no `source`.
        """
        guest_path = PurePosixPath(source)
        target = self.out_dir / target_dir / (guest_path.name or "root")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.shared_dir) as directory:
            arrived = Path(directory) / target.name
            shared = SHARED_DIR / arrived.parent.name
            if self._has(shared):
                self.succeed(f"cp -r -H {quoted(guest_path)} {quoted(shared / arrived.name)}")
            else:
                with self.nested(f"copying '{source}' from the machine"):
                    self._fetch(guest_path, arrived)
            copy_over(arrived, target)

    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        """The older name of `copy_from_machine`; new scripts should not use it."""
        self.copy_from_machine(source, target_dir)

    def _has(self, path: PurePosixPath) -> bool:
        return self.execute(f"test -e {quoted(path)}")[0] == 0

    def _must(self, command: str) -> str:
        """As `succeed`, but not in the log: these are too many, and none of the script's."""
        status, output = self.execute(command)
        if status != 0:
            raise RequestedAssertionFailed(f"command `{command}` failed (exit code {status})")
        return output

    @contextmanager
    def _guest_directory(self) -> Iterator[PurePosixPath]:
        """A directory in the machine that is gone afterwards."""
        directory = PurePosixPath(self._must("mktemp -d").strip())
        try:
            yield directory
        finally:
            self.execute(f"rm -rf {quoted(directory)}")

    def _send_copy(self, source: Path, target: str) -> None:
        """Do what `cp -r` does, with `source` on the host and `target` in the machine."""
        with self._guest_directory() as guest_directory:
            arrived = guest_directory / source.name
            if source.is_dir():
                archive = guest_directory / f"{source.name}.tar"
                with tempfile.TemporaryFile(dir=source.parent) as stream:
                    with tarfile.open(fileobj=stream, mode="w") as tar:
                        tar.add(source, arcname=source.name)
                    stream.seek(0)
                    self._send(stream, archive)
                self._must(f"tar -C {quoted(guest_directory)} -xof {quoted(archive)}")
            else:
                with source.open("rb") as stream:
                    self._send(stream, arrived)
                self._must(f"chmod {source.stat().st_mode & 0o777:o} {quoted(arrived)}")
            self._must(f"cp -r {quoted(arrived)} {shlex.quote(target)}")

    def _send(self, source: BinaryIO, target: PurePosixPath) -> None:
        """Write the content of an open file of the host to `target`."""
        self._must(f": > {quoted(target)}")
        while piece := source.read(SENT_AT_ONCE):
            # Not in the command itself, which a shell reads byte by byte. All is read, and no byte more, before
            # anything can fail: the rest would be taken for commands.
            content = base64.b64encode(piece).decode() + "\n"
            read = f"dd bs={len(content)} count=1 iflag=fullblock 2>/dev/null"
            command = f'content=$({read}); echo "$content" | base64 -d >> {quoted(target)}'
            self.run_callbacks()
            status, _ = self._execute(command, timeout=None, stdin=content)
            if status != 0:
                raise RequestedAssertionFailed(f"cannot write '{target}' (exit code {status})")
        # Not every guest's base64 says so when the disk is full.
        file = quoted(target)
        if self.execute(f"test ! -f {file} || test $(stat -L -c %s {file}) -eq {source.tell()}")[0] != 0:
            raise RequestedAssertionFailed(f"cannot write '{target}': its size is not {source.tell()} bytes")

    def _fetch(self, source: PurePosixPath, target: Path) -> None:
        """Make `target` on the host a copy of `source`."""
        if self.execute(f"test -d {quoted(source)}")[0] != 0:
            self._fetch_file(source, target)
            return
        with self._guest_directory() as guest_directory:
            archive = target.with_name(f"{target.name}.tar")
            self._must(f"tar -C {quoted(source)} -cf {quoted(guest_directory / 'archive')} .")
            self._fetch_file(guest_directory / "archive", archive)
        with tarfile.open(archive) as stream:
            if hasattr(tarfile, "tar_filter"):
                # What the machine sends must not land outside `target`; Pythons before 3.10.12 cannot see to that.
                stream.extraction_filter = tarfile.tar_filter
            stream.extractall(target)

    def _fetch_file(self, source: PurePosixPath, target: Path) -> None:
        size = int(self._must(f"stat -L -c %s {quoted(source)}"))
        with target.open("wb") as stream:
            if size == 0:
                # Files of /proc say so, too.
                stream.write(base64.b64decode(self._must(f"base64 -w 0 {quoted(source)}")))
            for piece in range(-(-size // READ_AT_ONCE)):
                content = self._must(
                    f"dd if={quoted(source)} bs={READ_AT_ONCE} skip={piece} count=1 2>/dev/null | base64 -w 0"
                )
                stream.write(base64.b64decode(content))
            if stream.tell() < size:
                raise RequestedAssertionFailed(f"only {stream.tell()} of {size} bytes of '{source}' arrived")


def dangling_links(directory: str, names: list[str]) -> list[str]:
    """Those names in a directory that lead nowhere, for `shutil.copytree` to ignore."""
    return [name for name in names if not (Path(directory) / name).exists()]


def copy_over(source: Path, target: Path) -> None:
    """Copy a file or a directory; what `target` has of the same name is replaced, the rest stays."""
    if target.is_symlink():
        target.unlink()
    if source.is_symlink():
        target.unlink(missing_ok=True)
        target.symlink_to(source.readlink())
    elif source.is_dir():
        target.mkdir(exist_ok=True)
        for child in source.iterdir():
            copy_over(child, target / child.name)
    elif source.is_file():
        shutil.copy(source, target)


def quoted(path: PurePosixPath) -> str:
    """The path as a word of the machine's shell."""
    return shlex.quote(str(path))
