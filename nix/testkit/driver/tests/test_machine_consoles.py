"""The serial console, virtual terminals, and a person at the root shell."""

import io
import os
import re
import shutil
import socket
import time
import unittest
from contextlib import redirect_stdout
from datetime import timedelta
from unittest import mock

from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.machine.interaction import interact
from tests.machine_support import MachineTest, alarm_after, interrupt

BOOT = ["firmware speaks", "connecting to host..."]


class SerialConsoleTest(MachineTest):
    def test_all_lines_are_kept_and_logged_without_terminal_control(self) -> None:
        self.machine.connect()
        self.machine.succeed("printf '\\e[1;31mred\\e[0m\\a ä\\r\\n\\xff\\n' >&2")
        self.machine.wait_for_console_text("\ufffd")
        expected = [*BOOT, "red ä", "\ufffd"]
        self.assertEqual(self.machine.get_console_log(), "\n".join(expected))
        self.assertEqual(self.machine.full_console_log, expected)
        self.assertEqual(self.logger.serial, expected)

    def test_log_begins_anew_with_each_start_and_outlives_the_machine(self) -> None:
        self.machine.connect()
        self.machine.succeed("echo first life >&2")
        self.machine.wait_for_console_text("first life")
        self.machine.crash()
        self.assertEqual(self.machine.get_console_log().splitlines(), [*BOOT, "first life"])
        self.machine.start()
        self.machine.wait_for_console_text("connecting")
        self.assertEqual(self.machine.get_console_log().splitlines(), BOOT)

    def test_text_is_waited_for_from_the_start_on(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        self.machine.wait_for_console_text("firmware (speaks)")
        self.machine.wait_for_console_text("^connecting", timeout=timedelta(seconds=5))
        self.assertEqual(
            self.logger.lines,
            [
                "> waiting for firmware (speaks) to appear on console",
                "< waiting for firmware (speaks) to appear on console",
                "> waiting for ^connecting to appear on console",
                "< waiting for ^connecting to appear on console",
            ],
        )

    def test_text_that_is_still_to_come_is_waited_for(self) -> None:
        self.machine.execute("(sleep 0.5; echo done at last) >&2 &")
        self.machine.wait_for_console_text("at last")

    def test_text_may_span_lines(self) -> None:
        self.machine.connect()
        self.machine.wait_for_console_text(r"speaks\nconnecting to host\.\.\.\n")

    def test_lines_are_read_once_and_no_further_than_needed(self) -> None:
        self.machine.succeed("printf 'one\\ntwo\\nthree\\n' >&2")
        self.machine.wait_for_console_text("one")
        self.machine.wait_for_console_text("two")
        with self.assertRaises(RequestedAssertionFailed):
            self.machine.wait_for_console_text("one", timeout=0.2)

    def test_wait_ends_when_its_time_is_over(self) -> None:
        self.machine.connect()
        pattern = r"^action timed out after \d+\.\d\d seconds \(timeout=0.2\)$"
        with self.assertRaisesRegex(RequestedAssertionFailed, pattern):
            self.machine.wait_for_console_text("never", timeout=0.2)

    def test_wait_does_not_keep_the_processor_busy(self) -> None:
        self.machine.connect()
        begin = time.process_time()
        with self.assertRaises(RequestedAssertionFailed):
            self.machine.wait_for_console_text("never", timeout=1)
        self.assertLess(time.process_time() - begin, 0.3)

    def test_last_words_of_a_machine_are_found_and_then_its_end_is_an_error(self) -> None:
        self.machine.execute("(sleep 0.3; kill -QUIT $FAKE_VM_PID) >&2 &")
        self.machine.wait_for_console_text("out of luck")
        with self.assertRaisesRegex(MachineError, r"^machine 'machine': QEMU ended \(exit code 134\)"):
            self.machine.wait_for_console_text("never")

    def test_last_words_are_waited_for_when_the_log_is_slow(self) -> None:
        self.logger.slow_lines["connecting to host..."] = 1.5
        self.machine.execute("(sleep 0.1; kill -QUIT $FAKE_VM_PID) >&2 &")
        self.machine.wait_for_console_text("out of luck")

    def test_what_is_typed_reaches_the_guest(self) -> None:
        self.machine.start()
        self.machine.send_console("root\nsecret ä\n")
        self.machine.wait_for_console_text("typed: secret ä")
        self.assertEqual(self.told("serial"), ["root", "secret ä"])

    def test_person_types_at_the_serial_console_until_their_input_ends(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        with mock.patch("sys.stdin", io.StringIO("one\ntwo\n")):
            self.machine.console_interact()
        self.machine.wait_for_console_text("typed: two")
        self.assertEqual(
            self.logger.lines[:2], ["Terminal is ready (there is no prompt):", "Closing connection to the console"]
        )


class TerminalTest(MachineTest):
    guest = """
    stty() { [[ "$*" == "-F /dev/tty7 size" ]] && echo '3 10'; }
    fold() {
      [[ "$*" == "-w10 /dev/vcs7" || "$*" == "-w 80 /dev/vcs7" ]] || return 1
      printf 'welcome   \\nlogin: %s' "$(cat "$STATE/user" 2>/dev/null)"
    }
    systemd-cat() { { echo "journal:"; cat; echo; } >&2; }
    """
    SCREEN = "welcome   \nlogin: "

    def test_text_is_that_of_the_screen(self) -> None:
        self.assertEqual(self.machine.get_tty_text("7"), self.SCREEN)
        self.assertEqual(self.machine.get_tty_text("8"), "")

    def test_text_is_waited_for(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        self.machine.wait_until_tty_matches("7", "log.n")
        self.assertEqual(
            self.logger.lines, ["> waiting for log.n to appear on tty 7", "< waiting for log.n to appear on tty 7"]
        )
        self.machine.execute("(sleep 0.3; echo alice >$STATE/user) >&2 &")
        self.machine.wait_until_tty_matches("7", "login: alice", timeout=5)

    def test_text_that_did_not_come_leaves_what_is_there_in_the_log(self) -> None:
        with self.assertRaisesRegex(RequestedAssertionFailed, r"\(timeout=0.2\)$"):
            self.machine.wait_until_tty_matches("7", "never", timeout=0.2)
        self.assertEqual(
            self.logger.lines[-1], f"Last chance to match /never/ on TTY7, which currently contains: {self.SCREEN}"
        )

    def test_text_goes_to_the_journal(self) -> None:
        self.machine.dump_tty_contents("7")
        self.machine.wait_for_console_text(r"journal:\nwelcome   \nlogin: \n", timeout=5)

    def test_text_goes_to_the_console_where_there_is_no_journal(self) -> None:
        (self.directory / "guest-functions").write_text(f"{self.guest}\nunset -f systemd-cat\nPATH={self.directory}\n")
        for program in ("bash", "base64", "cat", "cut", "timeout"):
            (self.directory / program).symlink_to(str(shutil.which(program)))
        self.machine.dump_tty_contents("7")
        self.machine.wait_for_console_text(r"welcome   \nlogin: \n", timeout=5)
        self.assertNotIn("journal:", self.machine.get_console_log())


class PersonTest(MachineTest):
    def interact(self, typed: str) -> str:
        output = io.StringIO()
        with mock.patch("sys.stdin", io.StringIO(typed)), redirect_stdout(output):
            self.machine.shell_interact()
        return output.getvalue()

    def test_commands_run_one_after_the_other_until_the_input_ends(self) -> None:
        self.assertEqual(self.interact("variable=ä\nsleep 0.3; echo $variable\necho --the user\n"), "ä\n--the user\n")
        self.assertIn("Terminal is ready (there is no initial prompt):", self.logger.lines)
        self.assertEqual(self.machine.succeed("echo script"), "script\n")
        self.assertNotIn("waiting for an interrupted command to end", self.logger.lines)
        self.assertEqual(self.interact("echo again\n"), "again\n")

    def test_large_output_comes_whole(self) -> None:
        self.assertEqual(len(self.interact("head -c 300000 /dev/zero | tr '\\0' x\n")), 300000)

    def test_mark_that_comes_in_pieces_is_not_shown(self) -> None:
        ours, shells = socket.socketpair()
        output = io.StringIO()
        with ours, shells, mock.patch("sys.stdin", io.StringIO("")), redirect_stdout(output):

            def answer() -> None:
                self.assertEqual(shells.recv(1000), b"echo '--the user has left--'\n")
                for piece in (b"out--", b"the user--the us", b"er has left--", b"\n"):
                    shells.sendall(piece)
                    time.sleep(0.05)

            with self.meanwhile(answer), alarm_after(10, interrupt):
                self.assertTrue(interact(ours))
        self.assertEqual(output.getvalue(), "out--the user")

    def test_person_may_leave_at_any_time(self) -> None:
        self.machine.connect()
        with alarm_after(0.3, interrupt), self.assertRaises(InterruptedError):
            self.interact("sleep 1; echo late\n")
        self.assertEqual(self.machine.succeed("echo script"), "script\n")

    def test_person_may_switch_the_machine_off(self) -> None:
        self.assertEqual(self.interact("echo bye\npoweroff\n"), "bye\n")
        self.machine.wait_for_shutdown()

    def test_commands_of_other_threads_wait(self) -> None:
        self.machine.connect()
        (self.directory / "input").mkdir()
        results: list[str] = []

        def run() -> None:
            time.sleep(0.2)
            results.append(self.machine.succeed("echo other"))

        with self.meanwhile(run):
            self.assertEqual(self.interact("sleep 0.6; echo person\n"), "person\n")
        self.assertEqual(results, ["other\n"])

    def test_address_is_for_socat(self) -> None:
        socat = self.directory / "socat"
        socat.write_text('#!/bin/sh\necho "$1" >"$0.told"\nfd=${2#FD:}\neval "echo \'echo by socat >&2\' >&$fd"\n')
        socat.chmod(0o755)
        self.machine.connect()
        self.set_environment(PATH=f"{self.directory}:{os.environ['PATH']}")
        self.machine.shell_interact("tcp:127.0.0.1:1234")
        self.assertEqual((self.directory / "socat.told").read_text(), "tcp:127.0.0.1:1234\n")
        self.machine.wait_for_console_text("by socat", timeout=5)
        self.assertEqual(self.machine.succeed("echo script"), "script\n")

    def test_socat_that_is_missing_is_an_error_that_names_it(self) -> None:
        self.machine.connect()
        self.set_environment(PATH=str(self.directory))
        with self.assertRaisesRegex(MachineError, re.escape("needs 'socat', which is not on PATH: install it")):
            self.machine.shell_interact("tcp:127.0.0.1:1234")


if __name__ == "__main__":
    unittest.main()
