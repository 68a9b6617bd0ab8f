"""Starts a machine as a clone of its template, and makes the template first if there is none.

    python3 -I -S -B THIS_FOLDER TEMPLATES -- qemu-system-x86_64 ARGUMENT…

stands for `qemu-system-x86_64 ARGUMENT…`: it becomes that QEMU, under its process id and with its standard streams,
and the machine's root shell announces itself on its socket as after a boot, only sooner. TEMPLATES is a directory
(absolute, this user's). Where there is no template to be had the machine boots. One line on standard output, which is
the serial console, says what it was.

A clone's memory is a private view of the template's file, its disks are copies, and the state of its devices is loaded
by a process beside it that ends as soon as the machine runs. TESTKIT_TEMPLATES_LIMIT is how many GiB all templates may
take (default 8); those used longest ago are removed.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import images
from command_line import CommandLine
from control import Ended, Qemu
from key import key_of
from refusal import Refusal
from store import Store, Template

LIMIT = "TESTKIT_TEMPLATES_LIMIT"
START_SECONDS = 600


def main() -> None:
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit("usage: python3 -I -S -B template TEMPLATES -- qemu-system-x86_64 ARGUMENT…")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C is no failure of this program, to be reported in its words.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    directory, words = sys.argv[1], sys.argv[3:]
    try:
        become_clone(directory, words)
    except Refusal as refusal:
        note(f"boots normally, without a template: {refusal}")
    except OSError as error:
        note(f"boots normally, its template cannot be used: {error}")
    become(words)


def become_clone(directory: str, words: list[str]) -> NoReturn:
    """Become a clone of the machine; raises Refusal or OSError as long as it can still be booted instead."""
    line = CommandLine(words, os.getcwd())
    template = Template(Store(directory, limit()), key_of(line))
    manifest = take(template, line)
    if "refused" in manifest:
        raise Refusal(manifest["refused"])
    template.touch()
    with open(template.file("state"), "rb") as file:
        state = file.read()
    fresh = copied_disks(line, template)
    (our_qmp, qmp), (our_shell, shell) = socket.socketpair(), socket.socketpair()

    def accompany() -> None:
        qmp.close()
        shell.close()
        lead(Qemu(our_qmp, our_shell), line, template, state)

    beside(accompany)
    put_in_place(fresh, line)
    note(f"starts as a clone of '{template.path}'")
    qmp.set_inheritable(True)
    shell.set_inheritable(True)
    memory = line.memory_in(template.file("memory"), share="off")
    become([*line.for_clone(qmp.fileno(), shell.fileno()), *memory])


def take(template: Template, line: CommandLine) -> dict[str, Any]:
    """Hold the template so that it stays until this process ends, made if need be, and return its manifest."""
    hold(template, alone=False)
    manifest = template.manifest()
    made_here = False
    if manifest is None:
        hold(template, alone=True)
        if template.manifest() is None:
            note(f"makes the template '{template.path}', which takes a boot")
            make(line, template)
            made_here = True
        template.lock(alone=False)
        manifest = template.manifest()
    if manifest is None:
        raise Refusal("its template was removed as soon as it was made")
    if not made_here and "refused" not in manifest:
        replay(template)
    return manifest


def hold(template: Template, alone: bool) -> None:
    if not template.try_lock(alone):
        note(f"waits for another start, which holds the template '{template.path}'")
        template.lock(alone)


def make(line: CommandLine, template: Template) -> None:
    # What only this needs is loaded only for this: a clone starts a few milliseconds sooner.
    import making

    try:
        making.make(line, template, say)
    except making.Interrupted as interrupted:
        signal.signal(interrupted.number, signal.SIG_DFL)
        os.kill(os.getpid(), interrupted.number)


def replay(template: Template) -> None:
    """Print what the template's machine printed as it booted: a script may wait for it."""
    with open(template.file("serial"), "rb") as file:
        text = file.read()
    say(text if text.endswith(b"\n") or not text else text + b"\r\n")


def copied_disks(line: CommandLine, template: Template) -> list[str]:
    """Copies of the template's disks, beside those that they are to replace."""
    copies = [f"{disk.path}.clone" for disk in line.disks]
    try:
        for number, copy in enumerate(copies):
            discard(copy)
            images.copy(template.file(f"disk-{number}"), copy)
    except OSError:
        for copy in copies:
            discard(copy)
        raise
    return copies


def put_in_place(copies: list[str], line: CommandLine) -> None:
    """Replace the machine's disks, all or none."""
    for number, (copy, disk) in enumerate(zip(copies, line.disks, strict=True)):
        try:
            os.replace(copy, disk.path)
        except OSError as error:
            if number == 0:
                raise
            sys.exit(f"testkit: a clone's disk cannot be put in its place: {error}")


def beside(work: Callable[[], None]) -> None:
    """Do `work` in a process that is not a child of this one: QEMU would not wait for it."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if status:
            raise OSError("no other process can be started")
        return
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        os._exit(1)
    try:
        work()
    finally:
        os._exit(0)


def lead(qemu: Qemu, line: CommandLine, template: Template, state: bytes) -> None:
    """Bring QEMU, which this process was to become, to where the template stood, and hand its shell to the driver."""
    try:
        qemu.greet(START_SECONDS)
    except Ended:
        return  # QEMU has said why.
    try:
        qemu.restore(state)
        qemu.wake()
    except Refusal as refusal:
        if not qemu.was_told_to_end:
            template.spoil()
            end(qemu, f"{refusal}; its template is given up: start the machine again")
        return
    try:
        qemu.hand_over(line.shell, line.shell_path)
    except Refusal as refusal:
        if not qemu.was_told_to_end:
            end(qemu, str(refusal))


def end(qemu: Qemu, reason: str) -> None:
    note(f"the clone cannot be used: {reason}")
    try:
        qemu.command("quit")
    except Refusal:
        pass  # It has ended already.


def become(words: list[str]) -> NoReturn:
    # Python ignores these two, and so would QEMU.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        sys.exit(f"testkit: cannot run '{words[0]}': {error.strerror}")


def limit() -> int:
    """How many bytes all templates may take."""
    text = os.environ.get(LIMIT) or "8"
    try:
        return int(float(text) * (1 << 30))
    except (ValueError, OverflowError):
        raise Refusal(f"{LIMIT} is no number of GiB: '{text}'") from None


def note(text: str) -> None:
    say(f"testkit: {text}\n".encode(errors="replace"))


def say(data: bytes) -> None:
    """Print on standard output. Whether anybody reads it is not this program's business."""
    try:
        while data:
            data = data[os.write(1, data) :]
    except OSError:
        pass


def discard(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


main()
