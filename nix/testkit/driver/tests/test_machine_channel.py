"""What passes through a socket to QEMU whose use is interrupted."""

import select
import socket
import threading
import time
import unittest

from test_driver.machine.channel import Channel, ChannelClosed, ChannelLate
from tests.machine_support import alarm_after, interrupt

LARGE = bytes(range(256)) * 8000


class ChannelTest(unittest.TestCase):
    def setUp(self) -> None:
        ours, self.other = socket.socketpair()
        self.channel = Channel(ours)
        self.addCleanup(self.other.close)
        self.addCleanup(self.channel.close)

    def receive(self, size: int) -> bytes:
        """What the other end gets, `size` bytes of it or less if no more comes."""
        received = b""
        while len(received) < size and select.select([self.other], [], [], 5)[0]:
            received += self.other.recv(65536)
        return received

    def test_all_is_sent_however_little_fits_at_once(self) -> None:
        received: list[bytes] = []
        # Ends when it has all.
        reader = threading.Thread(target=lambda: received.append(self.receive(len(LARGE))))
        reader.start()
        self.channel.send(LARGE)
        reader.join()
        self.assertEqual(received, [LARGE])

    def test_rest_of_what_was_interrupted_goes_first(self) -> None:
        with alarm_after(0.2, interrupt), self.assertRaises(InterruptedError):
            self.channel.send(LARGE)
        received: list[bytes] = []
        reader = threading.Thread(target=lambda: received.append(self.receive(len(LARGE) + 5)))
        reader.start()
        self.channel.send(b"next\n")
        reader.join()
        self.assertEqual(received, [LARGE + b"next\n"])

    def test_other_end_that_starts_anew_gets_nothing_of_what_was_before(self) -> None:
        with alarm_after(0.2, interrupt), self.assertRaises(InterruptedError):
            self.channel.send(LARGE)
        self.other.sendall(b"from before")
        self.channel.receive()
        self.channel.forget()
        sent = self.other.recv(len(LARGE))
        with alarm_after(5, interrupt):
            self.channel.send(b"next\n")
        self.assertEqual(sent + self.receive(5), LARGE[: len(sent)] + b"next\n")
        self.assertIsNone(self.channel.take_line())
        self.other.sendall(b"line\n")
        self.channel.receive()
        self.assertEqual(self.channel.take_line(), b"line")

    def test_what_comes_is_kept_until_it_is_taken_line_by_line(self) -> None:
        self.other.sendall(b"one\ntw")
        self.assertEqual(self.channel.receive(), b"one\ntw")
        self.assertEqual(self.channel.take_line(), b"one")
        self.assertIsNone(self.channel.take_line())
        self.assertEqual(self.channel.take(), b"")
        self.other.sendall(b"o\n\nthree")
        self.channel.receive()
        self.assertEqual([self.channel.take_line() for _ in range(3)], [b"two", b"", None])
        self.assertEqual(self.channel.unread, b"three")

    def test_wait_ends_at_its_deadline(self) -> None:
        with self.assertRaises(ChannelLate):
            self.channel.receive(time.monotonic() + 0.1)

    def test_end_of_the_other_side_is_noticed_after_its_last_words(self) -> None:
        self.other.sendall(b"last words")
        self.other.close()
        self.assertEqual(self.channel.receive(), b"last words")
        for use in (self.channel.receive, self.channel.take, lambda: self.channel.send(b"text")):
            self.assertRaises(ChannelClosed, use)

    def test_end_by_another_thread_is_noticed_by_one_that_waits(self) -> None:
        # Ends with the channel.
        timer = threading.Timer(0.2, self.channel.close)
        timer.start()
        self.assertRaises(ChannelClosed, self.channel.receive)
        timer.join()
        self.assertRaises(ChannelClosed, self.channel.receive)


if __name__ == "__main__":
    unittest.main()
