"""What a script finds, and what becomes of its failures."""

import json
import unittest

from tests.support import DriverTest

SYMBOLS = (
    "start_all, test_script, machines, machines_qemu, machines_nspawn, vlans, driver, log, os, create_machine, "
    "subtest, run_tests, join_all, retry, serial_stdout_off, serial_stdout_on, polling_condition, BaseMachine, "
    "QemuMachine, NspawnMachine, t, debug, dump_machine_ssh"
)
BEGIN = [
    "Machine state will be reset. To keep it, pass --keep-machine-state",
    "start all VLans",
    "(finished: start all VLans, in N seconds)",
    "Test will time out and terminate in 60 seconds",
    "run the VM test script",
]
END = ["cleanup", "(finished: cleanup, in N seconds)"]


class NamesTest(DriverTest):
    def test_script_finds_its_names(self) -> None:
        finished = self.drive(
            "assert '__name__' not in globals() and '__file__' not in globals() and 'Machine' not in globals()\n"
            "assert [m.name for m in machines] == ['client', 'web-server'], machines\n"
            "assert driver.machines == machines and driver.machines is not driver.machines\n"
            "assert web_server.name == 'web-server' and client in machines_qemu and machines_nspawn == []\n"
            "assert isinstance(client, QemuMachine) and isinstance(client, BaseMachine)\n"
            "assert vlans == driver.vlans == []\n"
            "debug.breakpoint()\n"
            "t.assertEqual(1, 1)\n"
            "assert os.environ['NO_COLOR'] == '1'\n",
            machines=("web-server", "client"),
        )
        self.assert_passes(finished)
        self.assertEqual(
            finished.stdout, f"additionally exposed symbols:\n    client, web-server,\n    ,\n    {SYMBOLS}\n"
        )
        self.assertEqual(
            self.log(finished),
            [*BEGIN, "(finished: run the VM test script, in N seconds)", "test script finished in Ns", *END],
        )

    def test_what_no_identifier_may_have_becomes_an_underscore(self) -> None:
        finished = self.drive(
            "print([name for name in globals() if name.startswith('_') and name != '__builtins__'])\n"
            "print(_x.name, a_b_c.name, _ml_ut.name)\n",
            machines=("1x", "a.b-c", "üml ut"),
        )
        self.assert_passes(finished)
        self.assertEqual(finished.stdout.splitlines()[-2:], ["['_x', '_ml_ut']", "1x a.b-c üml ut"])

    def test_machines_that_share_a_name_in_the_script_are_pointed_out(self) -> None:
        finished = self.drive("assert a_b.name == 'a_b'", machines=("a-b", "a_b"))
        self.assert_passes(finished)
        self.assertIn("two machines are called 'a_b' in the script: rename 'a_b'", self.log(finished))

    def test_only_machine_is_called_machine_too_and_each_line_is_warned_once(self) -> None:
        finished = self.drive(
            "for _ in range(2): assert machine.name == 'web-server'\n"
            "machine.answer = 42\n"
            "assert web_server.answer == 42\n"
            "assert repr(machine) == repr(web_server) and dir(machine) == dir(web_server)\n"
            "assert '__warningregistry__' not in globals()\n",
            machines=("web-server",),
        )
        self.assert_passes(finished)
        warning = "the machine is called 'web_server': from NixOS 27.05 on 'machine' is not another name for it"
        self.assertEqual(
            self.log(finished)[len(BEGIN) :][:6],
            [
                f"??? Warning (UserWarning): {warning}",
                '    File "<string>", line 1',
                "      for _ in range(2): assert machine.name == 'web-server'",
                f"??? Warning (UserWarning): {warning}",
                '    File "<string>", line 2',
                "      machine.answer = 42",
            ],
        )

    def test_machine_of_that_name_is_no_alias(self) -> None:
        finished = self.drive("assert machine.name == 'machine'", machines=("machine",))
        self.assertNotIn("Warning", finished.stderr)

    def test_containers_have_a_name_and_nothing_else(self) -> None:
        finished = self.drive("def wait(machine: NspawnMachine): pass\nNspawnMachine(name='x')\n", machines=())
        self.assertEqual(
            self.log(finished)[-3:],
            [
                "!!! test_driver.errors.MachineError: this driver has no containers: make the machine one of 'nodes' "
                "instead of 'containers'",
                *END,
            ],
        )

    def test_ssh_backdoor_is_answered_for(self) -> None:
        finished = self.drive("dump_machine_ssh()", machines=())
        self.assertTrue(
            finished.stdout.splitlines()[-1].startswith("this driver has no SSH backdoor: type at a prompt")
        )

    def test_test_that_asks_for_the_ssh_backdoor_runs_and_is_answered(self) -> None:
        config = json.loads(self.configuration("print('ran')").read_text()) | {"enable_ssh_backdoor": True}
        finished = self.drive("print('ran')", "-c", str(self.write("ssh.json", json.dumps(config))))
        self.assert_passes(finished)
        self.assertTrue(finished.stdout.startswith("this driver has no SSH backdoor: "), finished.stdout)
        self.assertEqual(finished.stdout.splitlines()[-1], "ran")

    def test_everything_a_script_finds_explains_itself(self) -> None:
        finished = self.drive(
            "import inspect\n"
            "things = {name: thing for name, thing in globals().items() if not name.startswith('_')}\n"
            "del things['inspect'], things['os'], things['vlans'], things['t']\n"
            "for name in [name for name, thing in things.items() if type(thing) is list]:\n"
            "    del things[name]\n"
            "things['condition'] = polling_condition(lambda: True)\n"
            "from test_driver.vlan import VLan\n"
            "things['VLan'] = VLan\n"
            "for name, thing in things.items():\n"
            "    if not inspect.getdoc(thing):\n"
            "        print('undocumented:', name)\n"
            "    owner = thing if isinstance(thing, type) else type(thing)\n"
            "    if owner.__module__.startswith('test_driver'):\n"
            "        for part, value in inspect.getmembers(owner):\n"
            "            is_ours = callable(value) or isinstance(value, property)\n"
            "            if is_ours and not part.startswith('_') and not inspect.getdoc(value):\n"
            "                print('undocumented:', name, part)\n"
        )
        self.assert_passes(finished)
        self.assertEqual([line for line in finished.stdout.splitlines() if line.startswith("undocumented")], [])


class FailureTest(DriverTest):
    def test_failed_assertion_is_reported_by_the_script_alone(self) -> None:
        finished = self.drive(
            "def check(value):\n    t.assertEqual(\n        value, 2, 'two\\nlines'\n    )\n\nif True:\n    check(1)\n",
            machines=(),
        )
        self.assertEqual(finished.returncode, 1)
        self.assertEqual(
            self.log(finished),
            [
                *BEGIN,
                "!!! Traceback (most recent call last):",
                '!!!   File "<string>", line 7, in <module>',
                "!!!     check(1)",
                '!!!   File "<string>", line 2, in check',
                "!!!     t.assertEqual(",
                "!!! ",
                "!!! RequestedAssertionFailed: 1 != 2 : two",
                "!!! lines",
                *END,
            ],
        )

    def test_code_of_the_script_s_own_making_does_not_confuse_the_report(self) -> None:
        self.assert_reports(
            self.drive("exec('\\n' * 8 + 't.fail()')", machines=()),
            "Traceback (most recent call last):",
            '  File "<string>", line 1, in <module>',
            "    exec('\\n' * 8 + 't.fail()')",
            '  File "<string>", line 9, in <module>',
            "",
            "RequestedAssertionFailed: None",
        )

    def test_other_exceptions_are_python_s_own_tracebacks(self) -> None:
        finished = self.drive("x = 1\nassert x == 2, 'not two'\n", machines=())
        self.assertEqual(finished.returncode, 1)
        self.assertNotIn("!!!", finished.stderr)
        self.assertIn('  File "<string>", line 2, in <module>\n    assert x == 2', finished.stderr)
        self.assertTrue(finished.stderr.endswith("AssertionError: not two\n"), finished.stderr)

    def test_syntax_error_fails_before_anything_of_the_script_runs(self) -> None:
        finished = self.drive("print('ran')\nif\n", machines=())
        self.assertEqual(finished.returncode, 1)
        self.assertEqual(
            [line for line in self.log(finished)[-4:] if "^" not in line],
            ['  File "<string>", line 2', "    if", "SyntaxError: invalid syntax"],
        )
        self.assertNotIn("ran", finished.stdout)

    def test_script_in_another_encoding_is_named(self) -> None:
        finished = self.drive(b"# gr\xfc\xdfe\n", machines=())
        self.assert_reports(
            finished,
            f"the test script '{self.directory}/test-script' is not UTF-8 ('utf-8' codec can't decode byte 0xfc in "
            "position 4: invalid start byte): save it as such",
        )

    def test_script_s_own_exit_code_is_the_driver_s(self) -> None:
        for script, code in (("os.sys.exit()", 0), ("os.sys.exit(0)", 0), ("os.sys.exit(3)", 3)):
            with self.subTest(script):
                self.assertEqual(self.drive(script, machines=()).returncode, code)

    def test_error_of_the_log_ends_the_driver(self) -> None:
        finished = self.drive("log.error('no way')\nprint('not reached')\n", machines=())
        self.assertEqual(finished.returncode, 1)
        self.assertEqual(self.log(finished), [*BEGIN, "no way", *END])
        self.assertNotIn("not reached", finished.stdout)

    def test_failed_subtest_says_its_name_and_keeps_the_exception(self) -> None:
        finished = self.drive(
            "try:\n"
            "    with subtest('divides'):\n"
            "        1 / 0\n"
            "except ZeroDivisionError:\n"
            "    pass\n"
            "with subtest('asserts'):\n"
            "    t.fail('so')\n",
            machines=(),
        )
        self.assertEqual(finished.returncode, 1)
        self.assertEqual(
            self.log(finished),
            [
                *BEGIN,
                "subtest: divides",
                '!!! Test "divides" failed with error: "division by zero"',
                "subtest: asserts",
                '!!! Test "asserts" failed with error: "so"',
                "!!! Traceback (most recent call last):",
                '!!!   File "<string>", line 7, in <module>',
                "!!!     t.fail('so')",
                "!!! ",
                "!!! RequestedAssertionFailed: so",
                *END,
            ],
        )

    def test_machine_that_does_not_start_is_reported_with_the_driver_s_frames(self) -> None:
        finished = self.drive("start_all()", machines=("one", "two"), fake_vm="dies")
        self.assertEqual(finished.returncode, 1)
        report = [line for line in self.log(finished) if line.startswith("!!! ")]
        self.assertEqual(report[0], "!!! Traceback (most recent call last):")
        self.assertIn('!!!   File "<string>", line 1, in <module>', report)
        begin = report.index("!!! test_driver.errors.MachineError: Failed to start the following machines:")
        failures = [line for line in report[begin + 1 :] if not line.startswith("!!!  ")]
        self.assertEqual([line.split(":")[0] for line in failures], ["!!! one", "!!! two"])

    def test_names_and_output_outside_of_the_terminal_s_characters_do_no_harm(self) -> None:
        finished = self.drive(
            "print('Grüße ☃')\nlog.info('☃')\n",
            machines=("ümläut",),
            environment={"PYTHONIOENCODING": "ascii"},
        )
        self.assert_passes(finished)
        self.assertIn("    \\xfcml\\xe4ut,\n", finished.stdout)
        self.assertEqual(finished.stdout.splitlines()[-1], "Gr\\xfc\\xdfe \\u2603")
        self.assertIn("\\u2603", self.log(finished))


if __name__ == "__main__":
    unittest.main()
