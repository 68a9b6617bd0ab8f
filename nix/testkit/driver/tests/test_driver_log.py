"""The log on the terminal, the XML log and the JUnit report."""

import unittest
from xml.etree import ElementTree

from tests.support import DriverTest

SPEAKS = (
    "log.debug('a detail')\n"
    "log.info('a remark')\n"
    "log.warning('a warning', {'machine': 'web'})\n"
    "log.log('a line')\n"
    "log.log_test_error('a failure')\n"
    "log.log_serial('booting', 'web')\n"
    "with log.nested('a step', {'machine': 'web'}):\n"
    "    pass\n"
)


class TerminalTest(DriverTest):
    def speech(self, *arguments: str, environment: dict[str, str] | None = None) -> list[str]:
        """What the terminal shows of the script above."""
        finished = self.drive(SPEAKS, *arguments, machines=(), environment=environment)
        self.assert_passes(finished)
        log = self.log(finished)
        return log[
            log.index("run the VM test script") + 1 : log.index("(finished: run the VM test script, in N seconds)")
        ]

    def test_levels_filter_remarks_alone(self) -> None:
        always = ["a line", "!!! a failure", "web # booting", "web: a step", "web: (finished: a step, in N seconds)"]
        remarks = ["a detail", "a remark", "web: a warning"]
        for level, shown in (("debug", 3), ("info", 2), ("warning", 1), ("error", 0)):
            with self.subTest(level):
                expected = [*remarks[3 - shown :], *always]
                self.assertEqual(self.speech("--log-level", level), expected)
                self.assertEqual(self.speech(environment={"logLevel": level}), expected)

    def test_level_is_info_by_default_and_the_command_line_wins(self) -> None:
        self.assertIn("a remark", self.speech())
        self.assertNotIn("a detail", self.speech())
        self.assertIn("a detail", self.speech("--log-level", "debug", environment={"logLevel": "error"}))

    def test_script_changes_the_level(self) -> None:
        finished = self.drive(
            "from test_driver.logger import LogLevel\n"
            "log.set_log_level(LogLevel.WARNING)\n"
            "log.info('a remark')\n"
            "log.set_log_level(LogLevel.DEBUG)\n"
            "log.debug('a detail')\n",
            machines=(),
        )
        self.assertNotIn("a remark", self.log(finished))
        self.assertIn("a detail", self.log(finished))

    def test_colours_show_what_a_line_is(self) -> None:
        finished = self.drive(
            SPEAKS + "log.error('the end')\n", "--log-level", "debug", machines=(), environment={"NO_COLOR": ""}
        )
        lines = finished.stderr.splitlines()
        for line in (
            "\x1b[1;32mrun the VM test script\x1b[0m",
            "\x1b[2ma detail\x1b[0m",
            "a remark",
            "web: a warning",
            "\x1b[31m!!! \x1b[0ma failure",
            "\x1b[2mweb # booting\x1b[0m",
            "web: \x1b[1;32ma step\x1b[0m",
            "the end",
        ):
            self.assertIn(line, lines)

    def test_loggers_of_the_script_s_own_hear_everything(self) -> None:
        finished = self.drive(
            "from contextlib import contextmanager\n"
            "class Listener:\n"
            "    @contextmanager\n"
            "    def nested(self, message, attributes={}):\n"
            "        print('nested', message, dict(attributes))\n"
            "        yield\n"
            "    subtest = nested\n"
            "    def __getattr__(self, name):\n"
            "        return lambda *given: print(name, *given)\n"
            "log.add_logger(Listener())\n"
            "with subtest('a part'):\n"
            "    log.info('a remark')\n"
            "del log.logger_list[-1]\n",
            machines=(),
        )
        self.assert_passes(finished)
        self.assertEqual(finished.stdout.splitlines()[-2:], ["nested a part {}", "info a remark {}"])


class XmlTest(DriverTest):
    def logged(self, script: str, *arguments: str) -> list[object]:
        """The elements of the XML log: a line is a text, a step the list of its head and what is inside."""
        file = self.directory / "log.xml"
        self.drive(script, *arguments, machines=(), timeout=2, environment={"LOGFILE": str(file)})
        return self.content(ElementTree.parse(file).getroot())

    def content(self, element: ElementTree.Element) -> list[object]:
        found: list[object] = []
        for child in element:
            if child.tag == "nest":
                found.append(self.content(child))
            else:
                attributes = "".join(f" {key}={value}" for key, value in child.attrib.items())
                found.append(self.stable(f"{child.tag}{attributes}: {child.text or ''}"))
        return found

    def script_part(self, logged: list[object]) -> object:
        """The step in which the script runs."""
        return next(entry for entry in logged if isinstance(entry, list) and entry[0] == "head: run the VM test script")

    def test_lines_and_steps_have_the_form_of_upstream_s_log(self) -> None:
        self.assertEqual(
            self.script_part(self.logged(SPEAKS)),
            [
                "head: run the VM test script",
                "line: a remark",
                "line machine=web: a warning",
                "line: a line",
                "line: a failure",
                "line machine=web type=serial: booting",
                ["head machine=web: a step", "line: (finished: a step, in N seconds)"],
                "line: (finished: run the VM test script, in N seconds)",
            ],
        )

    def test_log_is_well_formed_after_a_failure(self) -> None:
        self.assertEqual(
            self.script_part(self.logged("with subtest('bad'):\n    with log.nested('inner'):\n        1 / 0\n")),
            [
                "head: run the VM test script",
                ["head: subtest: bad", ["head: inner"], 'line: Test "bad" failed with error: "division by zero"'],
            ],
        )

    def test_log_is_well_formed_when_the_time_is_over(self) -> None:
        logged = self.logged("import time\nwith subtest('hangs'):\n    time.sleep(50)\n")
        self.assertEqual(logged[-1], ["head: cleanup", "line: (finished: cleanup, in N seconds)"])

    def test_log_is_well_formed_when_the_script_does_not_let_itself_be_ended(self) -> None:
        logged = self.logged(
            "import time\n"
            "type(driver).seconds_to_unwind = 0.1\n"
            "while True:\n"
            "    try:\n"
            "        time.sleep(50)\n"
            "    except BaseException:\n"
            "        pass\n"
        )
        self.assertIn("line: the script goes on although the test's time is over: ending without it", str(logged))

    def test_what_xml_cannot_hold_is_left_out(self) -> None:
        script = "log.log('<&\"> \\x00\\x1b[1m\\ud800\\ufffe ☃\\xa0', {'my key': '\"<\\x01', '1': 'x'})\n"
        self.assertEqual(
            self.script_part(self.logged(script))[1:2],  # type: ignore[index]
            ['line my_key="< _=x: <&"> [1m ☃\xa0'],
        )

    def test_log_is_on_disk_while_the_test_runs(self) -> None:
        file = self.directory / "log.xml"
        finished = self.drive(
            f"log.info('a remark')\nprint(open({str(file)!r}).read())\n",
            machines=(),
            environment={"LOGFILE": str(file)},
        )
        self.assertIn("<line>a remark</line>\n", finished.stdout)


Case = tuple[str, str | None, str | None, str | None]


class JunitTest(DriverTest):
    def cases(self, script: str, *arguments: str) -> list[Case]:
        """Of each test case the name, the failure, what it logged and its errors; also checks the sums."""
        self.drive(script, "--junit-xml", "report.xml", *arguments, machines=(), timeout=2)
        suites = ElementTree.parse(self.out_dir / "report.xml").getroot()
        suite = suites[0]
        self.assertEqual((suites.tag, len(suites), suite.tag), ("testsuites", 1, "testsuite"))
        self.assertEqual(suite.get("name"), "NixOS integration test")
        failures = suite.findall("testcase/failure")
        for element in (suites, suite):
            self.assertEqual(element.get("tests"), str(len(suite)))
            self.assertEqual(element.get("failures"), str(len(failures)))
        times = [float(case.get("time", "")) for case in suite]
        self.assertAlmostEqual(float(suite.get("time", "")), sum(times), delta=0.001 * len(times))
        return [
            (
                case.get("name", ""),
                case.findtext("failure"),
                self.text(case.findtext("system-out")),
                self.text(case.findtext("system-err")),
            )
            for case in suite
        ]

    def text(self, text: str | None) -> str | None:
        """A log without what every test begins and ends with."""
        if text is None:
            return None
        usual = (
            "Machine state",
            "start all VL",
            "Test will time",
            "run the VM test",
            "test script finished",
            "cleanup",
        )
        return "|".join(self.stable(line) for line in text.splitlines() if not line.startswith(usual))

    def test_report_has_a_case_for_each_subtest(self) -> None:
        self.assertEqual(
            self.cases(
                "log.info('before')\n"
                "with subtest('outer'):\n"
                "    log.info('first')\n"
                "    with subtest('inner'):\n"
                "        log.log_serial('booting', 'web')\n"
                "    log.info('last')\n"
                "with subtest('outer'):\n"
                "    pass\n"
                "log.info('after')\n"
            ),
            [
                ("main", None, "before|after", None),
                ("outer", None, "first|last", None),
                ("inner", None, "web # booting", None),
                ("outer", None, None, None),
            ],
        )

    def test_failure_counts_once_and_where_it_happened(self) -> None:
        lines = [
            "!!! Traceback (most recent call last):",
            '  File "<string>", line 2, in <module>',
            "    t.assertEqual(1, 2)",
            "",
            "RequestedAssertionFailed: 1 != 2",
        ]
        self.assertEqual(
            self.cases("with subtest('bad'):\n    t.assertEqual(1, 2)\n"),
            [
                ("main", None, "", "|".join(lines).removeprefix("!!! ")),
                ("bad", "RequestedAssertionFailed: 1 != 2", None, 'Test "bad" failed with error: "1 != 2"'),
            ],
        )

    def test_every_way_to_fail_fails_the_main_case(self) -> None:
        for script, failure in (
            ("t.fail('so')", "RequestedAssertionFailed: so"),
            ("1 / 0", "ZeroDivisionError: division by zero"),
            (
                "NspawnMachine()",
                "MachineError: this driver has no containers: make the machine one of 'nodes' instead of 'containers'",
            ),
            ("if", "SyntaxError: invalid syntax (<string>, line 1)"),
            ("os.sys.exit(4)", "SystemExit: 4"),
            ("log.error('so')", "SystemExit: 1"),
            ("import time; time.sleep(50)", "Terminated: ended by SIGTERM"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
        ):
            with self.subTest(script):
                self.assertEqual([case[:2] for case in self.cases(script)], [("main", failure)])

    def test_what_the_script_gets_over_fails_its_subtest_alone(self) -> None:
        self.assertEqual(
            [
                case[:2]
                for case in self.cases(
                    "try:\n    with subtest('bad'):\n        1 / 0\nexcept ZeroDivisionError:\n    os.sys.exit(0)\n"
                )
            ],
            [("main", None), ("bad", "ZeroDivisionError: division by zero")],
        )

    def test_script_that_ends_itself_has_passed(self) -> None:
        for script in ("os.sys.exit()", "os.sys.exit(0)"):
            with self.subTest(script):
                self.assertEqual([case[:2] for case in self.cases(script)], [("main", None)])

    def test_report_may_have_an_absolute_path(self) -> None:
        report = self.directory / "elsewhere.xml"
        self.drive("", "--junit-xml", str(report), machines=())
        self.assertEqual(ElementTree.parse(report).getroot().tag, "testsuites")

    def test_report_may_hold_any_text(self) -> None:
        self.assertEqual(
            self.cases("with subtest('\\x1b<ü>'):\n    raise ValueError('\\x00 ☃')\n")[1][:2],
            ("<ü>", "ValueError:  ☃"),
        )


if __name__ == "__main__":
    unittest.main()
