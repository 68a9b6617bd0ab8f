"""A QEMU that the template's program leads by the hand: its control socket, and its guest's root shell.

One loop serves all sockets, because a guest stands still when nobody reads what it says on its serial console.
"""

import json
import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any

import wake
from refusal import LastingRefusal, Refusal

BANNER = b"Spawning backdoor root shell...\n"
MIGRATION_SECONDS = 120
SHELL_SECONDS = 120
CAPABILITY = "x-ignore-shared"
"""Leaves memory that is in a file out of the saved state."""


class Ended(Refusal):
    """QEMU is gone. Whether that is a fault of the template depends on when."""


class Qemu:
    """QEMU, by sockets; `serial` is called with what the guest says on the serial console, if that is one of them."""

    def __init__(
        self,
        qmp: socket.socket,
        shell: socket.socket,
        serial: socket.socket | None = None,
        on_serial: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self.was_told_to_end = False
        """Whether a signal or a command, not a fault, ended QEMU."""
        self._qmp = qmp
        self._shell = shell
        self._readers: dict[int, tuple[socket.socket, Callable[[bytes], object]]] = {}
        self._messages: list[dict[str, Any]] = []
        self._unread = b""
        self._said = b""
        self._read_from(qmp, self._on_qmp)
        self._read_from(shell, self._on_shell)
        if serial is not None:
            self._read_from(serial, on_serial)

    def greet(self, seconds: float) -> str:
        """Wait until QEMU answers; returns its version."""
        greeting = self._next_message(time.monotonic() + seconds, lambda message: "QMP" in message)
        self.command("qmp_capabilities")
        version = greeting["QMP"]["version"]
        numbers = version["qemu"]
        return f"{numbers['major']}.{numbers['minor']}.{numbers['micro']} {version['package']}".strip()

    def command(self, name: str, arguments: dict[str, Any] | None = None, passed: socket.socket | None = None) -> Any:
        """QEMU's answer to a command; `passed` goes along with it. LastingRefusal if QEMU refuses."""
        request = json.dumps({"execute": name, "arguments": arguments or {}}).encode() + b"\n"
        try:
            if passed is None:
                self._qmp.sendall(request)
            else:
                socket.send_fds(self._qmp, [request], [passed.fileno()])
        except OSError as error:
            raise Ended("QEMU ended") from error
        answer = self._next_message(
            time.monotonic() + MIGRATION_SECONDS, lambda message: "return" in message or "error" in message
        )
        if "error" in answer:
            raise LastingRefusal(f"QEMU refused '{name}': {answer['error']['desc']}")
        return answer["return"]

    def await_banner(self, seconds: float) -> None:
        """Wait until the guest's root shell announces itself."""
        self._until(lambda: BANNER in self._said, time.monotonic() + seconds, "its root shell did not come up")
        self._said = b""

    def run(self, command: str) -> int:
        """The status of a command in the guest's root shell; it must print nothing."""
        self._tell(f"{command}; echo testkit $?\n")
        answer = self._line()
        word, _, status = answer.partition(b" ")
        if word != b"testkit" or not status.isdigit():
            raise Refusal(f"its root shell said {answer!r} in answer to '{command[:60]}'")
        return int(status)

    def warm_up(self) -> None:
        """One command the way the driver sends it, so that the guest has read what that needs from its disk."""
        self._tell("timeout 900 bash -c 'set -euo pipefail; true' | (base64 -w 0; echo)\n")
        self._line()

    def save(self, write: Callable[[bytes], object]) -> None:
        """Stop the machine and write its state, all but the memory."""
        self.command("migrate-set-capabilities", {"capabilities": [{"capability": CAPABILITY, "state": True}]})
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.command("getfd", {"fdname": "testkit-state"}, theirs)
            theirs.close()
            deadline = time.monotonic() + MIGRATION_SECONDS
            self._read_from(ours, write)
            self.command("migrate", {"uri": "fd:testkit-state"})
            self._until(lambda: ours.fileno() not in self._readers, deadline, "its state was not saved")
        while (progress := self.command("query-migrate"))["status"] != "completed":
            if progress["status"] == "failed" or time.monotonic() > deadline:
                raise Refusal(f"its state was not saved: {progress.get('error-desc', progress['status'])}")
            time.sleep(0.002)

    def restore(self, state: bytes) -> None:
        """Bring a machine that waits (`-incoming defer`) to where its template stood, and let it run."""
        ignore = {"capability": CAPABILITY, "state": True}
        self.command("migrate-set-capabilities", {"capabilities": [ignore]})
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.command("getfd", {"fdname": "testkit-state"}, theirs)
            theirs.close()
            self.command("migrate-incoming", {"uri": "fd:testkit-state"})
            try:
                ours.settimeout(MIGRATION_SECONDS)
                ours.sendall(state)
            except OSError as error:
                raise Ended("QEMU did not take the saved state") from error
        self._next_message(time.monotonic() + MIGRATION_SECONDS, lambda message: message.get("event") == "RESUME")
        # Snapshots are to be those of any other machine.
        self.command("migrate-set-capabilities", {"capabilities": [{**ignore, "state": False}]})

    def wake(self) -> None:
        """Give a restored machine its own time and random numbers."""
        status = self.run(wake.command())
        if status:
            raise LastingRefusal(f"its clock and random numbers could not be set (status {status})")

    def hand_over(self, chardev: str, path: str) -> None:
        """Join the guest's root shell to the socket at `path`, and announce it there as a guest that booted would."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            try:
                connection.connect(path)
            except OSError as error:
                raise Refusal(f"nobody listens at '{path}': {error.strerror}") from error
            self.command("getfd", {"fdname": "testkit-shell"}, connection)
            address = {"type": "fd", "data": {"str": "testkit-shell"}}
            backend = {"type": "socket", "data": {"addr": address, "server": False}}
            self.command("chardev-change", {"id": chardev, "backend": backend})
            connection.sendall(BANNER)

    def _tell(self, line: str) -> None:
        try:
            self._shell.sendall(line.encode())
        except OSError as error:
            raise Ended("QEMU ended") from error

    def _line(self) -> bytes:
        deadline = time.monotonic() + SHELL_SECONDS
        self._until(lambda: b"\n" in self._said, deadline, "its root shell did not answer")
        line, self._said = self._said.split(b"\n", 1)
        return line

    def _next_message(self, deadline: float, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is `wanted`; those before it are of no use."""
        found: list[dict[str, Any]] = []

        def arrived() -> bool:
            while self._messages and not found:
                message = self._messages.pop(0)
                if wanted(message):
                    found.append(message)
            return bool(found)

        self._until(arrived, deadline, "QEMU did not answer")
        return found[0]

    def _on_qmp(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        messages = [json.loads(line) for line in lines if line.strip()]
        self.was_told_to_end |= any(
            message.get("event") == "SHUTDOWN" and not message["data"]["guest"] for message in messages
        )
        self._messages += messages

    def _on_shell(self, data: bytes) -> None:
        self._said += data

    def _read_from(self, connection: socket.socket, reader: Callable[[bytes], object]) -> None:
        self._readers[connection.fileno()] = (connection, reader)

    def _until(self, done: Callable[[], bool], deadline: float, otherwise: str) -> None:
        """Serve the sockets until `done`; when the time is over, `otherwise` is what went wrong."""
        while not done():
            waiting = select.poll()
            for descriptor in self._readers:
                waiting.register(descriptor, select.POLLIN)
            left = deadline - time.monotonic()
            if left <= 0:
                raise Refusal(f"{otherwise} in time")
            for descriptor, _ in waiting.poll(left * 1000):
                connection, reader = self._readers[descriptor]
                try:
                    data = os.read(descriptor, 1 << 16)
                except ConnectionResetError:
                    data = b""
                if data:
                    reader(data)
                    continue
                del self._readers[descriptor]
                if connection is self._qmp:
                    raise Ended("QEMU ended")
