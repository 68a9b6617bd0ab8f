"""The prompt of `--interactive`: fed by a program, and at a terminal."""

import fcntl
import importlib.util
import os
import pty
import select
import signal
import subprocess
import termios
import time
import unittest

from tests.support import PATIENCE, DriverTest

INTERACTIVE = "--interactive"
READY = "Ctrl-D ends both."


class PromptTest(DriverTest):
    def test_prompt_has_the_names_of_a_script_and_does_not_run_it(self) -> None:
        finished = self.drive(
            "print('ran')", INTERACTIVE, stdin="machine.name\nvlans, len(machines)\nexit(3)\n", machines=("server",)
        )
        self.assertEqual(finished.returncode, 3)
        self.assertIn("'server'\n", finished.stdout)
        self.assertIn("([], 1)\n", finished.stdout)
        self.assertNotIn("ran", finished.stdout)

    def test_end_of_input_ends_the_driver_and_its_machines(self) -> None:
        finished = self.drive("", INTERACTIVE, stdin="start_all()\n")
        self.assert_passes(finished)
        self.assertIn("kill QemuMachine (pid P)", self.log(finished))
        self.assertEqual(self.log(finished)[-1], "(finished: cleanup, in N seconds)")

    def test_failed_script_keeps_the_machines(self) -> None:
        for run in ("test_script()", "run_tests()"):
            with self.subTest(run):
                finished = self.drive(
                    "machine.start()\nt.fail('so')", INTERACTIVE, stdin=f"{run}\nprint('up:', machine.booted)\n"
                )
                self.assert_passes(finished)
                self.assertIn("!!! RequestedAssertionFailed: so", self.log(finished))
                self.assertIn("the test failed; its machines are as it left them", self.log(finished))
                self.assertIn("up: True", finished.stdout)

    def test_script_that_ends_itself_is_no_failure(self) -> None:
        finished = self.drive("os.sys.exit()", INTERACTIVE, stdin="test_script()\nprint('still here')\n")
        self.assertNotIn("failed", finished.stderr)
        self.assertIn("still here", finished.stdout)

    def test_exceptions_show_the_script_s_lines_and_keep_the_prompt(self) -> None:
        finished = self.drive("def f():\n    1 / 0\nf()\n", INTERACTIVE, stdin="test_script()\nprint('still here')\n")
        self.assert_passes(finished)
        self.assertIn('  File "<string>", line 2, in f\n    1 / 0', finished.stderr)
        self.assertIn("still here", finished.stdout)

    def test_request_to_end_ends_it_whatever_it_does(self) -> None:
        for command in ("", "import time, sys; print('busy', file=sys.stderr); time.sleep(60)\n"):
            with self.subTest(command):
                process = self.start("", INTERACTIVE, until=READY)
                assert process.stdin is not None
                process.stdin.write(command)
                process.stdin.flush()
                if command:
                    self.read_until(process, "busy")
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=PATIENCE)
                self.assertEqual(process.returncode, -signal.SIGTERM)

    def test_ctrl_c_returns_to_the_prompt_and_spares_the_machine(self) -> None:
        process = self.start("", INTERACTIVE, until=READY)
        assert process.stdin is not None
        process.stdin.write("machine.start()\n")
        process.stdin.flush()
        self.read_until(process, "QEMU running")
        self.interrupt_group(process)
        self.read_until(process, "KeyboardInterrupt")
        _, log = process.communicate("machine.succeed('echo still here')\n", timeout=PATIENCE)
        self.assertIn("finished: must succeed: echo still here", log)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.machine_processes(), [])


@unittest.skipIf(importlib.util.find_spec("readline") is None, "this Python has no module 'readline'")
class TerminalTest(DriverTest):
    """The driver with a terminal of its own, as a person has it."""

    def setUp(self) -> None:
        super().setUp()
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.slave)
        self.seen = ""

    def open(self, script: str = "", machines: tuple[str, ...] = ("machine",)) -> "subprocess.Popen[bytes]":
        """Start the driver and wait for its prompt."""
        process = subprocess.Popen(
            self.command(script, INTERACTIVE, machines=machines),
            env={**self.environment(), "TERM": "dumb"},
            cwd=self.directory,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            # Safe here: this process has no other threads.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.expect(READY)
        self.expect(">>> ")
        return process

    def expect(self, text: str) -> str:
        """Read what is on the screen up to `text`, and return what was before it."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            if not select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self.fail(f"'{text}' did not appear behind: {self.seen}")
            self.seen += os.read(self.master, 4096).decode(errors="replace").replace("\r\n", "\n")
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C until it has an effect: readline does not notice it just before it waits for a key."""
        while "KeyboardInterrupt\n>>> " not in self.seen:
            self.type("\x03")
            while select.select([self.master], [], [], 0.5)[0]:
                self.seen += os.read(self.master, 4096).decode(errors="replace").replace("\r\n", "\n")
        self.seen = ""

    def test_tab_completes_names_and_their_attributes(self) -> None:
        self.open(machines=("web-server",))
        self.type("web_s\t.nam\t\n")
        self.expect("'web-server'\n>>> ")
        # The alias is completed too, without a warning for each of its names.
        self.type("machine.full_cons\t\n")
        before = self.expect(">>> ")
        self.assertIn("machine.full_console_log", before)
        self.assertEqual(before.count("??? Warning"), 1)

    def test_history_of_the_last_session_is_there(self) -> None:
        first = self.open()
        self.type("6 * 7\n")
        self.expect("42\n>>> ")
        self.type("\x04")
        self.assertEqual(first.wait(timeout=PATIENCE), 0)
        self.assertEqual((self.directory / ".nixos-test-history").read_text().splitlines()[-1], "6 * 7")
        self.seen = ""
        self.open()
        self.type("\x1b[A\n")
        self.expect("42\n>>> ")

    def test_ctrl_c_drops_the_line_and_interrupts_commands(self) -> None:
        process = self.open()
        self.type("unfini")
        self.expect("unfini")
        self.interrupt()
        self.type("machine.succeed('sleep 50')\n")
        self.expect("finished: waiting for the VM to finish booting")
        self.interrupt()
        self.type("machine.booted\n")
        self.expect("True\n>>> ")
        self.type("\x04")
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        self.assertEqual(self.machine_processes(), [])

    def test_history_that_cannot_be_had_is_no_trouble(self) -> None:
        (self.directory / ".nixos-test-history").mkdir()
        process = self.open()
        self.type("6 * 7\n")
        self.expect("42\n>>> ")
        self.type("\x04")
        self.assertEqual(process.wait(timeout=PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
