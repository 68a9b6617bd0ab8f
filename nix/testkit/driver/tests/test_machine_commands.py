"""Commands in a machine, and waits for what they find."""

import select
import socket
import threading
import time
import unittest
from datetime import timedelta

from test_driver.errors import MachineError, RequestedAssertionFailed
from tests.machine_support import MachineTest, alarm_after, interrupt

TIMED_OUT = r"^action timed out after \d+\.\d\d seconds \(timeout=0.2\)$"


class ExecuteTest(MachineTest):
    def test_status_and_output_are_returned(self) -> None:
        self.assertEqual(self.machine.execute("echo out; echo err >&2; exit 3"), (3, "out\n"))
        self.assertEqual(self.machine.execute("false | true"), (1, ""))
        self.assertEqual(self.machine.execute("echo begun; false; echo not reached"), (1, "begun\n"))
        self.assertEqual(self.machine.execute("echo $unset; echo not reached"), (1, ""))
        self.assertEqual(self.machine.execute("echo 'a'\necho \"b\" \\\n  c"), (0, "a\nb c\n"))
        self.assertIn("err", self.logger.serial)

    def test_each_command_has_a_shell_of_its_own(self) -> None:
        self.machine.execute("cd /; variable=1")
        self.assertEqual(self.machine.execute("echo ${variable-none}"), (0, "none\n"))

    def test_time_limit_ends_the_command(self) -> None:
        for limit in (1, 0.5, timedelta(milliseconds=500)):
            with self.subTest(limit):
                self.assertEqual(self.machine.execute("echo begun; sleep 20", timeout=limit), (124, "begun\n"))
        self.assertEqual(
            [line.split(" bash")[0] for line in self.told("backdoor") if "bash" in line],
            ["timeout 1", "timeout 0.5", "timeout 0.5"],
        )

    def test_no_limit_and_the_usual_one(self) -> None:
        self.machine.execute("true", timeout=None)
        self.machine.execute("true")
        self.assertEqual(
            [line.split(" bash")[0] for line in self.told("backdoor") if "bash" in line],
            ["bash -c 'set -euo pipefail; true' | (base64 -w 0; echo)", "timeout 900"],
        )

    def test_what_is_no_time_is_a_type_error(self) -> None:
        for limit in ("1", True):
            with self.subTest(limit), self.assertRaises(TypeError) as raised:
                self.machine.execute("true", timeout=limit)  # type: ignore[arg-type]
            self.assertEqual(
                str(raised.exception), f"a time is a number of seconds or a timedelta, not {type(limit).__name__}"
            )

    def test_status_that_nobody_wants_is_minus_one(self) -> None:
        self.assertEqual(self.machine.execute("echo x; false", check_return=False), (-1, "x\n"))

    def test_output_that_nobody_wants_reaches_no_other_command(self) -> None:
        self.assertEqual(self.machine.execute("echo unwanted; sleep 0.2; false", check_output=False), (-2, ""))
        self.assertEqual(self.machine.execute("echo wanted"), (0, "wanted\n"))

    def test_large_output_arrives_whole(self) -> None:
        output = self.machine.succeed("head -c 3000000 /dev/zero | tr '\\0' x")
        self.assertEqual((len(output), set(output)), (3000000, {"x"}))

    def test_bytes_that_are_not_utf8_are_replaced(self) -> None:
        self.assertEqual(self.machine.succeed(r"printf 'ä\n\xff\x00'"), "ä\n\ufffd\0")

    def test_command_may_hold_what_is_not_utf8(self) -> None:
        self.assertEqual(self.machine.execute("printf '\udcff' | od -An -tx1"), (0, " ff\n"))

    def test_command_that_linux_does_not_take_is_an_error_that_says_so(self) -> None:
        longest = 128 * 1024 - 1 - len("set -euo pipefail; true ")
        self.assertEqual(self.machine.execute(f"true {'x' * longest}"), (0, ""))
        with self.assertRaises(MachineError) as raised:
            self.machine.execute(f"true {'x' * (longest + 1)}")
        self.assertEqual(
            str(raised.exception),
            "the command has 131072 bytes, and Linux takes 131071: bring data to the machine by "
            "'copy_from_host_via_shell' instead",
        )
        with self.assertRaisesRegex(MachineError, "null character"):
            self.machine.execute("echo \0")
        self.assertEqual(self.machine.execute("echo fine"), (0, "fine\n"))

    def test_callbacks_run_before_each_command(self) -> None:
        calls: list[str] = []
        self.machine.callbacks.append(lambda: calls.append("called"))
        self.machine.succeed("true", "true")
        self.assertEqual(calls, ["called", "called"])

    def test_what_a_background_process_prints_between_commands_is_no_answer(self) -> None:
        self.machine.connect()
        assert self.machine.shell is not None
        self.machine.shell.sendall(b"echo noise\n")
        select.select([self.machine.shell], [], [])
        self.assertEqual(self.machine.succeed("echo answer"), "answer\n")


class SharedShellTest(MachineTest):
    def test_threads_take_turns(self) -> None:
        self.machine.connect()
        results: dict[int, list[str]] = {}

        def run(number: int) -> None:
            results[number] = [self.machine.succeed(f"echo {number} {step}") for step in range(20)]

        threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, {number: [f"{number} {step}\n" for step in range(20)] for number in range(3)})

    def test_threads_that_both_need_the_machine_start_it_once(self) -> None:
        with self.meanwhile(lambda: self.machine.succeed("true")):
            self.machine.succeed("true")
        self.assertEqual(self.logger.lines.count("starting vm"), 1)

    def test_command_inside_a_command_of_the_same_thread_is_refused(self) -> None:
        self.machine.connect()
        inner = alarm_after(0.3, lambda: self.machine.succeed("echo inner"))
        with inner, self.assertRaises(MachineError) as raised:
            self.machine.succeed("sleep 1; echo outer")
        self.assertEqual(
            str(raised.exception),
            "machine 'machine': this thread waits for another command of it, and cannot run one meanwhile",
        )
        self.assertEqual(self.machine.succeed("echo next"), "next\n")

    def test_interrupted_command_leaves_the_shell_usable(self) -> None:
        self.machine.connect()
        with alarm_after(0.3, interrupt), self.assertRaises(InterruptedError):
            self.machine.succeed("sleep 1; echo late")
        self.logger.lines.clear()
        self.assertEqual(self.machine.execute("echo now; exit 4"), (4, "now\n"))
        self.assertEqual(self.logger.lines, ["waiting for an interrupted command to end"])
        self.logger.lines.clear()
        self.assertEqual(self.machine.execute("echo again"), (0, "again\n"))
        self.assertEqual(self.logger.lines, [])

    def test_command_interrupted_while_it_is_being_sent_leaves_the_shell_usable(self) -> None:
        self.machine.connect()
        # The shell is busy, so that most of the line does not fit into the socket and the pipe behind it.
        self.machine.execute("sleep 1", check_output=False)
        lines = "x" * 100000
        self.machine.execute(f"true {lines}", check_output=False)
        self.machine.execute(f"true {lines}", check_output=False)
        with alarm_after(0.3, interrupt), self.assertRaises(InterruptedError):
            for _ in range(10):
                self.machine.execute(f"true {lines}", check_output=False)
        self.assertEqual(self.machine.execute("echo now"), (0, "now\n"))


class LossyShellTest(SharedShellTest):
    """The console as it is in QEMU: what nobody reads in time is lost."""

    fake_vm = "lossy"

    def test_output_lost_after_an_interruption_does_not_hold_up_the_next_command(self) -> None:
        self.machine.connect()
        with alarm_after(0.3, interrupt), self.assertRaises(InterruptedError):
            self.machine.succeed("sleep 1; head -c 1000000 /dev/zero")
        # Far more than the socket holds comes while nobody reads, and the end of the line is not in it.
        time.sleep(1.5)
        self.assertEqual(self.machine.succeed("echo now"), "now\n")


class AssertionTest(MachineTest):
    def test_outputs_are_joined(self) -> None:
        self.assertEqual(self.machine.succeed("echo a", "echo b"), "a\nb\n")
        self.assertEqual(self.machine.fail("echo a; false", "echo b; exit 2"), "a\nb\n")
        self.assertEqual(self.machine.succeed(), "")

    def test_first_command_that_fails_is_named(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.succeed("true", "echo why; exit 7", "echo not reached")
        self.assertEqual(str(raised.exception), "command `echo why; exit 7` failed (exit code 7)")
        self.assertEqual(
            self.logger.lines,
            [
                "> must succeed: true",
                "< must succeed: true",
                "> must succeed: echo why; exit 7",
                "output: why\n",
            ],
        )

    def test_first_command_that_succeeds_is_named(self) -> None:
        self.machine.connect()
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.fail("false", "true")
        self.assertEqual(str(raised.exception), "command `true` unexpectedly succeeded")
        self.assertEqual(self.logger.lines[-3:], ["> must fail: false", "< must fail: false", "> must fail: true"])

    def test_time_limit_holds_for_each_command(self) -> None:
        with self.assertRaisesRegex(RequestedAssertionFailed, r"^command `sleep 20` failed \(exit code 124\)$"):
            self.machine.succeed("sleep 0.6", "sleep 0.6", "sleep 20", timeout=1)
        self.assertEqual(self.machine.fail("sleep 20", timeout=timedelta(seconds=1)), "")


class WaitTest(MachineTest):
    counting = "echo x >> $STATE/count; test $(wc -l < $STATE/count)"

    def test_tries_until_the_command_succeeds(self) -> None:
        self.assertEqual(self.machine.wait_until_succeeds(f"echo out; {self.counting} -ge 2"), "out\n")
        self.assertEqual(len(self.commands()), 2)

    def test_tries_until_the_command_fails(self) -> None:
        self.assertEqual(self.machine.wait_until_fails(f"echo out; {self.counting} -lt 2"), "out\n")
        self.assertEqual(len(self.commands()), 2)

    def test_waits_are_steps_of_the_log(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        self.write_guest_file("file")
        self.machine.wait_until_succeeds("true")
        self.machine.wait_until_fails("false")
        self.machine.wait_for_file("$STATE/fil?")
        expected = ["waiting for success: true", "waiting for failure: false", "waiting for file '$STATE/fil?'"]
        self.assertEqual(self.logger.lines, [f"{mark} {step}" for step in expected for mark in "><"])

    def test_waits_end_when_their_time_is_over(self) -> None:
        for wait in (
            lambda: self.machine.wait_until_succeeds("false", timeout=0.2),
            lambda: self.machine.wait_until_succeeds("sleep 20", timeout=0.2),
            lambda: self.machine.wait_until_fails("true", timeout=timedelta(seconds=0.2)),
            lambda: self.machine.wait_for_file("/no/such/file", timeout=0.2),
            lambda: self.machine.wait_for_open_unix_socket("/no/such/socket", timeout=0.2),
        ):
            with self.assertRaisesRegex(RequestedAssertionFailed, TIMED_OUT):
                wait()

    def test_ports_are_open_or_closed(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.machine.wait_for_open_port(port)
            self.machine.wait_for_open_port(port, addr="127.0.0.1")
            with self.assertRaisesRegex(RequestedAssertionFailed, TIMED_OUT):
                self.machine.wait_for_closed_port(port, timeout=0.2)
        self.machine.wait_for_closed_port(port)
        with self.assertRaisesRegex(RequestedAssertionFailed, TIMED_OUT):
            self.machine.wait_for_open_port(port, "127.0.0.1", timeout=0.2)
        self.assertEqual(self.commands()[:2], [f"nc -z localhost {port}", f"nc -z 127.0.0.1 {port}"])
        self.assertIn(f"> waiting for TCP port {port} on 127.0.0.1", self.logger.lines)
        self.assertIn(f"> waiting for TCP port {port} on localhost to be closed", self.logger.lines)

    def test_unix_sockets_of_both_kinds(self) -> None:
        path = str(self.directory / "socket")
        for is_datagram, kind in ((False, socket.SOCK_STREAM), (True, socket.SOCK_DGRAM)):
            with self.subTest(is_datagram), socket.socket(socket.AF_UNIX, kind) as listening:
                listening.bind(f"{path}-{is_datagram}")
                if not is_datagram:
                    listening.listen()
                self.machine.wait_for_open_unix_socket(f"{path}-{is_datagram}", is_datagram)
        self.assertEqual(self.commands(), [f"nc -z -U {path}-False", f"nc -z -uU {path}-True"])
        self.assertIn(f"> waiting for UNIX-domain stream on '{path}-False'", self.logger.lines)
        self.assertIn(f"> waiting for UNIX-domain datagram on '{path}-True'", self.logger.lines)

    def test_sleep_is_on_the_machines_clock(self) -> None:
        self.machine.sleep(0)
        self.machine.sleep(timedelta(milliseconds=100))
        self.machine.sleep(duration=timedelta(seconds=0.1))
        self.assertEqual(self.commands(), ["sleep 0", "sleep 0.1", "sleep 0.1"])
        with self.assertRaises(TypeError):
            self.machine.sleep()
        with self.assertRaises(TypeError):
            self.machine.sleep(1, duration=timedelta(seconds=1))


if __name__ == "__main__":
    unittest.main()
