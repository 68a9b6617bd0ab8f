"""Stands for what a shell needs of a machine beside the testkit's fake: a second control socket, and the guest's half.

It lives as long as its standard input. The control socket is the one that QEMU_OPTS names. A port that is plugged in
there is a connection to the socket that is named for it. The guest's half is played here: the fake guest's `setsid`,
which is given the program of the real one, hands its arguments over instead.

FAKE_PORTS asks for misbehaviour: `refuses` plugs nothing in, `lines` has no terminals to offer, `slow` answers when the
file `answer` is there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

HAND_OVER = "ports.sock"

ports: dict[str, socket.socket] = {}
plugged = threading.Condition()


def main() -> None:
    if sys.argv[1:2] == ["hand-over"]:
        state, *arguments = sys.argv[2:]
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.path.join(state, HAND_OVER))
            connection.sendall(json.dumps(arguments).encode())
        return
    found = re.search(r"-qmp unix:([^ ,]+)", os.environ["QEMU_OPTS"])
    assert found is not None, "QEMU_OPTS has no control socket"
    for path, serve in ((found[1], serve_qmp), (HAND_OVER, serve_shell)):
        threading.Thread(target=listen, args=(path, serve), daemon=True).start()
    sys.stdin.read()
    os._exit(0)


def listen(path: str, serve: Callable[[socket.socket], None]) -> None:
    Path(path).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(8)
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve_qmp(connection: socket.socket) -> None:
    stream = connection.makefile("rw")
    version = {"qemu": {"major": 9, "minor": 0, "micro": 0}}
    print(json.dumps({"QMP": {"version": version, "capabilities": []}}), file=stream, flush=True)
    backends: dict[str, socket.socket] = {}
    for line in stream:
        request = json.loads(line)
        arguments = request.get("arguments", {})
        answer: dict[str, object] = {"return": {}}
        match request["execute"]:
            case "chardev-add":
                backend = socket.socket(socket.AF_UNIX)
                backend.connect(arguments["backend"]["data"]["addr"]["data"]["path"])
                backends[arguments["id"]] = backend
            case "device_add" if "refuses" in os.environ.get("FAKE_PORTS", ""):
                answer = {"error": {"class": "GenericError", "desc": "the bus has no room"}}
            case "device_add":
                with plugged:
                    ports[arguments["name"]] = backends[arguments["chardev"]]
                    plugged.notify_all()
            case "device_del":
                with plugged:
                    port = ports.pop(arguments["id"], None)
                if port is not None:
                    port.shutdown(socket.SHUT_RDWR)
        print(json.dumps(answer | {"id": request["id"]}), file=stream, flush=True)


def serve_shell(connection: socket.socket) -> None:
    name, secret, kind, rows, columns, term = json.loads(connection.makefile("rb").read())
    names = [f"{name}-{role}" for role in ("control", "input", "output")]
    with plugged:
        plugged.wait_for(lambda: all(each in ports for each in names))
        control, source, target = (ports[each] for each in names)
    while "slow" in os.environ.get("FAKE_PORTS", "") and not Path("answer").exists():
        time.sleep(0.01)
    # Marks around pastes would show between what is typed and what comes of it.
    Path("inputrc").write_text("set enable-bracketed-paste off\n")
    environment = {"PATH": os.environ["PATH"], "TERM": term, "PS1": "fake> ", "HOME": os.getcwd(), "INPUTRC": "inputrc"}
    if kind == "terminal" and "lines" not in os.environ.get("FAKE_PORTS", ""):
        process, master = pty.fork()
        if process == 0:
            # Ignored in what a script starts in the background, as this was.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
            os.execvpe("bash", ["bash", "--norc", "-i"], environment)
        threading.Thread(target=pump, args=(source.fileno(), master), daemon=True).start()
        threading.Thread(target=hear, args=(control, process, master), daemon=True).start()
        control.sendall(b"ready terminal\n")
        pump(master, target.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    else:
        shell = subprocess.Popen(
            ["bash", "--norc"],
            stdin=source.fileno(),
            stdout=target.fileno(),
            stderr=target.fileno(),
            env=environment,
            start_new_session=True,
        )
        threading.Thread(target=hear, args=(control, shell.pid, None), daemon=True).start()
        control.sendall(b"ready lines\n")
        status = shell.wait()
    with contextlib.suppress(OSError):
        target.sendall(f"\x1b_nixtest-{secret} {status % 256}\x1b\\".encode())


def hear(control: socket.socket, process: int, master: int | None) -> None:
    """What the host says; when it says no more, everything is hung up."""
    for line in control.makefile("r"):
        _, rows, columns = line.split()
        if master is not None:
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGHUP)


def pump(source: int, target: int) -> None:
    with contextlib.suppress(OSError):
        while piece := os.read(source, 65536):
            while piece:
                piece = piece[os.write(target, piece) :]


main()
