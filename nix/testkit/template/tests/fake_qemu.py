"""Stands for QEMU with a guest: enough of both to make a template and to be a clone, in no time.

Started without the control socket of templates it has "booted": it prints its arguments and ends with status 7. What
goes wrong is chosen by a word in FAKE_QEMU, see the uses of `mode`.
"""

import json
import os
import re
import select
import signal
import socket
import sys
import time
from typing import Any

BANNER = b"Spawning backdoor root shell...\n"
mode = os.environ.get("FAKE_QEMU", "")


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write("fake 1\n")
        return
    arguments = " ".join(sys.argv[1:])
    control = re.search(r"id=testkit-template,fd=(\d+)", arguments)
    if control is None:
        sys.stdout.write(f"booted {arguments}\n")
        sys.exit(7)
    shell = re.search(r"socket,id=shell,fd=(\d+)", arguments)
    serial = re.search(r"socket,id=testkit-serial,fd=(\d+)", arguments)
    assert shell is not None
    Fake(int(control[1]), int(shell[1]), int(serial[1]) if serial else -1, "-incoming" in sys.argv).run()


class Fake:
    """A machine; `incoming` says that it waits for a state."""

    def __init__(self, control: int, shell: int, serial: int, incoming: bool) -> None:
        self.control = socket.socket(fileno=control)
        self.shell = socket.socket(fileno=shell)
        self.incoming = incoming
        self.received: list[int] = []
        self.names: dict[str, int] = {}
        self.tell({"QMP": {"version": {"qemu": {"major": 1, "minor": 2, "micro": 3}, "package": "(fake)"}}})
        if not incoming:
            os.write(serial, b"firmware speaks\n")
            if mode == "panics":
                sys.stderr.write("fake: no init found\n")
                sys.exit(1)
            if mode == "no-room":
                os.kill(os.getpid(), signal.SIGBUS)
            if mode == "hangs":
                time.sleep(600)
            self.shell.sendall(BANNER)

    def tell(self, message: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(message).encode() + b"\r\n")

    def run(self) -> None:
        while True:
            for readable in select.select([self.control, self.shell], [], [])[0]:
                data, descriptors, *_ = socket.recv_fds(readable, 65536, 8)
                if not data:
                    # Whoever controls a clone leaves it alone in the end.
                    if readable is self.shell:
                        sys.exit(0)
                    self.control, self.nobody = socket.socketpair()
                    continue
                self.received += descriptors
                for line in data.splitlines():
                    if readable is self.control:
                        self.obey(json.loads(line))
                    else:
                        self.answer(line)

    def answer(self, line: bytes) -> None:
        """What the guest's shell says to a line."""
        if b"printf '\\x7f\\x45\\x4c\\x46" in line and mode == "no-clock":
            self.shell.sendall(b"testkit 1\n")
        elif line.endswith(b"; echo testkit $?"):
            self.shell.sendall(b"testkit 0\n")
        elif line.startswith(b"timeout "):
            self.shell.sendall(b"\n")
        else:
            self.shell.sendall(b"you said " + line + b"\n")

    def obey(self, request: dict[str, Any]) -> None:
        name, arguments = request["execute"], request["arguments"]
        refused = {"old": "migrate-set-capabilities", "blocked": "migrate"}.get(mode)
        if name == refused:
            self.tell({"error": {"class": "GenericError", "desc": f"no {name} here"}})
            return
        if name == "getfd":
            self.names[arguments["fdname"]] = self.received.pop()
        elif name == "migrate":
            os.write(self.names["testkit-state"], b"the state")
            os.close(self.names["testkit-state"])
        elif name == "chardev-change":
            self.shell = socket.socket(fileno=self.names["testkit-shell"])
        self.tell({"return": {"status": "completed"} if name == "query-migrate" else {}})
        if name == "migrate-incoming":
            self.load()
            self.tell({"event": "RESUME"})
        elif name == "quit":
            sys.exit(0)

    def load(self) -> None:
        if mode == "unrestorable":
            sys.stderr.write("fake: load of migration failed\n")
            sys.exit(1)
        state = b""
        while data := os.read(self.names["testkit-state"], 4096):
            state += data
        if state != b"the state":
            sys.exit(2)


signal.signal(signal.SIGTERM, signal.SIG_DFL)
main()
