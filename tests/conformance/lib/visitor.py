"""For the cases: somebody who connects to a port and types lines, while the script waits there."""

import socket
import threading
import time

PATIENCE = 30


class Visitor:
    """Connects to `port` of this host as soon as anybody listens, and types a line whenever it is asked for one."""

    def __init__(self, port: int, lines: list[str]) -> None:
        self.answers: list[str] = []
        """What was said before each line that was typed, without the prompts."""
        self._lines = lines
        self._port = port
        self._thread = threading.Thread(target=self._visit, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until all lines are typed. The other side may not say when it is done with the visitor."""
        self._thread.join(PATIENCE)

    def _visit(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                connection = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
            except ConnectionRefusedError:
                time.sleep(0.05)
                continue
            with connection:
                for line in self._lines:
                    self.answers.append(self._heard(connection))
                    connection.sendall(f"{line}\r\n".encode())
            return

    @staticmethod
    def _heard(connection: socket.socket) -> str:
        """What the other side says up to its prompt."""
        heard = b""
        while not heard.endswith(b"(Pdb) ") and (piece := connection.recv(4096)):
            heard += piece
        return heard.removesuffix(b"(Pdb) ").decode().replace("\r\n", "\n").strip("\n")


def free_port() -> int:
    """A port of this host on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
