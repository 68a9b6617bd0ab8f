"""Copies kernel modules and what they depend on, uncompressed, and writes the order in which to load them.

Dependencies are read from the modules themselves, so neither kmod nor a `modules.dep` is needed.
A module that is built into the kernel is left out.

Usage: collect-modules.py MODULES_DIRECTORY OUTPUT MODULE...
OUTPUT gets the `.ko` files and `load-order`, one file name per line.
"""

import gzip
import lzma
import re
import shutil
import subprocess
import sys
from pathlib import Path


def fail(message: str) -> None:
    sys.exit(f"testkit: {message}")


def module_name(file: str) -> str:
    """The kernel's name of the module in `file`: `drivers/virtio-rng.ko.xz` is `virtio_rng`."""
    return Path(file).name.partition(".ko")[0].replace("-", "_")


def read_module(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        if shutil.which("zstd") is None:
            fail(f"the kernel module '{path}' is packed with zstd: install the package 'zstd'")
        return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def dependencies(module: bytes) -> list[str]:
    found = re.search(rb"\x00depends=([^\x00]*)\x00", module)
    return [name.replace("-", "_") for name in found[1].decode().split(",") if name] if found else []


def main() -> None:
    source, target, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    files = {module_name(path.name): path for path in sorted(source.rglob("*.ko*"))}
    builtin_list = source / "modules.builtin"
    builtin = {module_name(line) for line in builtin_list.read_text().split()} if builtin_list.exists() else set()
    target.mkdir(parents=True)
    order: list[str] = []

    def collect(name: str) -> None:
        file = f"{name}.ko"
        if name in builtin or file in order:
            return
        if name not in files:
            fail(f"the kernel in '{source}' has no module '{name}': give the testkit another 'kernel' and 'modules'")
        module = read_module(files[name])
        for dependency in dependencies(module):
            collect(dependency)
        (target / file).write_bytes(module)
        order.append(file)

    for name in wanted:
        collect(name)
    (target / "load-order").write_text("".join(f"{file}\n" for file in order))


main()
