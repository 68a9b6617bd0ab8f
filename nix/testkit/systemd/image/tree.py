"""The file system of a guest as a table: what each path is, who owns it and where its contents lie on this machine.

Nothing here has to be root: owners and modes are facts of the table, not of files on the host, until `ext4` writes
them into an image. Paths have no leading slash, and the root is the empty path.
"""

from __future__ import annotations

import json
import posixpath
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NoReturn

Kind = Literal["directory", "file", "link"]


def fail(message: str) -> NoReturn:
    """Ends the build with one sentence that names the thing and the next step."""
    sys.exit(f"testkit: {message}")


@dataclass(frozen=True)
class Entry:
    """One path of the guest."""

    kind: Kind
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    source: str = ""
    """The file on the host with the contents; of a symbolic link, what it points to."""


class Tree:
    """Paths of a guest and what they are.

    A tree that was loaded from an image knows what is in that image already: `changed` holds the paths that differ,
    and `replaced` those whose old inode has to go first.
    """

    def __init__(self, entries: dict[str, Entry] | None = None) -> None:
        self.entries: dict[str, Entry] = dict(entries or {"": Entry("directory")})
        self.changed: set[str] = set()
        self.replaced: set[str] = set()
        self._imaged = frozenset(self.entries) if entries else frozenset()

    @classmethod
    def load(cls, table: Path) -> Tree:
        return cls({path: Entry(**fields) for path, fields in json.loads(table.read_text()).items()})

    def save(self, table: Path) -> None:
        """Writes the table without places on the host, which mean nothing to whoever loads it."""
        rows = {
            path: asdict(entry) | ({} if entry.kind == "link" else {"source": ""})
            for path, entry in sorted(self.entries.items())
        }
        table.write_text(json.dumps(rows, separators=(",", ":")))

    def resolve(self, path: str, *, follow: bool = False) -> str:
        """The path with the symbolic links on the way followed, as the kernel does; with `follow` the last part too."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        done: list[str] = []
        links = 0
        while parts:
            part = parts.pop(0)
            if part == "..":
                if done:
                    done.pop()
                continue
            entry = self.entries.get("/".join([*done, part]))
            if (parts or follow) and entry is not None and entry.kind == "link":
                links += 1
                if links > 40:
                    fail(f"the guest's path '{path}' leads round in a circle of symbolic links")
                if entry.source.startswith("/"):
                    done = []
                parts = [*(piece for piece in entry.source.split("/") if piece not in ("", ".")), *parts]
                continue
            done.append(part)
        return "/".join(done)

    def get(self, path: str) -> Entry | None:
        return self.entries.get(self.resolve(path))

    def add(self, path: str, entry: Entry) -> None:
        """Puts the entry at the path, directories above it included. A directory never takes the place of one."""
        path = self.resolve(path)
        old = self.entries.get(path)
        if old == entry and path not in self.changed and (entry.kind != "file" or not entry.source):
            return
        if entry.kind == "directory" and old is not None and old.kind == "link" and self._is_directory(path):
            return
        self._make_parents(path)
        if old is not None and (old.kind, entry.kind) != ("directory", "directory"):
            if old.kind == "directory":
                fail(f"the guest's '/{path}' is a directory and cannot become a {entry.kind}")
            if path in self._imaged:
                self.replaced.add(path)
        self.entries[path] = entry
        self.changed.add(path)

    def directory(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        self.add(path, Entry("directory", mode, uid, gid))

    def file(self, path: str, source: Path, mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
        self.add(path, Entry("file", mode, uid, gid, str(source)))

    def link(self, path: str, target: str) -> None:
        self.add(path, Entry("link", 0o777, source=target))

    def permit(self, path: str, mode: int, gid: int = 0) -> None:
        """Gives the path another mode and group. One that is not there is left out: packages differ."""
        path = self.resolve(path)
        entry = self.entries.get(path)
        if entry is not None:
            self.entries[path] = Entry(entry.kind, mode, entry.uid, gid, entry.source)
            self.changed.add(path)

    def copy(self, source: Path, path: str = "") -> None:
        """Adds what lies below a directory of the host: programs become 0755, other files 0644, all of root."""
        for item in sorted(source.rglob("*")):
            target = posixpath.join(path, item.relative_to(source).as_posix())
            if item.is_symlink():
                self.link(target, str(item.readlink()))
            elif item.is_dir():
                self.directory(target)
            else:
                self.file(target, item, 0o755 if item.stat().st_mode & 0o111 else 0o644)

    def is_new(self, path: str) -> bool:
        """Whether the image that the tree was loaded from has nothing at the path."""
        return path not in self._imaged

    def names(self, directory: str) -> list[str]:
        """The names in a directory, sorted."""
        prefix = self.resolve(directory, follow=True) + "/"
        return sorted(
            path.removeprefix(prefix)
            for path in self.entries
            if path.startswith(prefix) and "/" not in path.removeprefix(prefix)
        )

    def _is_directory(self, path: str) -> bool:
        entry = self.entries.get(self.resolve(path, follow=True))
        return entry is not None and entry.kind == "directory"

    def _make_parents(self, path: str) -> None:
        parent = posixpath.dirname(path)
        if parent not in self.entries:
            self._make_parents(parent)
            self.entries[parent] = Entry("directory")
            self.changed.add(parent)
        elif self.entries[parent].kind != "directory":
            fail(f"the guest's '/{parent}' is a {self.entries[parent].kind}, so there can be no '/{path}'")
