"""How the driver runs a script, and how it ends."""

import signal
import unittest
from xml.etree import ElementTree

from tests.support import DriverTest


class ScriptTest(DriverTest):
    def test_script_finds_its_names(self) -> None:
        finished = self.drive(
            "assert '__name__' not in globals()\n"
            "assert [m.name for m in machines] == ['client', 'web-server'], machines\n"
            "assert driver.machines == machines and web_server.name == 'web-server'\n"
            "assert vlans == []\n"
            "debug.breakpoint()\n"
            "log.info('a remark')\n"
            "t.assertEqual(1, 1)\n"
            "start_all()\n"
            "assert all(m.booted for m in machines)\n",
            machines=("web-server", "client"),
        )
        self.assert_passes(finished)
        self.assertIn("a remark\n", finished.stderr)
        self.assertIn("additionally exposed symbols:\n    client, web_server,\n    start_all, ", finished.stdout)

    def test_only_machine_is_called_machine_too_and_warns(self) -> None:
        finished = self.drive("machine.succeed('true')", machines=("server",))
        self.assert_passes(finished)
        self.assertIn("the machine is called 'server'", finished.stderr)

    def test_failed_assertion_of_t_is_reported_by_the_script_alone(self) -> None:
        self.assert_reports(
            self.drive("t.assertEqual(1, 2)\n"),
            "Traceback (most recent call last):",
            '  File "<string>", line 1, in <module>',
            "    t.assertEqual(1, 2)",
            "RequestedAssertionFailed: 1 != 2",
        )

    def test_other_exceptions_are_pythons_own_tracebacks(self) -> None:
        finished = self.drive("x = 1\nassert x == 2, 'not two'\n")
        self.assertEqual(finished.returncode, 1)
        self.assertIn('File "<string>", line 2, in <module>\n    assert x == 2', finished.stderr)
        self.assertTrue(finished.stderr.endswith("AssertionError: not two\n"), finished.stderr)

    def test_syntax_error_fails_before_any_machine_starts(self) -> None:
        finished = self.drive("machine.start()\nif\n")
        self.assertEqual(finished.returncode, 1)
        self.assertIn('File "<string>", line 2', finished.stderr)
        self.assertNotIn("starting vm", finished.stderr)

    def test_failed_subtest_says_its_name_and_keeps_the_exception(self) -> None:
        finished = self.drive("with subtest('reads'):\n    machine.succeed('exit 4')\n")
        self.assertIn('!!! subtest "reads" failed: command `exit 4` failed (exit code 4)', finished.stderr)
        self.assertIn("!!! RequestedAssertionFailed: command `exit 4` failed (exit code 4)", finished.stderr)

    def test_script_of_the_command_line_replaces_the_configured_one(self) -> None:
        other = self.directory / "other"
        other.write_text("print('the other')")
        finished = self.drive("raise Exception", "--test-script", str(other))
        self.assert_passes(finished)
        self.assertIn("the other", finished.stdout)

    def test_retry_tells_the_last_try(self) -> None:
        finished = self.drive(
            "tries = []\n"
            "def never(last):\n"
            "    tries.append(last)\n"
            "    return False\n"
            "try:\n"
            "    retry(never, timeout_seconds=1)\n"
            "except Exception as error:\n"
            "    print(type(error).__name__, tries)\n"
        )
        self.assertIn("RequestedAssertionFailed [False, True]", finished.stdout)

    def test_polling_condition_fails_the_command_that_runs_meanwhile(self) -> None:
        finished = self.drive(
            "good = True\n"
            "@polling_condition(seconds_interval=0)\n"
            "def stays_good():\n"
            "    'the machine stays good'\n"
            "    machine.succeed('true')\n"
            "    return good\n"
            "stays_good.wait()\n"
            "with stays_good:\n"
            "    machine.succeed('true')\n"
            "    good = False\n"
            "    machine.succeed('true')\n"
        )
        self.assertEqual(finished.returncode, 1)
        self.assertIn("PollingConditionError: polling condition failed: the machine stays good", finished.stderr)

    def test_start_all_names_all_that_did_not_start(self) -> None:
        finished = self.drive("start_all()", machines=("one", "two"), fake_vm="dies")
        self.assertIn("MachineError: machine 'one': QEMU ended", finished.stderr)
        self.assertIn("machine 'two': QEMU ended", finished.stderr)

    def test_created_machine_ends_with_the_test(self) -> None:
        finished = self.drive(
            "extra = create_machine(machine.start_command, name='extra')\n"
            "extra.succeed('true')\n"
            "assert [m.name for m in driver.machines] == ['extra', 'machine']\n"
        )
        self.assert_passes(finished)

    def test_join_all_waits_for_machines_to_power_off(self) -> None:
        self.assert_passes(
            self.drive("machine.execute('(sleep 1; kill -TERM $PPID) >&2 &')\nmachine.crash()\njoin_all()\n")
        )


class EndTest(DriverTest):
    def test_test_whose_time_is_over_is_terminated(self) -> None:
        finished = self.drive("machine.succeed('sleep 60')", timeout=1)
        self.assertEqual(finished.returncode, -signal.SIGTERM)
        self.assertIn("!!! the test did not end in 1 seconds and is terminated", finished.stderr)

    def test_ctrl_c_leaves_no_machine(self) -> None:
        process = self.start("machine.start()\nimport time\ntime.sleep(60)\n", until="QEMU running")
        self.interrupt_group(process)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(self.machine_processes(), [])

    def test_termination_leaves_no_machine(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process = self.start("machine.succeed('sleep 60')", until="must succeed")
                process.send_signal(number)
                process.communicate(timeout=20)
                self.assertEqual(process.returncode, -number)
                self.assertEqual(self.machine_processes(), [])

    def test_ctrl_c_at_the_prompt_spares_the_machines(self) -> None:
        process = self.start("", "--interactive", until="test_script() runs the test")
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write("machine.start()\n")
        process.stdin.flush()
        while "QEMU running" not in process.stderr.readline():
            pass
        self.interrupt_group(process)
        while "KeyboardInterrupt" not in process.stderr.readline():
            pass
        process.stdin.write("machine.succeed('echo still here')\n")
        process.stdin.close()
        self.assertIn("finished: must succeed: echo still here", process.stderr.read())
        process.wait(timeout=20)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.machine_processes(), [])


class CommandTest(DriverTest):
    def test_prompt_runs_python_and_survives_a_failed_script(self) -> None:
        finished = self.drive(
            "machine.succeed('exit 5')",
            "--interactive",
            stdin="test_script()\nprint('up:', machine.is_up())\nexit(3)\n",
        )
        self.assertIn("the test failed; its machines are as it left them", finished.stderr)
        self.assertIn("up: True", finished.stdout)
        self.assertEqual(finished.returncode, 3)

    def test_no_interactive_wins_when_it_comes_later(self) -> None:
        finished = self.drive("print('ran')", "--interactive", "--no-interactive")
        self.assertIn("ran", finished.stdout)

    def test_junit_report_has_a_case_for_each_subtest(self) -> None:
        script = "with subtest('good'):\n    pass\nwith subtest('bad'):\n    machine.fail('true')\n"
        self.assertEqual(self.drive(script, "--junit-xml", "report.xml").returncode, 1)
        suite = ElementTree.parse(self.out_dir / "report.xml").getroot()
        cases = {case.get("name"): case.find("failure") is None for case in suite.iter("testcase")}
        self.assertEqual(cases, {"main": False, "good": True, "bad": False})

    def test_xml_log_is_whole_even_after_a_failure(self) -> None:
        logfile = self.directory / "log.xml"
        self.drive("machine.fail('true')", environment={"LOGFILE": str(logfile)})
        heads = [head.text for head in ElementTree.parse(logfile).getroot().iter("head")]
        self.assertIn("must fail: true", heads)

    def test_unusable_configuration_is_a_usage_error(self) -> None:
        for text, words in (
            ("{", "is not JSON"),
            ("{}", "has no usable key 'vms'"),
            ('{"vlans": [1]}', "this driver has no virtual networks"),
        ):
            with self.subTest(text):
                finished = self.drive("", "--config", str(self.write(text)))
                self.assertEqual(finished.returncode, 2)
                self.assertIn(words, finished.stderr)

    def write(self, text: str) -> str:
        file = self.directory / "other.json"
        file.write_text(text)
        return str(file)


if __name__ == "__main__":
    unittest.main()
