"""Makes an image that lies over another one: further packages, accounts and files, and the store paths they need.

Usage: layer.py PARENT WANTED CLOSURE MAKE_QCOW2 OUTPUT
PARENT is a folder made by base.py or by this program, and OUTPUT becomes one. WANTED is a JSON file:
  files           path: { text or source or link; mode; unit: whether it is one of systemd's, which then is kept }
  users, groups   see `accounts.Wanted`; of groups the number or null
  references      texts, for the store paths in them
  systemPackages  store paths whose programs everybody finds; userPackages: user: store paths
CLOSURE is what Nix says of the store paths that WANTED refers to (`exportReferencesGraph`); packages they stand for
are installed too. MAKE_QCOW2 is the program make-qcow2.py.
"""

from __future__ import annotations

import functools
import json
import posixpath
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import debs
import ext4
import whole
from accounts import Accounts, Wanted, declare
from base import PATHS, SYSTEM_PROGRAMS, link_programs
from tree import Tree

MARKER = "nix-support/testkit-packages"
"""In a store path that stands for packages: their names, and on the second line the folder of their .deb files."""


def main() -> None:
    parent, wanted_file, closure, make_qcow2, output = map(Path, sys.argv[1:])
    wanted: dict[str, Any] = json.loads(wanted_file.read_text())
    paths = [path for path in store_paths(closure.read_text()) if path != wanted_file]
    with tempfile.TemporaryDirectory(dir=".", prefix="layer.") as temporary:
        work = Path(temporary)
        tree = Tree.load(parent / "tree.json")
        accounts = Accounts.load(parent / "accounts.json")
        before = accounts.to_json()
        output.mkdir()

        names, folders = requested(paths)
        status = install(folders, names, tree, accounts, (parent / "packages").read_text(), work)
        (output / "packages").write_text(status)
        for path in paths:
            if path not in folders:
                add_store_path(tree, path)
        shutil.copy(parent / "units", output / "units")
        add_files(tree, wanted["files"], set((parent / "units").read_text().split()), work)
        add_profiles(tree, wanted)
        declare(accounts, tree, [Wanted(**user) for user in wanted["users"]], wanted["groups"])
        if accounts.to_json() != before:
            accounts.write(tree, work / "accounts")

        write_image(tree, parent / "image", output / "image", work, make_qcow2)
        tree.save(output / "tree.json")
        accounts.save(output / "accounts.json")


def store_paths(text: str) -> list[Path]:
    """The paths in an answer of Nix: each is followed by its deriver, the number of its references and these."""
    lines = text.splitlines()
    paths = []
    while len(lines) >= 3:
        paths.append(Path(lines[0]))
        del lines[: 3 + int(lines[2])]
    return sorted(paths)


def requested(paths: list[Path]) -> tuple[set[str], list[Path]]:
    """The names of the packages that store paths stand for, and the folders with their files."""
    names: set[str] = set()
    folders = []
    for path in paths:
        if (path / MARKER).is_file():
            first, second = (path / MARKER).read_text().splitlines()
            names.update(first.split())
            folders.append(Path(second))
    return names, folders


def install(folders: list[Path], names: set[str], tree: Tree, accounts: Accounts, status: str, work: Path) -> str:
    """Unpacks the newest version of each package that is not there, and gives what is there then, in dpkg's format."""
    present = installed(status)
    newest: dict[str, tuple[str, Path]] = {}
    descriptions = {}
    for folder in folders:
        descriptions.update(stanzas((folder / "status").read_text()))
        for deb in sorted(folder.glob("*.deb")):
            name, version = name_and_version(deb)
            if present.get(name) != version and (name not in newest or is_newer(version, newest[name][0])):
                newest[name] = (version, deb)
    if not newest:
        return status
    contents = work / "contents"
    contents.mkdir()
    files = [deb for _name, (_version, deb) in sorted(newest.items())]
    programs = set(program_paths(tree))
    for deb in files:
        if name_and_version(deb)[0] not in names:
            debs.unpack(deb, tree, contents)
    # Programs that nobody asked for by name are there for those that were.
    link_programs(tree, sorted(set(program_paths(tree)) - programs))
    for deb in files:
        if name_and_version(deb)[0] in names:
            debs.unpack(deb, tree, contents)
    debs.choose_alternatives(files, tree)
    accounts.read_sysusers(tree)
    return status + "".join(descriptions[name] + "\n\n" for name in sorted(newest))


def program_paths(tree: Tree) -> list[str]:
    return [f"{path}/{name}" for path in PATHS for name in tree.names(path)]


def stanzas(status: str) -> dict[str, str]:
    """The paragraphs of a file in dpkg's format by the names of their packages."""
    found = {}
    for stanza in status.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and not line.startswith(" "))
        if "Package" in fields:
            found[fields["Package"]] = stanza
    return found


def installed(status: str) -> dict[str, str]:
    return {
        name: line.removeprefix("Version: ")
        for name, stanza in stanzas(status).items()
        for line in stanza.splitlines()
        if line.startswith("Version: ")
    }


@functools.cache
def name_and_version(deb: Path) -> tuple[str, str]:
    """By the file's name, NAME_VERSION_ARCHITECTURE.deb, in which apt writes a colon as %3a."""
    name, version, _ = deb.name.split("_")
    return name, version.replace("%3a", ":")


def is_newer(version: str, other: str) -> bool:
    return subprocess.run(["dpkg", "--compare-versions", version, "gt", other], check=False).returncode == 0


def add_store_path(tree: Tree, path: Path) -> None:
    """The path as it is here, with the modes that everything in a store has."""
    for item in [path, *(sorted(path.rglob("*")) if path.is_dir() and not path.is_symlink() else [])]:
        target = item.as_posix().lstrip("/")
        if item.is_symlink():
            tree.link(target, str(item.readlink()))
        elif item.is_dir():
            tree.directory(target, 0o555)
        else:
            tree.file(target, item, 0o555 if item.stat().st_mode & 0o111 else 0o444)


def add_files(tree: Tree, files: dict[str, dict[str, str]], units: set[str], work: Path) -> None:
    """Adds files. A unit that the base system has is kept, and the file changes it, as on NixOS."""
    (work / "files").mkdir()
    for index, (path, file) in enumerate(sorted(files.items())):
        mode = int(file.get("mode", "0644"), 8)
        if "text" in file and "unit" in file and posixpath.basename(path) in units:
            path = f"{path}.d/overrides.conf"
        if "link" in file:
            tree.link(path, file["link"])
        elif "text" in file:
            source = work / "files" / str(index)
            source.write_text(file["text"])
            tree.file(path, source, mode)
        else:
            tree.file(path, Path(file["source"]), mode)


def add_profiles(tree: Tree, wanted: dict[str, Any]) -> None:
    profiles = [(SYSTEM_PROGRAMS, wanted["systemPackages"])]
    profiles += [(f"etc/profiles/per-user/{user}/bin", paths) for user, paths in wanted["userPackages"].items()]
    for folder, paths in profiles:
        for path in paths:
            for program in sorted(Path(path).glob("bin/*")):
                tree.link(f"{folder}/{program.name}", str(program))


def write_image(tree: Tree, parent: Path, image: Path, work: Path, make_qcow2: Path) -> None:
    changed, before = work / "changed", work / "before"
    whole.copy(parent, changed)
    ext4.update(tree, changed)
    whole.copy(parent, before)
    command = [sys.executable, str(make_qcow2), str(image), "--base", str(parent), "--format", "qcow2"]
    subprocess.run([*command, "--from", str(changed), "--unlike", str(before)], check=True)


if __name__ == "__main__":
    main()
