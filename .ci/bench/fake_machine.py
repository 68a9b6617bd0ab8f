"""Stands for a machine's start script, for times: the sockets that drivers connect, and a shell that costs nothing.

Usage: fake_machine.py KIND OPTION..., where the options are those that drivers append.
KIND `answers`: every command has succeeded at once, and `sleep SECONDS` in a command is slept; what is left to be
measured is the driver. KIND `runs`: the shell is the host's bash, as quick as the one of a machine can be.
"""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time


def path_behind(option: str) -> str:
    return re.split("(?<!,),(?!,)", option)[0].replace(",,", ",")


def connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def serve_qmp(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    stream = connection.makefile("rw")
    stream.write('{"QMP": {"version": {}, "capabilities": []}}\r\n')
    stream.flush()
    for _ in stream:
        stream.write(json.dumps({"return": {}}) + "\r\n")
        stream.flush()


def serve_monitor(connection: socket.socket) -> None:
    connection.sendall(b"(qemu) ")
    for line in connection.makefile("rb"):
        if line.strip() == b"quit":
            os._exit(0)
        connection.sendall(b"(qemu) ")


def answer(connection: socket.socket) -> None:
    """Each command is two lines: one that is answered with its output, and one that is answered with its status."""
    for line in connection.makefile("rb"):
        if line.startswith(b"echo ${PIPESTATUS[0]}"):
            connection.sendall(b"0\n")
            continue
        pause = re.search(rb"\bsleep ([\d.]+)", line)
        if pause is not None:
            time.sleep(float(pause[1]))
        if line.rstrip().endswith(b"(base64 -w 0; echo)"):
            connection.sendall(base64.b64encode(b"") + b"\n")


def main() -> None:
    kind, options = sys.argv[1], sys.argv[2:]
    qmp = options[options.index("-qmp") + 1].removeprefix("unix:")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path_behind(qmp))
    listening.listen(1)
    threading.Thread(target=serve_qmp, args=(listening,), daemon=True).start()
    monitor = connected(path_behind(options[options.index("-monitor") + 1].removeprefix("unix:")))
    threading.Thread(target=serve_monitor, args=(monitor,), daemon=True).start()
    chardev = "socket,id=shell,path="
    shell = connected(path_behind(next(word for word in options if word.startswith(chardev)).removeprefix(chardev)))
    shell.sendall(b"Spawning backdoor root shell...\n")
    if kind == "runs":
        subprocess.run(["bash", "--norc"], stdin=shell.fileno(), stdout=shell.fileno(), check=False)
    else:
        answer(shell)


main()
