"""How the driver ends: by its time limit, by signals, and when things go wrong on the way."""

import signal
import unittest

from tests.support import PATIENCE, DriverTest


class TimeLimitTest(DriverTest):
    def test_test_whose_time_is_over_is_terminated(self) -> None:
        finished = self.drive("machine.succeed('sleep 60')", timeout=2)
        self.assertEqual(finished.returncode, -signal.SIGTERM)
        log = self.log(finished)
        self.assertIn("(finished: cleanup, in N seconds)", log[log.index("timeout reached; test terminating...") :])
        self.assertNotIn("Traceback", finished.stderr)
        self.assertNotIn("!!!", finished.stderr)

    def test_script_may_clean_up_when_its_time_is_over(self) -> None:
        finished = self.drive(
            "import time\ntry:\n    time.sleep(60)\nfinally:\n    print('cleaned up')\n", machines=(), timeout=1
        )
        self.assertEqual(finished.returncode, -signal.SIGTERM)
        self.assertEqual(finished.stdout.splitlines()[-1], "cleaned up")

    def test_script_that_catches_everything_is_ended_all_the_same(self) -> None:
        finished = self.drive(
            "import time\n"
            "type(driver).seconds_to_unwind = 0.1\n"
            "machine.start()\n"
            "while True:\n"
            "    try:\n"
            "        time.sleep(60)\n"
            "    except BaseException as error:\n"
            "        print(type(error).__name__, flush=True)\n",
            timeout=2,
        )
        self.assertEqual(finished.returncode, 128 + signal.SIGTERM)
        self.assertEqual(finished.stdout.splitlines()[-1], "Terminated")
        self.assertIn("!!! the script goes on although the test's time is over: ending without it", self.log(finished))

    def test_endless_limit_is_possible(self) -> None:
        finished = self.drive("import time; time.sleep(0.5)", machines=(), timeout=10**12)
        self.assert_passes(finished)
        self.assertNotIn("Exception", finished.stderr)


class ReaderTest(DriverTest):
    def test_reader_that_leaves_ends_neither_test_nor_clean_up(self) -> None:
        process = self.start(
            "machine.start()\nfor number in range(50):\n    machine.log(f'line {number}')\nprint('went on')\n",
            until="QEMU running",
        )
        assert process.stdout is not None and process.stderr is not None
        process.stderr.close()
        self.assertIn("went on", process.stdout.read())
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        self.assertEqual(self.machine_processes(), [])


class SignalTest(DriverTest):
    def test_ctrl_c_leaves_no_machine(self) -> None:
        process = self.start("machine.start()\nimport time\ntime.sleep(60)\n", until="QEMU running")
        self.interrupt_group(process)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(self.machine_processes(), [])

    def test_termination_leaves_no_machine_and_shows_its_signal(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process = self.start("machine.succeed('sleep 60')", until="must succeed")
                process.send_signal(number)
                process.communicate(timeout=PATIENCE)
                self.assertEqual(process.returncode, -number)
                self.assertEqual(self.machine_processes(), [])

    def test_end_that_is_asked_for_twice_at_once_is_one_end(self) -> None:
        process = self.start(
            "import sys, time, test_driver.termination\n"
            "test_driver.termination.SAME_REQUEST_SECONDS = 60\n"
            "try:\n"
            "    print('ready', file=sys.stderr)\n"
            "    time.sleep(60)\n"
            "finally:\n"
            "    print('unwinding', file=sys.stderr)\n"
            "    time.sleep(1)\n"
            "    print('unwound', file=sys.stderr)\n",
            until="ready",
        )
        process.send_signal(signal.SIGTERM)
        self.read_until(process, "unwinding")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertEqual(self.stable(log).splitlines(), ["unwound", "cleanup", "(finished: cleanup, in N seconds)"])

    def test_script_that_swallowed_a_request_to_end_hears_a_later_one(self) -> None:
        process = self.start(
            "import sys, time, test_driver.termination\n"
            "test_driver.termination.SAME_REQUEST_SECONDS = 0\n"
            "try:\n"
            "    print('ready', file=sys.stderr)\n"
            "    time.sleep(60)\n"
            "except BaseException:\n"
            "    print('swallowed', file=sys.stderr)\n"
            "time.sleep(60)\n",
            until="ready",
        )
        process.send_signal(signal.SIGTERM)
        self.read_until(process, "swallowed")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, -signal.SIGTERM)

    def test_what_was_printed_survives_a_kill(self) -> None:
        process = self.start("print('printed')\nlog.info('ready')\nimport time\ntime.sleep(60)\n", until="ready")
        process.kill()
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(output.splitlines()[-1], "printed")


class CleanUpTest(DriverTest):
    def test_machine_that_cannot_be_ended_does_not_keep_others_alive(self) -> None:
        finished = self.drive(
            "start_all()\n"
            "release = one.release\n"
            "def broken():\n"
            "    release()\n"
            "    raise OSError('no way')\n"
            "one.release = broken\n",
            machines=("one", "two"),
        )
        self.assert_reports(finished, *["cannot end the machine 'one': no way"] * 2)

    def test_failure_of_the_script_is_not_hidden_by_one_of_the_clean_up(self) -> None:
        finished = self.drive("def broken(): raise OSError('no way')\nmachine.release = broken\n1 / 0\n")
        self.assertEqual(finished.returncode, 1)
        self.assertIn("!!! cannot end the machine 'machine': no way", self.log(finished))
        self.assertTrue(finished.stderr.endswith("ZeroDivisionError: division by zero\n"), finished.stderr)


if __name__ == "__main__":
    unittest.main()
