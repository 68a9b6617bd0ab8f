"""Writes a tree as an ext4 image, and changes of a tree into an image that is there.

`mke2fs` makes the file system, and `debugfs`, from the same package, puts the files into it and says whose they are. So
nobody has to be root, nothing is mounted, and the image is the same whoever makes it, when and where: `mke2fs` could
copy the files by itself, with the times they have on this machine.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tree import Entry, Tree, fail

TIME = 1_700_000_000
"""The time of everything in an image, in seconds since 1970."""
IDENTITY = "6e697874-6573-7464-8070-000000000001"
FEATURES = "^metadata_csum,^64bit,^uninit_bg,^orphan_file"
"""Without the checksums and late initialisations that cost time in an emulated guest. Unknown ones are left alone."""
MODES = {"directory": 0o040000, "file": 0o100000, "link": 0o120000}


def create(tree: Tree, image: Path, mebibytes: int) -> None:
    """Makes an image of that size with all of the tree."""
    command = ["mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-U", IDENTITY, "-m", "0", "-J", "size=8"]
    command += ["-O", _known_features(), "-E", f"hash_seed={IDENTITY},lazy_itable_init=0,lazy_journal_init=0"]
    _run([*command, str(image), f"{mebibytes}M"])
    _debugfs(image, _commands(sorted(tree.entries), tree, {path for path in tree.entries if path}))


def update(tree: Tree, image: Path) -> None:
    """Brings an image up to date with a tree that was loaded for it."""
    gone = [f"rm {_quoted('/' + path)}" for path in sorted(tree.replaced)]
    made = {path for path in tree.changed if tree.is_new(path) or path in tree.replaced}
    _debugfs(image, [*gone, *_commands(sorted(tree.changed), tree, made)])


def _commands(paths: list[str], tree: Tree, made: set[str]) -> Iterator[str]:
    """What debugfs has to do for these paths, of which those of `made` are not there yet."""
    for path in paths:
        entry = tree.entries[path]
        if path in made:
            # New names can be made in the current directory only.
            name = _quoted(posixpath.basename(path))
            yield f"cd {_quoted('/' + posixpath.dirname(path))}"
            if entry.kind == "directory":
                yield f"mkdir {name}"
            elif entry.kind == "link":
                yield f"symlink {name} {_quoted(entry.source)}"
            else:
                yield f"write {_quoted(entry.source)} {name}"
        yield from _permissions(path, entry)


def _permissions(path: str, entry: Entry) -> Iterator[str]:
    name = _quoted("/" + path)
    if entry.kind != "link":
        yield f"set_inode_field {name} mode 0{MODES[entry.kind] | entry.mode:o}"
    yield f"set_inode_field {name} uid {entry.uid}"
    yield f"set_inode_field {name} gid {entry.gid}"


def _quoted(text: str) -> str:
    if "\n" in text:
        fail(f"the path {text!r} has a line break in its name, which cannot be written into an image")
    return '"' + text.replace('"', '""') + '"'


def _known_features() -> str:
    """Those of FEATURES that this mke2fs knows: it refuses to do without what it has never heard of."""
    trial = ["mke2fs", "-n", "-q", "-F", "-t", "ext4", "/dev/null", "8M", "-O"]
    known = [
        feature
        for feature in FEATURES.split(",")
        if subprocess.run([*trial, feature], capture_output=True, check=False).returncode == 0
    ]
    return ",".join(known)


def _debugfs(image: Path, commands: Iterable[str]) -> None:
    # Read from a file, debugfs ends well whatever happened, and says on standard error what did.
    done = _run(["debugfs", "-w", "-f", "-", str(image)], "\n".join(commands) + "\n")
    complaints = [line for line in done.stderr.splitlines() if line and not line.startswith("debugfs 1.")]
    if complaints:
        fail(f"debugfs could not write the guest's image: {'; '.join(complaints[:5])}")


def _run(command: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        path = os.environ.get("PATH", "")
        fail(f"'{command[0]}' is not on this machine's PATH ({path}): install the package 'e2fsprogs'")
    environment = {**os.environ, "E2FSPROGS_FAKE_TIME": str(TIME), "DEBUGFS_PAGER": "__none__"}
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        fail(f"'{command[0]}' failed: {done.stderr.strip() or done.stdout.strip()}")
    return done
