"""QEMU's monitor: commands typed at a prompt, answered with text for people."""

import threading

from test_driver.machine.channel import Channel

PROMPT = b"(qemu) "


class Monitor:
    """The connection to one QEMU's monitor. Threads may share it: each command waits for those before it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._turn = threading.Lock()
        self._has_prompt = False

    def read_to_prompt(self) -> str:
        """All that QEMU prints up to and with its next prompt; raises ChannelClosed if it ends before."""
        with self._turn:
            return self._read_to_prompt()

    def ask(self, command: str) -> str:
        """Type a command; returns what QEMU then prints, up to and with its next prompt.

        Raises ChannelClosed if it ends before.
        """
        with self._turn:
            if not self._has_prompt:
                # An earlier command was interrupted; its answer is not the one to this.
                self._read_to_prompt()
            self._has_prompt = False
            self._channel.send(command.encode(errors="surrogateescape") + b"\n")
            return self._read_to_prompt()

    def _read_to_prompt(self) -> str:
        while not self._channel.unread.endswith(PROMPT):
            self._channel.receive()
        said = self._channel.unread.decode(errors="replace")
        self._channel.drop_unread()
        self._has_prompt = True
        return said
