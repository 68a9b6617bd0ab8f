"""Real machines: drivers of machines/*.nix are built and run, and what comes of it is looked at."""

import json
import os
import re
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor

import tap
from driving import TESTS, build, check_passed, drive

EXAMPLE = tap.REPOSITORY / "tests/example"
PARTS = """
  let vm = (import {example} {{ }}).hello.nodes.machine.system.build.vm;
  in {{ inherit (vm) kernel; inherit (vm.initrd) modules bash busybox; }}
"""
"""Of which files the tiny guest is made, by the testkit's arguments for them."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at; all are held until all are known, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def check_networks() -> None:
    if driver := build("networks.driver"):
        with tap.directory() as directory:
            check_passed("two machines on two networks reach each other by name", drive(driver, directory))
    if driver := build("network.driver", EXAMPLE):
        with tap.directory() as directory:
            check_passed("the example with a network passes", drive(driver, directory))


def check_disks() -> None:
    driver = build("disks.driver")
    if driver is None:
        return
    with tap.directory() as directory:
        # As if left by an earlier run: a disk counts only if the caller asks for it.
        first = drive(driver, directory)
        check_passed("a disk outlives its machine", first)
        second = drive(driver, directory, "--keep-machine-state")
        check_passed("a machine starts with the state that was kept", second)
        runs = re.findall("this was run (.*) of the disk", first.output + second.output)
        tap.equal("a kept disk is the one of the run before", runs, ["1", "2"])


def check_snapshots() -> None:
    if driver := build("snapshots.driver"):
        with tap.directory() as directory:
            check_passed("a machine is saved and taken back, and may have no disk", drive(driver, directory))


def check_ports() -> None:
    forwarded, option, runtime = free_ports(3)
    if driver := build("ports.driver", TESTS, "--arg", "port", str(forwarded)):
        with tap.directory() as directory:
            ended = drive(
                driver,
                directory,
                FORWARDED_PORT=str(forwarded),
                OPTION_PORT=str(option),
                RUNTIME_PORT=str(runtime),
                QEMU_NET_OPTS=f"hostfwd=tcp:127.0.0.1:{option}-:80",
            )
            check_passed("the host reaches a machine by every kind of forwarded port", ended)


def check_two_at_once() -> None:
    """The same test twice at the same time, once by each kind of wrapper."""
    drivers = build("merged.driver"), build("merged.driverInteractive")
    if drivers[0] is None or drivers[1] is None:
        return
    with tap.directory() as here, tap.directory() as there, ThreadPoolExecutor(2) as pool:
        by_file = pool.submit(drive, drivers[0], here)
        by_environment = pool.submit(drive, drivers[1], there, "--no-interactive")
        for name, ended in (("file", by_file.result()), ("environment", by_environment.result())):
            check_passed(f"a driver that is told by its {name} passes beside another", ended)
            scripts = re.findall("^script: (.*)$", ended.output, re.MULTILINE)
            tap.equal(f"scripts of several modules run in their order ({name})", scripts, ["begin merger main"])


def check_long_directory() -> None:
    driver = build("merged.driver")
    if driver is None:
        return
    with tap.directory() as directory:
        long = directory / ("x" * 100)
        ended = drive(driver, long)
        tap.check(
            "a directory that is too long for sockets is named, with the remedy",
            ended.code == 1 and str(long) in ended.output and "to a shorter directory" in ended.output,
            f"exit code {ended.code}\n{ended.output}",
        )


def check_user() -> None:
    """A test as a build, by a user with no rights and a store of their own, from a checkout with an odd path.

    The guest's parts are those of our own store, which saves their download.
    """
    with tap.directory() as directory:
        directory.chmod(0o755)
        checkout = tap.copy_checkout(directory / "ä b")
        home = directory / "home"
        home.mkdir()
        if tap.AS_NOBODY:
            os.chown(home, tap.NOBODY, tap.NOBODY)
        if build("hello.driver", EXAMPLE) is None:
            return
        told = tap.run(["nix-instantiate", "--eval", "--strict", "--json", "--expr", PARTS.format(example=EXAMPLE)])
        parts = " ".join(f"{name} = {json.dumps(path)};" for name, path in json.loads(told.output).items())
        testkit = json.dumps(str(checkout / "nix/testkit"), ensure_ascii=False)
        ended = tap.run(
            [
                *(*tap.AS_NOBODY, "nix-build", "--no-out-link", checkout / "tests/example", "--attr", "hello"),
                *("--arg", "testkit", f"import (/. + {testkit}) {{ {parts} }}"),
            ],
            environment={
                "HOME": str(home),
                "USER": "somebody",
                "NIX_REMOTE": "local",
                "NIX_STORE_DIR": str(home / "store"),
                "NIX_STATE_DIR": str(home / "state"),
                "NIX_LOG_DIR": str(home / "log"),
                "XDG_RUNTIME_DIR": None,
                "TMPDIR": None,
            },
            directory=home,
        )
        passed = ended.code == 0 and "subtest: the greeting arrives" in ended.errors
        tap.check(
            "a user without rights builds and runs a test in a store of their own",
            passed and ended.output.startswith(f"{home}/store/"),
            f"exit code {ended.code}\n{ended.output}{ended.errors}",
        )


def main() -> None:
    for program, package in (("qemu-system-x86_64", "qemu-system-x86"), ("vde_switch", "vde2")):
        if shutil.which(program) is None:
            tap.skip("machines", f"'{program}' is not on PATH: install the package '{package}'")
            tap.leave()
    os.environ.pop("QEMU_OPTS", None)
    check_networks()
    check_disks()
    check_snapshots()
    check_ports()
    check_two_at_once()
    check_long_directory()
    check_user()
    tap.leave()


main()
