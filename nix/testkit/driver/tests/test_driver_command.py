"""The driver's command line: both forms, the environment, and what cannot be followed."""

import errno
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

from test_driver.errors import MachineError
from test_driver.run_directory import Claims
from tests.support import COMMAND, FAKE_VM, DriverTest

PRINT_MACHINES = "print([m.name for m in machines], driver.config.global_timeout)"
USAGE_HINT = "build the test's driver anew"


class ConfigurationFileTest(DriverTest):
    def test_last_of_several_configurations_counts(self) -> None:
        other = self.write("other.py", "print('the other')")
        config = json.loads(self.configuration("raise Exception").read_text()) | {"test_script": str(other)}
        finished = self.drive("raise Exception", "-c", str(self.write("other.json", json.dumps(config))))
        self.assert_passes(finished)
        self.assertIn("the other\n", finished.stdout)

    def test_script_of_the_command_line_replaces_the_configured_one(self) -> None:
        finished = self.drive("raise Exception", "--test-script", str(self.write("other", "print('the other')")))
        self.assert_passes(finished)
        self.assertIn("the other\n", finished.stdout)

    def test_paths_may_have_spaces_and_any_letters(self) -> None:
        directory = self.directory / "my späce ☃"
        directory.mkdir()
        start_script = directory / "run-x-vm"
        start_script.symlink_to(FAKE_VM)
        script = self.write("my späce ☃/test script.py", "x.start()\nprint(driver.out_dir.name)\n")
        config = {"vms": {"x": {"name": "x", "start_script": str(start_script)}}, "global_timeout": 60.0}
        file = self.write("my späce ☃/config file.json", json.dumps({**config, "test_script": str(script)}))
        (directory / "run").mkdir()
        finished = self.call(
            [sys.executable, str(COMMAND), "--config", str(file), "-o", str(directory)],
            {**self.environment(), "XDG_RUNTIME_DIR": str(directory / "run")},
        )
        self.assert_passes(finished)
        self.assertIn("my späce ☃\n", finished.stdout)
        self.assertIn("Test will time out and terminate in 60 seconds", self.log(finished))

    def test_environment_of_the_older_form_does_not_count_then(self) -> None:
        finished = self.drive(PRINT_MACHINES, environment={"startScripts": "run-x-vm", "globalTimeout": "7"})
        self.assertIn("['machine'] 60\n", finished.stdout)

    def test_unusable_configuration_is_named_with_the_key(self) -> None:
        usable = {"vms": {}, "global_timeout": 1, "test_script": "/dev/null"}
        vm = {"name": "a", "start_script": "/bin/true"}
        for change, problem in (
            ({"vms": None}, "has no key 'vms'"),
            ({"vms": []}, "has [] for 'vms', which is an object"),
            ({"vms": {"a": {}}}, "has no key 'vms.a.start_script'"),
            ({"vms": {"a": 1}}, "has 1 for 'vms.a', which is an object"),
            ({"vms": {"../a": vm}}, "names a machine '../a', which cannot be part of a file's name"),
            ({"global_timeout": "1"}, "has \"1\" for 'global_timeout', which is a number"),
            ({"global_timeout": True}, "has true for 'global_timeout', which is a number"),
            ({"test_script": None}, "has no key 'test_script'"),
            ({"vlans": ["x"]}, "has 'x' for a VLAN, which is a number"),
            ({"vlans": [True]}, "has True for a VLAN, which is a number"),
            ({"enable_ssh_backdoor": 1}, "has 1 for 'enable_ssh_backdoor', which is true or false"),
            ({"containers": {"b": {}}}, "has containers ('b'), and this driver has none: make them nodes"),
        ):
            with self.subTest(change):
                file = self.write("bad.json", json.dumps({**usable, **change}))
                self.assert_usage_error(
                    self.drive("", "--config", str(file)), f"the configuration '$DIR/bad.json' {problem}: {USAGE_HINT}"
                )

    def test_file_that_is_no_configuration_is_named(self) -> None:
        for content, problem in (
            ("[]", f"the configuration '$DIR/bad.json' is not an object: {USAGE_HINT}"),
            ("{", "the configuration '$DIR/bad.json' is not JSON: Expecting property name enclosed in double quotes"),
            (
                b'"\xff"',
                "the configuration '$DIR/bad.json' is not JSON: 'utf-8' codec can't decode byte 0xff in position",
            ),
        ):
            with self.subTest(content):
                finished = self.drive("", "--config", str(self.write("bad.json", content)))
                self.assertEqual(finished.returncode, 2)
                self.assertIn(problem, self.log(finished)[-1])
        self.assert_usage_error(
            self.drive("", "--config", "/nowhere"),
            "cannot read the configuration '/nowhere': No such file or directory",
        )


class OlderFormTest(DriverTest):
    """Drivers of NixOS 25.11 and before were told the test piece by piece."""

    def setUp(self) -> None:
        super().setUp()
        for name in ("web-server", "db"):
            (self.directory / f"run-{name}-vm").symlink_to(FAKE_VM)
        self.script = str(self.write("script.py", PRINT_MACHINES))
        self.parts = {
            "startScripts": f"{self.directory}/run-web-server-vm {self.directory}/run-db-vm",
            "testScript": self.script,
            "globalTimeout": "70",
            "vlans": "",
        }

    def driver(self, *arguments: str) -> list[str]:
        return [sys.executable, str(COMMAND), "-o", str(self.out_dir), *arguments]

    def test_environment_says_it_all(self) -> None:
        finished = self.call(self.driver(), {**self.environment(), **self.parts})
        self.assert_passes(finished)
        self.assertEqual(finished.stdout.splitlines()[-1], "['db', 'web-server'] 70")
        self.assertIn("Test will time out and terminate in 70 seconds", self.log(finished))

    def test_command_line_wins_over_the_environment(self) -> None:
        other = str(self.write("other.py", f"print('other')\n{PRINT_MACHINES}"))
        start_scripts = ["--start-scripts", f"{self.directory}/run-db-vm"]
        for arguments in (
            [*start_scripts, "--global-timeout", "8", other],
            [other, *start_scripts, "--global-timeout", "8", "--vlans"],
            [*start_scripts, "--global-timeout", "8", "--test-script", other],
        ):
            with self.subTest(arguments):
                finished = self.call(self.driver(*arguments), {**self.environment(), **self.parts})
                self.assert_passes(finished)
                self.assertEqual(finished.stdout.splitlines()[-2:], ["other", "['db'] 8"])

    def test_script_alone_is_a_test_without_machines(self) -> None:
        finished = self.call(self.driver(self.script))
        self.assert_passes(finished)
        self.assertEqual(finished.stdout.splitlines()[-1], "[] 3600")

    def test_unusable_parts_are_named(self) -> None:
        twice = ["--start-scripts", "/a/run-x-vm", "/b/run-x-vm", "--", self.script]
        for arguments, environment, problem in (
            ([], {}, "there is no test: name its configuration by '--config', or give a script"),
            (
                twice,
                {},
                "the command line two start scripts are for the machine 'x': rename one to 'run-NAME-vm'",
            ),
            (
                [self.script],
                {"globalTimeout": "soon"},
                "the environment's 'globalTimeout' is 'soon', which is no number",
            ),
            ([self.script], {"vlans": "1 two"}, "the command line has 'two' for a VLAN, which is a number"),
            ([self.script, "-c", "x"], {}, "a script beside '--config' is named by '--test-script $DIR/script.py'"),
            (["-c", "x", "--vlans"], {}, "'--vlans' and '--config' exclude each other: leave one out"),
        ):
            with self.subTest(problem):
                finished = self.call(self.driver(*arguments), {**self.environment(), **environment})
                self.assert_usage_error(finished, problem)


class OptionsTest(DriverTest):
    def test_state_is_kept_on_demand_under_each_name_of_the_option(self) -> None:
        note = "import os; print(os.path.exists(machine.state_dir / 'x')); (machine.state_dir / 'x').write_text('')"
        self.drive(note)
        for options, kept, first_line in (
            (["-K"], True, "start all VLans"),
            (["--keep-machine-state"], True, "start all VLans"),
            (["--keep-vm-state"], True, "'--keep-vm-state' is an old name: use '--keep-machine-state'"),
            ([], False, "Machine state will be reset. To keep it, pass --keep-machine-state"),
        ):
            with self.subTest(options):
                finished = self.drive(note, *options)
                self.assertEqual(finished.stdout.splitlines()[-1], str(kept))
                self.assertEqual(self.log(finished)[0], first_line)

    def test_old_name_is_not_advertised(self) -> None:
        finished = self.call([sys.executable, str(COMMAND), "--help"])
        self.assertEqual(finished.returncode, 0)
        self.assertIn("--keep-machine-state", finished.stdout)
        self.assertNotIn("--keep-vm-state", finished.stdout)

    def test_no_interactive_wins_when_it_comes_later(self) -> None:
        finished = self.drive("print('ran')", "-I", "--no-interactive", machines=())
        self.assertIn("ran\n", finished.stdout)

    def test_output_directory_that_cannot_be_used_is_named(self) -> None:
        hint = "choose another with '-o'"
        file = self.write("file", "")
        for directory, problem in (
            (str(file), f"the output directory '$DIR/file' is not a directory: {hint}"),
            ("/proc", f"cannot write to the output directory '/proc' (No such file or directory): {hint}"),
        ):
            with self.subTest(directory):
                self.assert_usage_error(self.drive("", "-o", directory), problem)

    def test_output_directory_of_somebody_else_is_named(self) -> None:
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        self.assert_usage_error(
            self.drive("", "-o", "/"),
            "cannot write to the output directory '/' (Permission denied): choose another with '-o'",
        )

    def test_output_directory_is_the_current_one_by_default(self) -> None:
        config = self.configuration("print(driver.out_dir)")
        finished = self.call([sys.executable, str(COMMAND), "-c", str(config)])
        self.assertEqual(finished.stdout.splitlines()[-1], str(Path(self.directory).resolve()))

    def test_script_that_is_not_there_is_named(self) -> None:
        self.assert_usage_error(
            self.drive("", "--test-script", "/nowhere"),
            "cannot read the test script '/nowhere': name one by '--test-script'",
        )

    def test_log_that_cannot_be_written_is_named(self) -> None:
        self.assert_usage_error(
            self.drive("", environment={"LOGFILE": "/nowhere/log.xml"}),
            "cannot write the log '/nowhere/log.xml' that LOGFILE names (No such file or directory): name another or "
            "unset it",
        )

    def test_report_that_cannot_be_written_is_named(self) -> None:
        for file in ("sub/report.xml", str(self.directory)):
            with self.subTest(file):
                self.assert_usage_error(
                    self.drive("", "--junit-xml", file),
                    f"cannot write the report '{self.stable(str(self.out_dir / file))}': name another by '--junit-xml'",
                )

    def test_unknown_log_level_is_named(self) -> None:
        self.assert_usage_error(
            self.drive("", environment={"logLevel": "loud"}),
            "the environment's 'logLevel' is 'loud': choose one of debug, info, warning, error",
        )
        self.assertEqual(self.drive("", "--log-level", "loud").returncode, 2)

    def test_unknown_option_is_a_usage_error(self) -> None:
        self.assert_usage_error(self.drive("", "--nonsense"), "unrecognized arguments: --nonsense")


class RunDirectoryTest(DriverTest):
    def test_directory_for_state_is_made_if_only_its_end_is_missing(self) -> None:
        place = self.directory / "new"
        finished = self.drive("print(machine.state_dir)", environment={"XDG_RUNTIME_DIR": str(place)})
        self.assertEqual(finished.stdout.splitlines()[-1], f"{place}/vm-state-machine")
        self.assertEqual(place.stat().st_mode & 0o777, 0o700)

    def test_directory_for_state_is_tmpdir_without_a_runtime_directory(self) -> None:
        for runtime in ({}, {"XDG_RUNTIME_DIR": ""}):
            with self.subTest(runtime):
                environment = {key: value for key, value in self.environment().items() if key != "XDG_RUNTIME_DIR"}
                command = self.command("print(machine.state_dir)")
                finished = self.call(command, {**environment, **runtime, "TMPDIR": str(self.run_dir)})
                self.assertEqual(finished.stdout.splitlines()[-1], f"{self.run_dir}/vm-state-machine")

    def test_directory_that_cannot_be_used_is_named(self) -> None:
        for place, problem in (
            ("$DIR/a/b", "No such file or directory"),
            ("$DIR/config.json", "File exists"),
        ):
            with self.subTest(place):
                path = place.replace("$DIR", str(self.directory))
                finished = self.drive("", environment={"XDG_RUNTIME_DIR": path})
                self.assertEqual(finished.returncode, 1)
                self.assertIn(
                    f"!!! cannot use '{place}' for the state of machines ({problem}): "
                    "set XDG_RUNTIME_DIR to a directory of yours",
                    self.log(finished),
                )

    def test_directory_that_is_too_long_for_sockets_is_named(self) -> None:
        place = self.directory / ("x" * 100)
        finished = self.drive("", environment={"XDG_RUNTIME_DIR": str(place)})
        self.assertEqual(finished.returncode, 1)
        self.assertRegex(finished.stderr, r"!!! .*machine.*bytes and the system allows 107: set XDG_RUNTIME_DIR")

    def test_second_driver_does_not_wipe_out_the_state_of_the_first(self) -> None:
        first = self.start("machine.start()\ninput()\n", until="QEMU running")
        second = self.call_beside("")
        self.assertEqual(second.returncode, 1)
        self.assertIn(
            "!!! another driver uses '$DIR/run/vm-state-machine': end it, or set XDG_RUNTIME_DIR to another directory",
            self.log(second),
        )
        _, log = first.communicate("\n")
        self.assertEqual(first.returncode, 0, log)
        self.assert_passes(self.drive("machine.start()"))

    def test_state_of_somebody_else_is_named(self) -> None:
        with (
            mock.patch("os.open", side_effect=PermissionError(errno.EACCES, "Permission denied")),
            self.assertRaises(MachineError) as raised,
        ):
            Claims().check(self.run_dir)
        self.assertEqual(
            str(raised.exception),
            f"cannot use '{self.run_dir}' (Permission denied): set XDG_RUNTIME_DIR to a directory of yours",
        )

    def call_beside(self, script: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(script),
            env=self.environment(),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )


if __name__ == "__main__":
    unittest.main()
