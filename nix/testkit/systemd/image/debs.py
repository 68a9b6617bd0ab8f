"""Unpacks packages of the distribution into a tree, and does what little their scripts would do that a guest needs.

No script of a package is run: that would need root and the guest's own file system. What they do for a test machine
is mostly accounts (see `accounts`) and the choice between programs of one name, which is read from their text here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tree import Entry, Tree, fail

LEFT_OUT = re.compile(r"usr/share/(doc|man|info|locale|lintian|bug|doc-base|gnome/help)/.+")
"""Paths that no test looks at: a third of a minimal system's size."""

ALTERNATIVE = re.compile(r"update-alternatives\s(?:[^\n]*?\s)?--install\s+([^\n;&|]+)")


def unpack(deb: Path, tree: Tree, contents: Path) -> None:
    """Adds the files of a package to the tree; `contents` is a directory for what is in them."""
    for member, data in _members(deb):
        path = member.name.removeprefix("./").rstrip("/")
        if not path or path == "." or LEFT_OUT.fullmatch(path):
            continue
        if member.isdir():
            tree.add(path, Entry("directory", member.mode, member.uid, member.gid))
        elif member.issym():
            tree.link(path, member.linkname)
        elif member.islnk():
            # A second name for a file serves as well as a symbolic link to the first.
            tree.link(path, "/" + member.linkname.removeprefix("./"))
        elif data is not None:
            source = contents / f"{len(tree.entries)}-{Path(path).name[:64]}"
            with source.open("xb") as file:
                shutil.copyfileobj(data, file, 1 << 20)
            tree.add(path, Entry("file", member.mode, member.uid, member.gid, str(source)))


def paths(deb: Path) -> list[str]:
    """The paths of all files and links of a package."""
    return [member.name.removeprefix("./") for member, _data in _members(deb) if not member.isdir()]


def alternatives(deb: Path) -> list[tuple[str, str, str, int]]:
    """(link, name, path, priority) of the programs that a package offers under a common name, such as `awk`."""
    command = ["dpkg-deb", "--info", str(deb), "postinst"]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = []
    for match in ALTERNATIVE.finditer(text.replace("\\\n", " ")):
        words = match[1].split()
        if len(words) < 4 or not words[3].isdigit():
            continue
        priority = int(words[3])
        slaves = [words[i + 1 : i + 4] for i, word in enumerate(words) if word == "--slave"]
        for link, name, path in [words[:3], *(slave for slave in slaves if len(slave) == 3)]:
            # A name made of a variable cannot be known without running the script.
            if not any("$" in word or '"' in word for word in (link, name, path)):
                found.append((link, name, path, priority))
    return found


def choose_alternatives(debs: list[Path], tree: Tree) -> None:
    """Links each common name that is still free to the program that its package rates highest."""
    best: dict[str, tuple[int, str, str]] = {}
    for deb in debs:
        for link, name, path, priority in alternatives(deb):
            is_free = tree.get(f"etc/alternatives/{name}") is None
            if is_free and tree.get(path) is not None and priority > best.get(name, (-1, "", ""))[0]:
                best[name] = (priority, link, path)
    for name, (_priority, link, path) in sorted(best.items()):
        tree.link(f"etc/alternatives/{name}", path)
        tree.link(link, f"/etc/alternatives/{name}")


def _members(deb: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """The members of a package's archive in order, files with their contents; read before the next one is asked for."""
    with (
        subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            yield member, archive.extractfile(member) if member.isfile() else None
    if process.returncode != 0:
        fail(f"the package '{deb}' cannot be unpacked: delete it from the Nix store and build again")
