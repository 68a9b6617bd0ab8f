"""bin/run-NAME-vm without a machine: a stand-in for QEMU tells how it was started."""

import json
import os
import re
from pathlib import Path

import tap

MACHINES = Path(__file__).parent / "machines"
STAND_IN = """#!/usr/bin/env python3
import json, os, sys
if any("isa-debug-exit" in word for word in sys.argv):
    sys.exit(int(os.environ.get("PROBE_CODE", "1")))
print(json.dumps([sys.argv[1:], os.getcwd()]))
"""
BLANK_DISK_BYTES = 1 << 16
"""More than an image may take on the host's disk while nothing was written to it."""


class Started:
    """How the script started QEMU."""

    def __init__(self, ended: tap.Ended) -> None:
        self.code = ended.code
        self.errors = ended.errors
        words, self.directory = json.loads(ended.output) if ended.code == 0 and ended.output else ([], "")
        # What lies in the store goes by its name.
        self.words = [re.sub(r"/\S*?/store/[0-9a-z]{32}-", "$store/", word) for word in words]

    def value(self, option: str, contains: str = "") -> str:
        """What follows the first `option` in the command line whose value has `contains` in it."""
        pairs = zip(self.words, self.words[1:], strict=False)
        return next((value for word, value in pairs if word == option and contains in value), "")


class Script:
    """A start script, run in a folder of its own as a driver would."""

    def __init__(self, script: Path, directory: Path) -> None:
        self.script = script
        self.directory = directory
        self.state = directory / "state"
        self.state.mkdir(exist_ok=True)
        self.programs = directory / "programs"
        self.add_program("qemu-system-x86_64", STAND_IN)

    def add_program(self, name: str, text: str) -> None:
        self.programs.mkdir(exist_ok=True)
        program = self.programs / name
        program.write_text(text)
        program.chmod(0o755)

    def start(self, *arguments: str, **changes: str | None) -> Started:
        environment: dict[str, str | None] = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "TMPDIR": str(self.state),
            "USE_TMPDIR": "1",
            "QEMU_OPTS": "-machine accel=tcg",
            **changes,
        }
        return Started(tap.run([self.script, *arguments], environment=environment, directory=self.state))


def check_words(script: Script) -> None:
    """A machine with everything, in the directory of a driver."""
    started = script.start(
        *("-serial", "stdio"),
        QEMU_OPTS="-machine accel=tcg  -snapshot",
        QEMU_NET_OPTS="hostfwd=tcp:127.0.0.1:2222-:22",
        QEMU_KERNEL_PARAMS="last=1 word",
        QEMU_VDE_SOCKET_1="/run/with,comma/vde1.ctl",
    )
    kernel_parameters = started.value("-append")
    tap.equal("the kernel's parameters end with those of the environment", kernel_parameters[-12:], " last=1 word")
    place = script.state
    tap.equal(
        "a machine's whole command line",
        [word for word in started.words if word != kernel_parameters],
        [
            *("-name", "web-1", "-nodefaults", "-no-user-config", "-machine", "pc,accel=tcg", "-cpu", "max"),
            *("-m", "128", "-smp", "1", "-device", "VGA"),
            *("-kernel", "$store/testkit-parts/kernel", "-initrd", "$store/testkit-vm-web-1/initrd", "-append"),
            *("-netdev", "user,id=user.0,hostfwd=tcp:127.0.0.1:2222-:22"),
            *("-device", "virtio-net-pci,netdev=user.0,romfile="),
            *("-netdev", "vde,id=vlan1,sock=/run/with,,comma/vde1.ctl"),
            *("-device", "virtio-net-pci,netdev=vlan1,mac=52:54:00:12:01:02,romfile="),
            *("-netdev", "hubport,id=vlan2,hubid=2"),
            *("-device", "virtio-net-pci,netdev=vlan2,mac=52:54:00:12:02:02,romfile="),
            *("-drive", f"if=none,id=root,file={place}/web-1.qcow2,format=qcow2,cache=unsafe"),
            *("-device", "virtio-blk-pci,drive=root,serial=root"),
            *("-machine", "accel=tcg", "-snapshot", "-serial", "stdio"),
        ],
    )
    tap.equal("a machine runs in the directory that the driver gives it", started.directory, str(place))


def check_disks(script: Script) -> None:
    script.start()
    files = sorted(path.name for path in script.state.iterdir())
    tap.equal("disks are made where the machine runs", files, ["empty0.qcow2", "empty1.qcow2", "machine.qcow2"])
    sizes = {path.name: path.stat().st_blocks * 512 for path in script.state.iterdir()}
    tap.check("a blank disk takes no room", all(size < BLANK_DISK_BYTES for size in sizes.values()), str(sizes))

    for name in files:
        (script.state / name).write_text("written by a machine")
    script.start()
    kept = {(script.state / name).read_bytes() for name in files}
    tap.equal("a disk that is there is kept", kept, {b"written by a machine"})

    elsewhere = script.directory / "a, b/ä's $HOME"
    elsewhere.mkdir(parents=True)
    drive = script.start(NIX_DISK_IMAGE=str(elsewhere / "disk")).value("-drive", "id=root")
    tap.equal(
        "NIX_DISK_IMAGE says where the first disk is, whatever the name",
        (drive, (elsewhere / "disk").is_file()),
        (f"if=none,id=root,file={str(elsewhere).replace(',', ',,')}/disk,format=qcow2,cache=unsafe", True),
    )
    script.start(NIX_DISK_IMAGE="../relative")
    tap.check("a relative NIX_DISK_IMAGE is the caller's", (script.directory / "relative").is_file())


def check_directory(script: Script) -> None:
    """Without a driver: by hand, or by a program that only sets TMPDIR."""
    started = script.start(USE_TMPDIR=None)
    fresh = Path(started.directory)
    tap.check(
        "without USE_TMPDIR a machine runs in a fresh directory",
        fresh.parent == script.state and fresh.name.startswith("testkit-vm."),
        str(fresh),
    )
    drive = started.value("-drive", "id=root")
    tap.check("its disk stays where it was called", f"file={script.state}/machine.qcow2," in drive, drive)


def check_acceleration(script: Script) -> None:
    name = "KVM is used if it runs a kernel, unless the caller chose"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        tap.skip(name, "there is no /dev/kvm")
        return
    machines = [
        script.start(QEMU_OPTS=None, PROBE_CODE="33").value("-machine"),
        script.start(QEMU_OPTS=None, PROBE_CODE="1").value("-machine"),
        script.start(PROBE_CODE="33").value("-machine"),
    ]
    tap.equal(name, machines, ["pc,accel=kvm:tcg", "pc,accel=tcg", "pc,accel=tcg"])


def check_template(script: Script) -> None:
    script.add_program("python3", '#!/bin/sh\nprintf "%s\\n" "$@" | head -n 7 >&2\nexit 3\n')
    started = script.start(TESTKIT_TEMPLATES="/some where")
    words = re.sub(r"/\S*?/store/[0-9a-z]{32}-", "$store/", started.errors).splitlines()
    tap.equal(
        "TESTKIT_TEMPLATES hands QEMU's whole command line to the keeper of templates",
        (started.code, words),
        (3, ["-I", "-S", "-B", "$store/testkit-template", "/some where", "--", "qemu-system-x86_64"]),
    )


def check_missing_qemu(script: Script) -> None:
    script.programs.joinpath("qemu-system-x86_64").unlink()
    for name in ("bash", "readlink", "mktemp", "cp", "mv"):
        script.programs.joinpath(name).symlink_to(f"/bin/{name}")
    started = script.start(PATH=str(script.programs))
    tap.equal(
        "without QEMU a machine says what to install",
        (started.code, started.errors),
        (1, "testkit: 'qemu-system-x86_64' is not on PATH: install the package 'qemu-system-x86'\n"),
    )


def build(attribute: str) -> Path | None:
    ended = tap.run(["nix-build", "--no-out-link", MACHINES, "--attr", attribute])
    if ended.code != 0:
        tap.check(f"{attribute} builds", False, ended.errors)
        return None
    return next(Path(ended.output.strip()).glob("bin/run-*-vm"))


def main() -> None:
    if web := build('networks.nodes."web-1".system.build.vm'):
        with tap.directory() as directory:
            check_words(Script(web, directory))
    if machine := build("disks.nodes.machine.system.build.vm"):
        for check in (check_disks, check_directory, check_acceleration, check_template, check_missing_qemu):
            with tap.directory() as directory:
                check(Script(machine, directory))
    tap.leave()


main()
