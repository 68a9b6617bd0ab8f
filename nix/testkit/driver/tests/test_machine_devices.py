"""What QEMU itself is asked for: keys, network cables, its monitor, QMP."""

import threading
import time
import unittest
from datetime import timedelta
from unittest import mock

from test_driver.errors import MachineError
from test_driver.machine.keyboard import CHAR_TO_KEY
from test_driver.machine.qmp import QMPAPIError
from tests.machine_support import MachineTest, alarm_after, interrupt

US_KEYBOARD = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ \n\t"
US_KEYBOARD_SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'


class KeyboardTest(MachineTest):
    def setUp(self) -> None:
        super().setUp()
        self.machine.start()
        self.logger.lines.clear()

    def test_keys_have_qemus_names(self) -> None:
        self.machine.send_key("ctrl-alt-f1")
        self.machine.send_key("0x1c", delay=None)
        self.machine.send_key("?", delay=timedelta(milliseconds=1))
        self.assertEqual(self.told("monitor"), ["sendkey ctrl-alt-f1", "sendkey 0x1c", "sendkey shift-slash"])
        keys = ["sending key 'ctrl-alt-f1'", "sending key '0x1c'", "sending key 'shift-slash'"]
        self.assertEqual(self.logger.lines, [f"{mark} {key}" for key in keys for mark in "><"])

    def test_log_of_a_key_can_be_left_out(self) -> None:
        self.machine.send_key("a", log=False)
        self.assertEqual(self.logger.lines, [])

    def test_text_is_typed_character_by_character(self) -> None:
        self.machine.send_chars("Ab-_\n", delay=0)
        self.assertEqual(
            self.told("monitor"),
            ["sendkey shift-a", "sendkey b", "sendkey minus", "sendkey shift-minus", "sendkey ret"],
        )
        self.assertEqual(self.logger.lines, [f"{mark} sending keys 'Ab-_\\n'" for mark in "><"])

    def test_every_character_of_a_us_keyboard_has_its_keys(self) -> None:
        missing = [character for character in US_KEYBOARD + US_KEYBOARD_SHIFTED if character not in CHAR_TO_KEY]
        self.assertEqual(missing, [])
        for shifted in US_KEYBOARD_SHIFTED:
            self.assertRegex(CHAR_TO_KEY[shifted], "^shift-", shifted)
        for plain in US_KEYBOARD:
            self.assertNotIn("shift", CHAR_TO_KEY[plain], plain)
        keys = [CHAR_TO_KEY[character] for character in US_KEYBOARD + US_KEYBOARD_SHIFTED]
        self.assertEqual(len(set(keys)), len(keys))

    def test_character_that_is_not_there_is_an_error_before_anything_is_typed(self) -> None:
        with self.assertRaises(MachineError) as raised:
            self.machine.send_chars("naïve")
        self.assertEqual(str(raised.exception), "cannot type 'ï': a US keyboard does not have it")
        self.assertEqual(self.told("monitor"), [])

    def test_key_that_qemu_does_not_know_is_an_error(self) -> None:
        with self.assertRaises(MachineError) as raised:
            self.machine.send_key("any")
        self.assertEqual(str(raised.exception), "machine 'machine': QEMU cannot press 'any': unknown key: 'any'")

    def test_delay_is_after_each_key(self) -> None:
        with mock.patch("test_driver.machine.keyboard.time.sleep") as sleep:
            self.machine.send_chars("ab")
            self.machine.send_chars("ab", delay=timedelta(seconds=2))
            self.machine.send_chars("ab", delay=None)
            self.machine.send_key("a")
        self.assertEqual([call.args for call in sleep.call_args_list], [(0.01,), (0.01,), (2,), (2,), (0.01,)])


class NetworkTest(MachineTest):
    def setUp(self) -> None:
        super().setUp()
        self.machine.start()

    def test_cable_of_the_first_virtual_network_is_pulled_and_put_back(self) -> None:
        self.machine.block()
        self.machine.unblock()
        self.assertEqual(self.told("monitor"), ["set_link virtio-net-pci.1 off", "set_link virtio-net-pci.1 on"])

    def test_ports_are_forwarded_from_this_host_alone(self) -> None:
        self.machine.forward_port()
        self.machine.forward_port(host_port=2222, guest_port=22)
        self.assertEqual(
            self.told("monitor"), ["hostfwd_add tcp:127.0.0.1:8080-:80", "hostfwd_add tcp:127.0.0.1:2222-:22"]
        )

    def test_what_qemu_refuses_is_an_error(self) -> None:
        self.write_guest_file("refuses", "Error: Device 'virtio-net-pci.1' not found")
        with self.assertRaises(MachineError) as raised:
            self.machine.block()
        self.assertEqual(
            str(raised.exception),
            "machine 'machine': QEMU refused 'set_link virtio-net-pci.1 off': "
            "Error: Device 'virtio-net-pci.1' not found",
        )


class MonitorTest(MachineTest):
    def setUp(self) -> None:
        super().setUp()
        self.machine.start()

    def test_answer_is_what_the_monitor_shows(self) -> None:
        self.assertEqual(
            self.machine.send_monitor_command("info x"),
            "i\x1b[Kn\x1b[Kf\x1b[Ko\x1b[K \x1b[Kx\x1b[K\r\nanswer to info x\r\n(qemu) ",
        )

    def test_callbacks_run_first(self) -> None:
        calls: list[list[str]] = []
        self.machine.callbacks.append(lambda: calls.append(self.told("monitor")))
        self.machine.send_monitor_command("info x")
        self.assertEqual(calls, [[]])

    def test_threads_take_turns(self) -> None:
        answers: list[tuple[str, str]] = []

        def ask(number: int) -> None:
            for step in range(20):
                question = f"info {number}.{step}"
                answers.append((question, self.machine.send_monitor_command(question)))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), 60)
        for question, answer in answers:
            self.assertIn(f"answer to {question}\r\n", answer)

    def test_answer_to_an_interrupted_command_does_not_reach_the_next(self) -> None:
        self.write_guest_file("slow", "0.6")
        with alarm_after(0.2, interrupt), self.assertRaises(InterruptedError):
            self.machine.send_monitor_command("info slow")
        self.assertIn("answer to info next", self.machine.send_monitor_command("info next"))
        self.assertNotIn("answer to info next", self.machine.send_monitor_command("info last"))


class QMPTest(MachineTest):
    def setUp(self) -> None:
        super().setUp()
        self.machine.start()
        assert self.machine.qmp_client is not None
        self.qmp = self.machine.qmp_client

    def test_answer_is_returned_whole(self) -> None:
        self.assertEqual(self.qmp.send("query-status"), {"return": {"status": "running", "running": True}})
        self.assertEqual(self.qmp.send("some-command", {"argument": 1}), {"return": {}})
        self.assertEqual(self.told("qmp")[-1], '{"execute": "some-command", "arguments": {"argument": 1}}')

    def test_command_that_is_refused_is_an_error_with_qemus_words(self) -> None:
        with self.assertRaises(QMPAPIError) as raised:
            self.qmp.send("no-such-command")
        self.assertEqual(str(raised.exception), "QEMU refused 'no-such-command': there is none [CommandNotFound]")
        self.assertEqual(
            (raised.exception.class_name, raised.exception.description), ("CommandNotFound", "there is none")
        )
        self.assertEqual(self.qmp.send("fine"), {"return": {}})

    def test_event_is_found_among_others_once(self) -> None:
        # The fake sends an event with each answer; one came with the connection's own command.
        for _ in range(2):
            self.qmp.send("some-command")
        self.assertEqual(self.next_event(3), {"event": "FAKE", "data": {"number": 3}})
        with self.assertRaises(TimeoutError) as raised:
            self.next_event(3, timeout=0.2)
        self.assertEqual(str(raised.exception), "machine 'machine': no such event came from QEMU in 0.2 seconds")
        self.assertIsInstance(raised.exception, MachineError)

    def test_event_that_another_thread_brings_about_is_found(self) -> None:
        def send() -> None:
            time.sleep(0.3)
            self.qmp.send("some-command")

        with self.meanwhile(send):
            self.assertEqual(self.next_event(2, timeout=timedelta(seconds=20))["data"], {"number": 2})

    def test_events_come_one_after_the_other_until_none_comes(self) -> None:
        self.qmp.send("some-command")
        self.assertEqual([event["data"] for event in self.qmp.events(timeout=0.2)], [{"number": 1}, {"number": 2}])
        with self.assertRaises(TimeoutError):
            self.qmp.wait_for_event(timeout=0.1)

    def test_answer_to_an_interrupted_command_does_not_reach_the_next(self) -> None:
        self.write_guest_file("slow", "0.6")
        with alarm_after(0.2, interrupt), self.assertRaises(InterruptedError):
            self.qmp.send("query-status")
        self.assertEqual(self.qmp.send("some-command"), {"return": {}})
        self.assertEqual(self.qmp.send("query-status")["return"]["status"], "running")

    def test_loss_of_qemu_is_an_error(self) -> None:
        def crash() -> None:
            time.sleep(0.3)
            self.machine.send_monitor_command("quit")

        with self.assertRaises(MachineError), self.meanwhile(crash):
            self.machine.wait_for_qmp_event(lambda _event: False)
        with self.assertRaisesRegex(MachineError, "^QEMU closed its control socket$"):
            self.qmp.send("query-status")

    def next_event(self, number: int, timeout: float | timedelta = 20) -> dict[str, object]:
        return self.machine.wait_for_qmp_event(lambda event: event["data"]["number"] == number, timeout)


if __name__ == "__main__":
    unittest.main()
