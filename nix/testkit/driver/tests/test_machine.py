"""Machines as a user of the driver sees them: what a failure of theirs looks like, and what Ctrl-C does."""

import os
import signal
import time
import unittest

from tests.support import DriverTest


class ReportTest(DriverTest):
    def test_failed_command_is_reported_by_the_scripts_lines(self) -> None:
        self.assert_reports(
            self.drive("def check():\n    machine.succeed('true', 'exit 7')\n\ncheck()\n"),
            "Traceback (most recent call last):",
            '  File "<string>", line 4, in <module>',
            "    check()",
            '  File "<string>", line 2, in check',
            "    machine.succeed('true', 'exit 7')",
            "",
            "RequestedAssertionFailed: command `exit 7` failed (exit code 7)",
        )

    def test_lost_machine_is_reported_with_its_last_words(self) -> None:
        finished = self.drive("machine.succeed('kill -QUIT $FAKE_VM_PID; sleep 20')")
        self.assertEqual(finished.returncode, 1)
        reported = [line for line in finished.stderr.splitlines() if line.startswith("!!! ")]
        self.assertEqual(
            reported[-4:],
            [
                "!!! test_driver.errors.MachineError: machine 'machine': Shell disconnected (exit code 134); "
                "its last output:",
                "!!!     firmware speaks",
                "!!!     connecting to host...",
                "!!!     fake: fatal: out of luck",
            ],
        )

    def test_terminal_control_of_the_guest_stays_out_of_the_log(self) -> None:
        finished = self.drive("machine.succeed('true')")
        self.assertIn("machine # firmware speaks\n", finished.stderr)
        self.assertNotIn("\x1b", finished.stderr)


class PromptTest(DriverTest):
    def test_ctrl_c_ends_a_command_and_leaves_the_machine_usable(self) -> None:
        process = self.start("", "--interactive", until="test_script() runs the test")
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write("machine.succeed('sleep 1; echo late')\n")
        process.stdin.flush()
        while "must succeed" not in process.stderr.readline():
            pass
        while "connecting took" not in process.stderr.readline():
            pass
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        process.stdin.write("assert machine.succeed('echo now') == 'now\\n'; print('as it should be')\n")
        process.stdin.write("import sys; sys.stderr.write('the end')\n")
        process.stdin.close()
        said = process.stderr.read()
        process.wait(timeout=20)
        self.assertIn("KeyboardInterrupt", said)
        self.assertIn("waiting for an interrupted command to end", said)
        self.assertIn("finished: must succeed: echo now", said)
        self.assertNotIn("AssertionError", said)
        self.assertIn("the end", said)
        self.assertEqual(self.machine_processes(), [])


if __name__ == "__main__":
    unittest.main()
