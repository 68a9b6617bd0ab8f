"""Makes the image that all systemd guests share, out of packages and of the files beside this program.

Usage: base.py PACKAGES FILES KERNEL MODULES MEBIBYTES MAKE_QCOW2 OUTPUT
PACKAGES is a folder of .deb files, FILES what lies in the guest over them, MAKE_QCOW2 the program make-qcow2.py. The
folder OUTPUT gets `image` and what the layers over it have to know: `tree.json`, `accounts.json`, `packages`, `units`.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import debs
import ext4
from accounts import NO_LOGIN, Accounts, User
from tree import Tree, fail

MERGED = ("bin", "sbin", "lib", "lib64")
"""Folders that are the ones of the same name below /usr, in every distribution of today."""

UNUSED_MODULES = re.compile(r"kernel/(sound|drivers/(gpu|media|infiniband|staging|net/(ethernet|wireless)))/.*")
"""Drivers of hardware that no virtual machine has: most of what a full kernel weighs."""

GROUPS = ("wheel", "input", "kvm", "render", "sgx", "systemd-journal", "crontab")
"""Groups that rules of udev and configurations written for NixOS name, where no package declares them as data."""

PROGRAMS = "usr/lib/testkit/bin"
"""What every program of the guest finds: the base system and what requested packages depend on."""
SYSTEM_PROGRAMS = "usr/lib/testkit/system/sw/bin"
"""What logins find: the above and the system's packages. /run/current-system leads to usr/lib/testkit/system."""
PATHS = ("usr/local/bin", "usr/local/sbin", "usr/bin", "usr/sbin", "usr/games")
SETUID = ("su", "sudo", "mount", "umount", "newgrp", "passwd", "chsh", "ping", "unix_chkpwd")


def main() -> None:
    packages, files, kernel, modules, mebibytes, make_qcow2, output = sys.argv[1:]
    folder = Path(output)
    with tempfile.TemporaryDirectory(dir=".", prefix="base.") as temporary:
        work = Path(temporary)
        tree = Tree()
        unpack_all(sorted(Path(packages).glob("*.deb")), tree, work / "contents")
        add_modules(tree, Path(kernel), Path(modules), work)
        tree.copy(Path(files))
        accounts = distribution_accounts(tree)
        accounts.write(tree, work / "accounts")
        arrange(tree, accounts)
        add_certificates(tree, work / "certificates")
        link_programs(tree, [name for path in PATHS for name in programs_of(tree, path)])
        folder.mkdir()
        ext4.create(tree, work / "image", int(mebibytes))
        # Nix reads what it stores, holes and all, so the image is stored without them.
        convert = [sys.executable, make_qcow2, str(folder / "image"), "--from", str(work / "image")]
        subprocess.run(convert, check=True)
        tree.save(folder / "tree.json")
        accounts.save(folder / "accounts.json")
        shutil.copy(Path(packages) / "status", folder / "packages")
        (folder / "units").write_text("".join(f"{name}\n" for name in tree.names("usr/lib/systemd/system")))


def unpack_all(files: list[Path], tree: Tree, contents: Path) -> None:
    contents.mkdir()
    for name in MERGED:
        tree.directory(f"usr/{name}")
        tree.link(name, f"usr/{name}")
    # Before the packages, some of which still have folders here.
    for path in ("run", "run/lock"):
        tree.directory(path)
    tree.link("var/run", "/run")
    tree.link("var/lock", "/run/lock")
    for deb in files:
        debs.unpack(deb, tree, contents)
    debs.choose_alternatives(files, tree)


def distribution_accounts(tree: Tree) -> Accounts:
    accounts = Accounts()
    accounts.read_distribution(tree)
    for group in GROUPS:
        accounts.add_group(group)
    # The script of openssh-server makes this one.
    accounts.add_user("sshd", User(-1, accounts.groups["nogroup"].gid, "", "/run/sshd", NO_LOGIN), None)
    accounts.users["root"].password = ""
    return accounts


def arrange(tree: Tree, accounts: Accounts) -> None:
    """Folders, modes and links that scripts of packages see to."""
    for path, mode in (("root", 0o700), ("tmp", 0o1777), ("var/tmp", 0o1777), ("etc/ssh", 0o755), ("home", 0o755)):
        tree.directory(path, mode)
    for path in ("dev", "proc", "sys", "run", "mnt", "var/lib/dbus", "var/log", "var/empty"):
        tree.directory(path)
    tree.permit("etc/sudoers", 0o440)
    # NixOS gives ping a wrapper; its capability would need an attribute that not every image tool writes.
    tree.permit("usr/bin/ping", 0o4755)
    helper = "usr/lib/dbus-1.0/dbus-daemon-launch-helper"
    tree.permit(helper, 0o4754, accounts.groups["messagebus"].gid if "messagebus" in accounts.groups else 0)
    tree.link("var/lib/dbus/machine-id", "/etc/machine-id")
    tree.link("etc/mtab", "../proc/self/mounts")
    tree.link("etc/localtime", "/usr/share/zoneinfo/UTC")
    tree.link("etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target")
    # The driver's commands use bash's `pipefail`, and so do scripts that were written for NixOS.
    tree.link("usr/bin/sh", "bash")
    for name in SETUID:
        if target := next((path for path in PATHS if tree.get(f"{path}/{name}") is not None), None):
            tree.link(f"usr/lib/testkit/wrappers/bin/{name}", f"/{target}/{name}")
    name = "nsswitch.conf"
    if tree.get(f"etc/{name}") is None and (entry := tree.get(f"usr/share/libc-bin/{name}")) is not None:
        tree.file(f"etc/{name}", Path(entry.source))


def add_certificates(tree: Tree, bundle: Path) -> None:
    """All authorities in the one file that programs look for."""
    folder = "usr/share/ca-certificates/mozilla"
    with bundle.open("wb") as file:
        for name in tree.names(folder):
            if (entry := tree.get(f"{folder}/{name}")) is not None and entry.kind == "file":
                file.write(Path(entry.source).read_bytes())
    tree.file("etc/ssl/certs/ca-certificates.crt", bundle)


def programs_of(tree: Tree, path: str) -> list[str]:
    return [posixpath.join(path, name) for name in tree.names(path)] if tree.get(path) else []


def link_programs(tree: Tree, paths: list[str]) -> None:
    """Makes programs visible to everybody; of two with one name the first in order counts."""
    seen: set[str] = set()
    for path in paths:
        name = posixpath.basename(path)
        if name not in seen:
            seen.add(name)
            tree.link(f"{PROGRAMS}/{name}", f"/{path}")
            tree.link(f"{SYSTEM_PROGRAMS}/{name}", f"/{path}")


def add_modules(tree: Tree, kernel: Path, modules: Path, work: Path) -> None:
    """The kernel's modules with the index that modprobe reads, which `depmod` makes."""
    version = kernel_version(kernel.read_bytes())
    index = work / "modules"
    target = index / "lib/modules" / version
    for file in sorted(path for path in modules.rglob("*") if path.is_file() and not path.is_symlink()):
        relative = file.relative_to(modules).as_posix()
        if not UNUSED_MODULES.fullmatch(relative) and not relative.startswith(("build", "source")):
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            (target / relative).symlink_to(file)
            tree.file(f"usr/lib/modules/{version}/{relative}", file)
    index_modules(index, version)
    for file in sorted(target.glob("modules.*")):
        if not file.is_symlink():
            tree.file(f"usr/lib/modules/{version}/{file.name}", file)


def index_modules(folder: Path, version: str) -> None:
    done = subprocess.run(["depmod", "-b", str(folder), version], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"'depmod' failed: {done.stderr.strip()}")


def kernel_version(image: bytes) -> str:
    """The version in an ELF kernel or a bzImage, as in 'uname -r'."""
    if image[0x202:0x206] == b"HdrS":
        (offset,) = struct.unpack_from("<H", image, 0x20E)
        return image[0x200 + offset :].split(b" ", 1)[0].decode()
    found = re.search(rb"Linux version (\S+) ", image)
    if found is None:
        fail("the guest's kernel does not say its version: give the testkit another 'kernel'")
    return found[1].decode()


if __name__ == "__main__":
    main()
