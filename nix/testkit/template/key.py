"""What a template depends on, as the name of its directory."""

import hashlib
import json
import os
import re

import images
from command_line import CommandLine
from refusal import Refusal
from store import FORMAT, fingerprint

VERSION_SECONDS = 20
HERE = os.path.dirname(os.path.abspath(__file__))


def key_of(line: CommandLine) -> str:
    """Two starts have the same key if the one can be a clone of the other's template. Raises Refusal, OSError."""
    disks = [images.origin(disk.path) for disk in line.disks]
    files = sorted({*line.files, *(backing for _, backing in disks if backing)})
    facts = {
        "format": FORMAT,
        "program": program(line.program),
        "host": host(line),
        "seen": line.seen,
        "disks": disks,
        "files": {path: fingerprint(path) for path in files},
        # This program itself, which decides what is in a template.
        "sources": {
            name: digest(os.path.join(HERE, name)) for name in sorted(os.listdir(HERE)) if name.endswith(".py")
        },
    }
    digits = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    # See store.KEY.
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', line.name)[:40] or 'machine'}-{digits[:24]}"


def program(name: str) -> list[object]:
    """Which QEMU this is: its file and, of a script that may start any, the version."""
    for directory in os.get_exec_path() if "/" not in name else [""]:
        path = os.path.realpath(os.path.join(directory, name))
        if os.path.isfile(path) and os.access(path, os.X_OK):
            break
    else:
        raise Refusal(f"there is no program '{name}'")
    with open(path, "rb") as file:
        is_binary = file.read(4) == b"\x7fELF"
    return [path, fingerprint(path), "" if is_binary else version(path)]


def version(path: str) -> str:
    import subprocess

    try:
        asked = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=VERSION_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refusal(f"'{path} --version' does not end") from error
    return asked.stdout


def host(line: CommandLine) -> list[str]:
    """With KVM the guest may see the host's processor; under emulation it does not matter where it runs."""
    if not any("kvm" in word for words in line.seen for word in words):
        return []
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        processor = file.read().split("\n\n")[0]
    described = [text for text in processor.split("\n") if text.startswith(("model name", "flags", "microcode"))]
    return [os.uname().release, *described]


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
