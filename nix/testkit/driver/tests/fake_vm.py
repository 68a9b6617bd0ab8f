#!/usr/bin/env python3
"""Stands for a machine's start script and for QEMU: the same sockets and a root shell, no virtual machine.

It understands the options that the driver appends. The shell is the host's bash in an empty environment. FAKE_VM asks
for misbehaviour: `dies` ends before any socket, `dies-booting` ends before the banner, `silent` never gets a shell.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def say(text: str) -> None:
    print(text, end="\r\n", flush=True)


guests: "list[subprocess.Popen[bytes]]" = []


def leave(status: int) -> None:
    """End like QEMU does: the guest with all its processes is gone at once."""
    for guest in guests:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guest.pid, signal.SIGKILL)
    os._exit(status)


def serve_qmp(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    stream = connection.makefile("rw")
    stream.write('{"QMP": {"version": {}, "capabilities": []}}\r\n')
    stream.flush()
    for line in stream:
        request = json.loads(line)
        answer: dict[str, object] = {"return": {}}
        if request["execute"] == "query-status":
            answer = {"return": {"status": "running", "running": True}}
        if request["execute"] == "screendump":
            Path(request["arguments"]["filename"]).write_bytes(b"P6\n2 1\n255\n\x20\x00\x00\x00\x00\xff")
        if request["execute"] == "no-such-command":
            answer = {"error": {"class": "CommandNotFound", "desc": "there is none"}}
        stream.write('{"event": "FAKE", "data": {}}\r\n')
        stream.write(json.dumps(answer) + "\r\n")
        stream.flush()


def serve_monitor(connection: socket.socket) -> None:
    connection.sendall(b"QEMU 0.0 monitor\r\n(qemu) ")
    for raw in connection.makefile("rb"):
        command = raw.decode().strip()
        if command == "quit":
            leave(0)
        echo = "".join(f"{character}\x1b[K" for character in command)
        connection.sendall(f"{echo}\r\nanswer to {command}\r\n(qemu) ".encode())


def connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def main() -> None:
    behaviour = os.environ.get("FAKE_VM", "")
    say("\x1bc\x1b[2Jfirmware speaks")
    if behaviour == "dies":
        print("fake: no such accelerator", file=sys.stderr)
        leave(3)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave(0))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(option("-qmp").removeprefix("unix:").split(",")[0])
    listening.listen(1)
    threading.Thread(target=serve_qmp, args=(listening,), daemon=True).start()
    threading.Thread(
        target=serve_monitor, args=(connected(option("-monitor").removeprefix("unix:")),), daemon=True
    ).start()
    found = re.search("id=shell,path=([^, ]+)", " ".join(sys.argv))
    assert found is not None
    shell = connected(found[1])
    time.sleep(0.1)
    if behaviour == "dies-booting":
        say("Kernel panic: no init found")
        leave(1)
    if behaviour == "silent":
        signal.pause()
    say("connecting to host...")
    shell.sendall(b"Spawning backdoor root shell...\n")
    poweroff = f"poweroff() {{ kill -TERM {os.getpid()}; }}\n"
    Path("functions").write_text(poweroff)
    guest = subprocess.Popen(
        ["bash", "--norc"],
        stdin=shell.fileno(),
        stdout=shell.fileno(),
        env={"PATH": os.environ["PATH"], "BASH_ENV": str(Path("functions").resolve())},
        start_new_session=True,
    )
    guests.append(guest)
    guest.wait()
    leave(0)


main()
