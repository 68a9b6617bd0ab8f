"""Makes a template: boots the machine by itself, saves it where its root shell has just announced itself, and restores
it once to see that this works."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FrameType

import images
import wake
from command_line import CommandLine
from control import Ended, Qemu
from refusal import LastingRefusal, Refusal
from store import Template, remove_tree

BOOT_SECONDS = 600
START_SECONDS = 60
END_SECONDS = 60
SPARE = 64 << 20
"""Bytes that are to be free besides the machine's memory: its disks' first writes, and room for others."""
MESSAGES = "messages"
PR_SET_PDEATHSIG = 1


class Interrupted(BaseException):
    """A signal asks this process to end."""

    def __init__(self, number: int) -> None:
        self.number = number


def make(line: CommandLine, template: Template, say: Callable[[bytes], None]) -> None:
    """Make the template, whose lock this process holds alone, or write down why there can be none.

    `say` gets what the machine prints on its serial console as it boots. Raises Refusal, and Interrupted on a signal
    that would end the process. Neither leaves a process or a file behind.
    """
    with interruptible():
        mask = os.umask(0o077)
        try:
            remove_tree(template.making)
            template.store.make_room(line.memory + SPARE, keep=template.key)
            os.mkdir(template.making)
            try:
                template.publish(_make(line, template.making, say))
            except LastingRefusal as refusal:
                remove_tree(template.making)
                os.mkdir(template.making)
                template.publish({"refused": str(refusal)})
            template.store.make_room(0, keep=template.key)
        finally:
            remove_tree(template.making)
            os.umask(mask)


def _make(line: CommandLine, directory: str, say: Callable[[bytes], None]) -> dict[str, object]:
    began = time.time()
    memory = os.path.join(directory, "memory")
    disks = [os.path.join(directory, f"disk-{number}") for number in range(len(line.disks))]
    for disk, path in zip(line.disks, disks, strict=True):
        images.copy(disk.path, path)
    with open(memory, "wb") as file:
        file.truncate(line.memory)
    with (
        open(os.path.join(directory, "serial"), "wb") as serial,
        open(os.path.join(directory, "state"), "w+b") as state,
    ):

        def on_serial(data: bytes) -> None:
            serial.write(data)
            say(data)

        with running(line, directory, disks, line.memory_in(memory, share="on"), on_serial) as qemu:
            version = qemu.greet(START_SECONDS)
            qemu.await_banner(BOOT_SECONDS)
            qemu.warm_up()
            if qemu.run(wake.PREPARATION):
                raise LastingRefusal(f"its root shell cannot write to '{wake.PATH}'")
            qemu.save(state.write)
            qemu.command("quit")
        state.seek(0)
        _try(line, directory, disks, memory, state.read())
    os.unlink(os.path.join(directory, MESSAGES))
    return {"machine": line.name, "qemu": version, "made": int(began)}


def _try(line: CommandLine, directory: str, disks: list[str], memory: str, state: bytes) -> None:
    """Restore what was saved, apart from everything; what cannot be restored is no template."""
    copies = [f"{disk}.trial" for disk in disks]
    for disk, path in zip(disks, copies, strict=True):
        images.copy(disk, path)
    more = [*line.memory_in(memory, share="off"), "-incoming", "defer"]
    try:
        with running(line, directory, copies, more, lambda _: None) as qemu:
            qemu.greet(START_SECONDS)
            qemu.restore(state)
            qemu.wake()
            qemu.command("quit")
    except Ended as ended:
        raise LastingRefusal(f"QEMU cannot restore what it saved of this machine ({ended})") from ended
    for path in copies:
        os.unlink(path)


@contextmanager
def running(
    line: CommandLine, directory: str, disks: list[str], more: list[str], on_serial: Callable[[bytes], None]
) -> Iterator[Qemu]:
    """QEMU with the machine by itself, which the body tells to quit; after an exception it is killed.

    An end that nobody asked for is raised as Ended, with QEMU's last words.
    """
    messages = os.path.join(directory, MESSAGES)
    with ExitStack() as opened:
        pairs = [socket.socketpair() for _ in range(3)]
        for end in (end for pair in pairs for end in pair):
            opened.enter_context(end)
        (qmp, _), (shell, _), (serial, _) = pairs
        theirs = [end.fileno() for _, end in pairs]
        process = subprocess.Popen(
            line.for_making(disks, *theirs) + more,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=opened.enter_context(open(messages, "wb")),
            pass_fds=theirs,
            preexec_fn=partial(die_with, os.getpid()),
        )
        qemu = Qemu(qmp, shell, serial, on_serial)
        try:
            for _, end in pairs:
                end.close()
            yield qemu
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Refusal("QEMU did not end when it was told to") from error
        except Ended as ended:
            if qemu.was_told_to_end:
                raise Refusal("somebody ended its QEMU") from ended
            raise Ended(f"QEMU ended: {reason(process, messages)}") from ended
        finally:
            process.kill()
            process.wait()


def reason(process: "subprocess.Popen[bytes]", messages: str) -> str:
    """Why QEMU ended, by its exit status and what it said last."""
    try:
        status = process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        return "it hung up"
    if status == -signal.SIGBUS:
        return "there was no room for the machine's memory"
    with open(messages, errors="replace", encoding="utf-8") as file:
        lines = [line for line in file.read().split("\n") if line.strip() and ": warning: " not in line]
    return lines[-1] if lines else f"status {status}"


def die_with(parent: int) -> None:
    """In a new process: the kernel kills it when `parent` is killed and cannot do so itself."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


@contextmanager
def interruptible() -> Iterator[None]:
    """Has the signals that would end this process raise Interrupted instead."""

    def interrupt(number: int, _: FrameType | None) -> None:
        raise Interrupted(number)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
