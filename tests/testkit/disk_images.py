"""builders/make-qcow2.py, whose images QEMU itself reads and writes here."""

import json
import os
import random
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import tap

PROGRAM = tap.REPOSITORY / "nix/testkit/builders/make-qcow2.py"
MIB = 1 << 20
SECTOR = 512
CLUSTER = 1 << 16
TABLE = CLUSTER * CLUSTER // 8
"""Bytes of a disk for which one second-level table stands."""


def make(*arguments: str | Path) -> tap.Ended:
    return tap.run([sys.executable, "-B", PROGRAM, *arguments])


def ask_qemu(image: Path, commands: Sequence[str]) -> str:
    """What QEMU prints when it does these commands of `qemu-io` on the image."""
    requests: list[dict[str, object]] = [{"execute": "qmp_capabilities"}]
    for command in commands:
        line = f'qemu-io disk "{command}"'
        requests.append({"execute": "human-monitor-command", "arguments": {"command-line": line}})
    requests.append({"execute": "quit"})
    said = tap.run(
        [
            *("qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none", "-qmp", "stdio"),
            *("-drive", f"if=none,id=disk,format=qcow2,file={image}"),
        ],
        joined=True,
        typed="\n".join(map(json.dumps, requests)) + "\n",
    ).output
    # The monitor's own lines, each written at once, may stand anywhere in the text, which is written in pieces.
    return re.sub(r'\{"(QMP|return|timestamp)": .*\}\r?\n', "", said)


def check_contents(name: str, image: Path, commands: Sequence[str]) -> None:
    """QEMU must be able to read and write all that the commands say, and find the patterns that they name."""
    said = ask_qemu(image, commands)
    # Two lines for each command that went well: what was done, and how fast.
    wanted = r"(read|wrote) \d+/\d+ bytes at offset \d+$|\d.* ops; .* sec "
    other = [line for line in said.splitlines() if not re.match(wanted, line)]
    done = len(re.findall("bytes at offset", said))
    tap.check(name, not other and done == len(commands), "\n".join([f"{done} of {len(commands)} done", *other[:20]]))


def check_converted(directory: Path) -> None:
    raw, image = directory / "raw", directory / "converted.qcow2"
    size = 2 * TABLE + 5 * MIB + 100
    # On both sides of every border there is.
    places = [0, CLUSTER - SECTOR, CLUSTER, TABLE - SECTOR, TABLE, 2 * TABLE + 3 * CLUSTER + SECTOR]
    with raw.open("wb") as file:
        for index, place in enumerate(places):
            file.seek(place)
            file.write(bytes([index + 1]) * SECTOR)
        file.truncate(size)
    make(image, "--from", raw)
    reads = [f"read -P {index + 1} {place} {SECTOR}" for index, place in enumerate(places)]
    reads += [f"read -P 0 {10 * CLUSTER} {CLUSTER}", f"read -P 0 {2 * TABLE + 5 * MIB} {SECTOR}"]
    check_contents("a copy of a raw image reads like the original", image, reads)
    held = image.stat().st_blocks * SECTOR
    tap.check("what is empty takes no room", held < 16 * CLUSTER, f"{held} bytes")

    overlay = directory / "overlay.qcow2"
    make(overlay, "--base", image, "--format", "qcow2", "--size", str(size // MIB + 10))
    writes = [f"write -P 77 {CLUSTER} {SECTOR}", f"read -P 77 {CLUSTER} {SECTOR}", *reads[:2], *reads[3:]]
    # Beyond the end of the base.
    writes += [f"read -P 0 {size + MIB} {SECTOR}", f"write -P 5 {size + MIB // SECTOR * SECTOR} {CLUSTER}"]
    check_contents("an overlay reads its base, and keeps what is written", overlay, writes)
    check_contents("a base is never written to", image, reads)


def check_raw_base(directory: Path) -> None:
    raw, image = directory / "plain", directory / "over raw.qcow2"
    raw.write_bytes(b"\x09" * 3 * SECTOR)
    make(image, "--base", raw, "--format", "raw", "--size", "1")
    commands = [f"read -P 9 0 {3 * SECTOR}", f"read -P 0 {MIB - SECTOR} {SECTOR}"]
    check_contents("an overlay may be larger than its raw base", image, commands)


def check_blank(directory: Path) -> None:
    for size in (1, 16, 3_000_000):
        image = directory / f"blank-{size}.qcow2"
        make(image, "--size", str(size))
        end = size * MIB - SECTOR
        commands = [f"read -P 0 {end} {SECTOR}", f"write -P 1 {end} {SECTOR}", f"read -P 1 {end} {SECTOR}"]
        check_contents(f"a blank disk of {size} MiB is usable to its end", image, commands)


def check_random(directory: Path) -> None:
    """Whole clusters of data with holes between them, anywhere."""
    raw, image = directory / "random", directory / "random.qcow2"
    seed = int(os.environ.get("TESTKIT_SEED", random.randrange(1 << 32)))
    chance = random.Random(seed)
    contents = {index: chance.randrange(1, 256) for index in chance.sample(range(3000), 200)}
    with raw.open("wb") as file:
        for index, value in contents.items():
            file.seek(index * CLUSTER)
            file.write(bytes([value]) * CLUSTER)
        file.truncate(3000 * CLUSTER)
    make(image, "--from", raw)
    reads = [f"read -P {contents.get(index, 0)} {index * CLUSTER} {CLUSTER}" for index in range(0, 3000, 3)]
    check_contents(f"scattered data arrives (TESTKIT_SEED={seed})", image, reads)


def main() -> None:
    if shutil.which("qemu-system-x86_64") is None:
        tap.skip("disk images", "'qemu-system-x86_64' is not on PATH: install the package 'qemu-system-x86'")
        tap.leave()
    for check in (check_converted, check_raw_base, check_blank, check_random):
        with tap.directory() as directory:
            check(directory)
    with tap.directory() as directory:
        wrong = directory / "no image"
        wrong.write_bytes(b"text")
        ended = make(directory / "over.qcow2", "--base", wrong, "--format", "qcow2")
        tap.equal("a base that is no image is named", ended.errors, f"testkit: '{wrong}' is not a qcow2 image\n")
    tap.leave()


main()
