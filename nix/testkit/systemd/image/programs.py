"""Prints the programs of packages, each as "NAME TARGET": what it is called and where it is in the guest.

Usage: programs.py DEB...
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path

import debs

FOLDERS = re.compile(r"/?((usr/)?s?bin|usr/games|usr/lib/postgresql/[0-9]+/bin)/[^/]+")


def main() -> None:
    for deb in map(Path, sys.argv[1:]):
        programs = {
            posixpath.basename(link): path
            for link, _name, path, _priority in debs.alternatives(deb)
            if FOLDERS.fullmatch(link)
        }
        programs |= {posixpath.basename(path): f"/{path}" for path in debs.paths(deb) if FOLDERS.fullmatch(path)}
        for name, target in sorted(programs.items()):
            sys.stdout.write(f"{name} {target}\n")


if __name__ == "__main__":
    main()
