"""Machines with systemd, as a user of the testkit has them: one boot, in which systemd/machine.nix tries everything.

With --slow the others of systemd/ instead: more boots, more machines, more packages. And then the examples of NixOS's
documentation, which are not ours to keep: NIXTEST_MANUAL_EXAMPLES names a folder with copies of them, unchanged.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import tap
from driving import build, check_passed, drive

TESTS = Path(__file__).parent / "systemd"
NEEDED = (
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("vde_switch", "vde2"),
    ("apt-get", "apt"),
    ("mke2fs", "e2fsprogs"),
    ("depmod", "kmod"),
)
SLOW = {
    "power": "a machine with systemd goes down and comes back",
    "site": "machines with systemd and a tiny one share a network and a web server",
    "tools": "packages of many kinds work",
    "untrimmed": "an untrimmed machine with systemd boots",
}
EXAMPLES = "NIXTEST_MANUAL_EXAMPLES"


def check_test(name: str, fact: str) -> None:
    if driver := build(f"{name}.driver", TESTS):
        with tap.directory() as directory:
            check_passed(fact, drive(driver, directory))


def check_example(file: Path) -> None:
    """An example as a file of its own, in which nixpkgs is the testkit, wherever the file takes it from."""
    expression = f"import {TESTS / 'example.nix'} {{ file = /. + {json.dumps(str(file), ensure_ascii=False)}; }}"
    ended = tap.run(["nix-build", "--no-out-link", "--expr", f"({expression}).driver"], patience=tap.LONG_PATIENCE)
    if ended.code != 0:
        tap.check(f"the example {file.name} builds", False, ended.errors)
        return
    with tap.directory() as directory:
        check_passed(f"the example {file.name} passes as it is", drive(Path(ended.output.strip()), directory))


def check_examples() -> None:
    folder = os.environ.get(EXAMPLES)
    if folder is None:
        tap.skip("examples of NixOS's documentation", f"{EXAMPLES} names no folder with copies of them")
        return
    for file in sorted(Path(folder).glob("*.nix")):
        check_example(file)


def main() -> None:
    for program, package in NEEDED:
        if shutil.which(program) is None:
            tap.skip("machines with systemd", f"'{program}' is not on PATH: install the package '{package}'")
            tap.leave()
    os.environ.pop("QEMU_OPTS", None)
    if sys.argv[1:] == ["--slow"]:
        for name, fact in SLOW.items():
            check_test(name, fact)
        check_examples()
    else:
        check_test("machine", "a machine with systemd does what its configuration says")
    tap.leave()


main()
