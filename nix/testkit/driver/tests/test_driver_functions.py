"""The functions that a script finds beside its machines."""

import unittest

from tests.support import FAKE_VM, DriverTest


class RetryTest(DriverTest):
    def test_retry_tells_the_last_try(self) -> None:
        finished = self.drive(
            "tries = []\n"
            "try:\n"
            "    retry(lambda last: tries.append(last), timeout_seconds=1)\n"
            "except Exception as error:\n"
            "    print(type(error).__name__, tries)\n"
            "    raise\n",
            machines=(),
        )
        self.assertEqual(finished.stdout.splitlines()[-1], "RequestedAssertionFailed [False, True]")
        self.assertEqual(
            self.log(finished)[-3], "!!! RequestedAssertionFailed: action timed out after N seconds (timeout=1)"
        )

    def test_retry_ends_with_the_first_success(self) -> None:
        finished = self.drive(
            "tries = []\nretry(lambda last: tries.append(last) or len(tries) == 2)\nprint(tries)\n",
            machines=(),
        )
        self.assertEqual(finished.stdout.splitlines()[-1], "[False, False]")

    def test_time_limit_has_the_names_of_all_releases(self) -> None:
        finished = self.drive(
            "from datetime import timedelta\n"
            "for arguments, named in [((0,), {}), ((timedelta(0),), {}), ((), dict(timeout_seconds=0)),\n"
            "                         ((), dict(timeout=0.0)), ((), dict(timeout=timedelta(0)))]:\n"
            "    try:\n"
            "        retry(lambda last: False, *arguments, **named)\n"
            "    except AssertionError as error:\n"
            "        print(str(error).split('(')[1])\n"
            "for wrong in (dict(timeout=1, timeout_seconds=1), dict(timeout='1'), dict(timeout=True)):\n"
            "    try:\n"
            "        retry(lambda last: True, **wrong)\n"
            "    except TypeError as error:\n"
            "        print(error)\n",
            machines=(),
        )
        self.assert_passes(finished)
        self.assertEqual(
            finished.stdout.splitlines()[-8:],
            [
                *["timeout=0)"] * 5,
                "retry() takes one of 'timeout_seconds' and 'timeout', not both",
                "a time is a number of seconds or a timedelta, not str",
                "a time is a number of seconds or a timedelta, not bool",
            ],
        )


class PollingConditionTest(DriverTest):
    def test_condition_is_checked_with_what_machines_do_and_fails_that(self) -> None:
        finished = self.drive(
            "good = True\n"
            "@polling_condition(seconds_interval=0)\n"
            "def stays_good():\n"
            "    'the machine stays good'\n"
            "    return good\n"
            "machine.start()\n"
            "with stays_good:\n"
            "    machine.send_monitor_command('info status')\n"
            "    good = False\n"
            "    machine.send_monitor_command('info status')\n",
        )
        self.assertEqual(finished.returncode, 1)
        begin = self.log(finished).index("Checking polling condition 'the machine stays good'")
        self.assertEqual(
            self.log(finished)[begin : begin + 8],
            [
                "Checking polling condition 'the machine stays good'",
                "(not called yet)",
                "Polling condition succeeded: the machine stays good",
                "(finished: Checking polling condition 'the machine stays good', in N seconds)",
                "Checking polling condition 'the machine stays good'",
                "Time since last: Ns",
                "Polling condition failed: the machine stays good",
                "(finished: Checking polling condition 'the machine stays good', in N seconds)",
            ],
        )
        self.assertTrue(
            finished.stderr.endswith(
                "test_driver.polling_condition.PollingConditionError: "
                "Polling condition failed: the machine stays good\n"
            ),
            finished.stderr,
        )

    def test_condition_is_checked_only_inside_its_block_and_when_it_is_due(self) -> None:
        finished = self.drive(
            "calls = []\n"
            "@polling_condition\n"
            "def rare():\n"
            "    calls.append('rare')\n"
            "@polling_condition(interval=0, description='always looked at')\n"
            "def often():\n"
            "    # Commands of the condition itself do not check it again.\n"
            "    machine.send_monitor_command('info status')\n"
            "    calls.append('often')\n"
            "machine.start()\n"
            "machine.send_monitor_command('one')\n"
            "with rare, often:\n"
            "    machine.send_monitor_command('two')\n"
            "    machine.send_monitor_command('three')\n"
            "machine.send_monitor_command('four')\n"
            "print(calls)\n"
        )
        self.assert_passes(finished)
        self.assertEqual(finished.stdout.splitlines()[-1], "['rare', 'often', 'often']")
        self.assertIn("Polling condition succeeded: always looked at", self.log(finished))

    def test_all_forms_of_the_decorator_give_a_condition(self) -> None:
        finished = self.drive(
            "from datetime import timedelta\n"
            "def holds():\n"
            "    return True\n"
            "for condition in (polling_condition(holds), polling_condition()(holds),\n"
            "                  polling_condition(seconds_interval=1.5)(holds),\n"
            "                  polling_condition(seconds_interval=timedelta(seconds=3))(holds),\n"
            "                  polling_condition(interval=timedelta(minutes=1), description='d')(holds)):\n"
            "    print(condition.description, condition.seconds_interval)\n"
            "try:\n"
            "    polling_condition(interval=1, seconds_interval=1)(holds)\n"
            "except TypeError as error:\n"
            "    print(error)\n",
            machines=(),
        )
        self.assertEqual(
            finished.stdout.splitlines()[-6:],
            [
                "holds 2",
                "holds 2",
                "holds 1.5",
                "holds 3",
                "d 60",
                "polling_condition() takes one of 'seconds_interval' and 'interval', not both",
            ],
        )

    def test_wait_checks_until_the_condition_holds(self) -> None:
        finished = self.drive(
            "calls = []\n"
            "@polling_condition(interval=1000)\n"
            "def second():\n"
            "    calls.append(0)\n"
            "    if len(calls) == 1:\n"
            "        raise ValueError('not yet')\n"
            "    return True\n"
            "second.wait()\n",
            machines=(),
        )
        self.assert_passes(finished)
        log = [line for line in self.log(finished)[5:] if not line.startswith(("(finished", "Time since"))]
        self.assertEqual(
            log,
            [
                "waiting for second",
                "Checking polling condition 'second'",
                "(not called yet)",
                "ValueError: not yet",
                "Polling condition failed: second",
                "(second failure not fatal yet)",
                "Checking polling condition 'second'",
                "Polling condition succeeded: second",
                "test script finished in Ns",
                "cleanup",
            ],
        )

    def test_wait_fails_when_its_time_is_over(self) -> None:
        for arguments in ("0", "timeout=0", "timeout_seconds=0"):
            with self.subTest(arguments):
                finished = self.drive(
                    f"@polling_condition\ndef never():\n    return False\nnever.wait({arguments})\n", machines=()
                )
                self.assertEqual(finished.returncode, 1)
                self.assertIn("Last chance for never", self.log(finished))
                self.assertIn(
                    "!!! RequestedAssertionFailed: action timed out after N seconds (timeout=0)", self.log(finished)
                )


class AllMachinesTest(DriverTest):
    def test_start_all_starts_each_on_a_thread_of_its_own(self) -> None:
        finished = self.drive("start_all()\nassert all(m.booted for m in machines)\n", machines=("one", "two"))
        self.assert_passes(finished)
        log = self.log(finished)
        begin, end = log.index("start all VMs"), log.index("(finished: start all VMs, in N seconds)")
        self.assertEqual(
            sorted(line for line in log[begin + 1 : end] if "#" not in line),
            [
                "one: QEMU running (pid P)",
                "one: starting vm",
                "two: QEMU running (pid P)",
                "two: starting vm",
            ],
        )

    def test_join_all_waits_for_machines_and_lifts_the_time_limit(self) -> None:
        finished = self.drive(
            "machine.start()\nmachine.crash()\njoin_all()\nassert driver.race_timer.finished.is_set()\n"
        )
        self.assert_passes(finished)
        self.assertIn("(finished: wait for all VMs to finish, in N seconds)", self.log(finished))

    def test_run_tests_lets_machines_write_out_their_data(self) -> None:
        finished = self.drive("machine.connect()", environment={"FAKE_VM_GUEST": str(self.write("guest", SYNC))})
        self.assert_passes(finished)
        self.assertIn("machine # synced", self.log(finished))

    def test_serial_output_is_left_out_on_demand(self) -> None:
        finished = self.drive(
            "serial_stdout_off()\n"
            "machine.start()\n"
            "machine.wait_for_console_text('firmware speaks')\n"
            "serial_stdout_on()\n"
            "machine.log_serial('again')\n"
        )
        self.assert_passes(finished)
        self.assertEqual(
            [line for line in self.log(finished) if " # firm" in line or "again" in line], ["machine # again"]
        )


SYNC = 'sync() { echo "synced" >&2; }\n'


class CreateMachineTest(DriverTest):
    def test_created_machine_is_apart_from_those_of_the_test_and_ends_with_it(self) -> None:
        finished = self.drive(
            f"extra = create_machine('{FAKE_VM}', name='extra')\n"
            "extra.succeed('true')\n"
            "assert [m.name for m in driver.machines] == ['machine']\n"
            "start_all()\n"
        )
        self.assert_passes(finished)
        self.assertEqual(self.log(finished).count("kill QemuMachine (pid P)"), 2)

    def test_name_is_taken_from_the_command_if_it_has_one(self) -> None:
        finished = self.drive(
            "import pathlib\n"
            "for command in ('/run-x/bin/run-web-server-vm', pathlib.Path('run-db-vm'), 'qemu', 'run-a-vm -m 1'):\n"
            "    print(create_machine(command).name)\n"
            "print(create_machine('run-other-vm', name='mine').name)\n",
            machines=(),
        )
        self.assertEqual(finished.stdout.splitlines()[-5:], ["web-server", "db", "machine", "machine", "mine"])

    def test_state_is_kept_on_demand(self) -> None:
        finished = self.drive(
            "first = create_machine('run-a-vm')\n"
            "(first.state_dir / 'disk').write_text('')\n"
            "print((create_machine('run-a-vm', keep_machine_state=True).state_dir / 'disk').exists())\n"
            "print((create_machine('run-a-vm').state_dir / 'disk').exists())\n",
            machines=(),
        )
        self.assert_passes(finished)
        self.assertEqual(finished.stdout.splitlines()[-2:], ["True", "False"])

    def test_state_of_a_machine_that_runs_is_not_taken_from_it(self) -> None:
        script = "machine.start()\ncreate_machine('run-machine-vm')\n"
        finished = self.drive(script)
        self.assertEqual(finished.returncode, 1)
        self.assertIn(
            "!!! test_driver.errors.MachineError: a machine 'machine' runs already: shut it down, or name the new one",
            self.log(finished),
        )
        self.assert_passes(self.drive("machine.start()\nmachine.crash()\ncreate_machine('run-machine-vm')\n"))


if __name__ == "__main__":
    unittest.main()
