"""What a script can do with a machine."""

import unittest

from tests.support import DriverTest


class MachineTest(DriverTest):
    def test_execute_returns_status_and_output(self) -> None:
        self.assert_passes(
            self.drive(
                "assert machine.execute('echo out; echo err >&2; exit 3') == (3, 'out\\n')\n"
                "assert machine.execute('false | true') == (1, '')\n"
                "assert machine.execute('sleep 5', timeout=1)[0] == 124\n"
                "assert machine.execute('echo x', check_return=False) == (-1, 'x\\n')\n"
            )
        )

    def test_output_that_nobody_wanted_does_not_reach_the_next_command(self) -> None:
        self.assert_passes(
            self.drive(
                "assert machine.execute('echo unwanted', check_output=False) == (-2, '')\n"
                "assert machine.succeed('echo wanted') == 'wanted\\n'\n"
            )
        )

    def test_answer_to_an_interrupted_command_does_not_reach_the_next(self) -> None:
        self.assert_passes(
            self.drive(
                "import signal\n"
                "def interrupt(*_):\n"
                "    raise InterruptedError\n"
                "signal.signal(signal.SIGALRM, interrupt)\n"
                "machine.connect()\n"
                "signal.alarm(1)\n"
                "try:\n"
                "    machine.succeed('sleep 2; echo late')\n"
                "except InterruptedError:\n"
                "    assert machine.succeed('echo now') == 'now\\n'\n"
                "else:\n"
                "    raise Exception('not interrupted')\n"
            )
        )

    def test_large_output_and_odd_bytes_arrive_whole(self) -> None:
        self.assert_passes(
            self.drive(
                "assert len(machine.succeed('head -c 1000000 /dev/zero | tr \"\\\\0\" x')) == 1000000\n"
                "assert machine.succeed('printf \"ä\\\\n\\\\xff\"') == 'ä\\n\\ufffd'\n"
            )
        )

    def test_succeed_and_fail_join_outputs(self) -> None:
        self.assert_passes(
            self.drive(
                "assert machine.succeed('echo a', 'echo b') == 'a\\nb\\n'\n"
                "assert machine.fail('echo a; false', 'echo b; false') == 'a\\nb\\n'\n"
            )
        )

    def test_succeed_names_the_command_that_failed(self) -> None:
        self.assert_reports(
            self.drive("def check():\n    machine.succeed('true', 'exit 7')\n\ncheck()\n"),
            "Traceback (most recent call last):",
            '  File "<string>", line 4, in <module>',
            "    check()",
            '  File "<string>", line 2, in check',
            "    machine.succeed('true', 'exit 7')",
            "RequestedAssertionFailed: command `exit 7` failed (exit code 7)",
        )

    def test_fail_names_the_command_that_succeeded(self) -> None:
        finished = self.drive("machine.fail('true')")
        self.assertIn("RequestedAssertionFailed: command `true` unexpectedly succeeded", finished.stderr)

    def test_waits_end_when_their_time_is_over(self) -> None:
        finished = self.drive("machine.wait_until_succeeds('false', timeout=1)")
        self.assertIn("RequestedAssertionFailed: action timed out after 1 seconds", finished.stderr)

    def test_waits_try_again(self) -> None:
        counting = "echo x >> count; test $(wc -l < count) -ge 2"
        self.assert_passes(
            self.drive(
                f"machine.wait_until_succeeds('cd {self.directory}; {counting}')\n"
                "machine.wait_until_fails('false')\n"
                f"machine.wait_for_file('{self.directory}/count')\n"
            )
        )

    def test_console_text_is_found_once_and_kept_in_the_log(self) -> None:
        self.assert_passes(
            self.drive(
                "machine.start()\n"
                "machine.wait_for_console_text('firmware (speaks)')\n"
                "machine.wait_for_console_text('connecting')\n"
                "assert machine.get_console_log().startswith('firmware speaks'), machine.get_console_log()\n"
            )
        )
        finished = self.drive("machine.start()\nmachine.wait_for_console_text('never', timeout=1)")
        self.assertIn("'never' did not appear on the console in 1 seconds", finished.stderr)
        finished = self.drive("machine.wait_for_console_text('firmware')")
        self.assertIn("MachineError: machine 'machine' is not running: start it first", finished.stderr)

    def test_terminal_control_of_the_guest_stays_out_of_the_log(self) -> None:
        finished = self.drive("machine.succeed('true')")
        self.assertIn("machine # firmware speaks\n", finished.stderr)
        self.assertNotIn("\x1b", finished.stderr)

    def test_monitor_and_qmp_answer(self) -> None:
        self.assert_passes(
            self.drive(
                "machine.start()\n"
                "assert machine.send_monitor_command('info status') == 'answer to info status\\n'\n"
                "assert machine.qmp_client.send('query-status')['return']['running']\n"
                "assert machine.wait_for_qmp_event(lambda event: event['event'] == 'FAKE')\n"
                "try:\n"
                "    machine.qmp_client.send('no-such-command')\n"
                "except Exception as error:\n"
                "    assert str(error) == \"QEMU refused 'no-such-command': there is none\"\n"
                "else:\n"
                "    raise Exception('accepted')\n"
            )
        )

    def test_screenshot_is_a_png_in_the_output_directory(self) -> None:
        self.assert_passes(self.drive("machine.start()\nmachine.screenshot('screen')\n"))
        self.assertEqual((self.out_dir / "screen.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_copies_a_file_in_pieces(self) -> None:
        content = bytes(range(256)) * 500
        source = self.directory / "source file"
        source.write_bytes(content)
        target = self.directory / "a b" / "target"
        self.assert_passes(self.drive(f"machine.copy_from_host_via_shell({str(source)!r}, {str(target)!r})"))
        self.assertEqual(target.read_bytes(), content)

    def test_machine_can_be_started_again_after_it_went_down(self) -> None:
        self.assert_passes(
            self.drive(
                "assert not machine.is_up()\n"
                "for end in machine.shutdown, machine.crash:\n"
                "    machine.succeed('true')\n"
                "    assert machine.is_up()\n"
                "    end()\n"
                "    assert not machine.is_up() and not machine.booted\n"
                "    end()\n"
                "machine.succeed('true')\n"
            )
        )

    def test_state_is_kept_on_request_alone(self) -> None:
        script = "import pathlib\nmark = machine.state_dir / 'mark'\nknown = mark.exists()\nmark.touch()\nassert known"
        self.assertEqual(self.drive(script).returncode, 1)
        self.assert_passes(self.drive(script, "--keep-machine-state"))
        self.assertEqual(self.drive(script).returncode, 1)

    def test_qemu_that_ends_at_once_is_a_machine_error_with_its_words(self) -> None:
        finished = self.drive("machine.start()", fake_vm="dies")
        self.assertEqual(finished.returncode, 1)
        self.assertIn(
            "!!! MachineError: machine 'machine': QEMU ended (exit code 3); its last output:", finished.stderr
        )
        self.assertIn("!!!     fake: no such accelerator", finished.stderr)

    def test_qemu_that_ends_while_booting_is_a_machine_error_with_its_words(self) -> None:
        finished = self.drive("machine.succeed('true')", fake_vm="dies-booting")
        self.assertEqual(finished.returncode, 1)
        self.assertIn("QEMU ended before the guest's root shell was there (exit code 1)", finished.stderr)
        self.assertIn("!!!     Kernel panic: no init found", finished.stderr)

    def test_machine_lost_in_the_middle_of_a_command_is_a_machine_error(self) -> None:
        children = "$(cat /proc/{machine.pid}/task/{machine.pid}/children)"
        finished = self.drive(f"machine.start()\nmachine.succeed(f'kill -9 {{machine.pid}} {children}')")
        self.assertEqual(finished.returncode, 1)
        self.assertIn("!!! MachineError: machine 'machine': Shell disconnected (exit code -9)", finished.stderr)

    def test_socket_path_that_is_too_long_says_what_to_do(self) -> None:
        long = self.directory / ("x" * 90)
        long.mkdir()
        finished = self.drive("machine.start()", environment={"XDG_RUNTIME_DIR": str(long)})
        self.assertEqual(finished.returncode, 1)
        self.assertIn("set XDG_RUNTIME_DIR (or TMPDIR) to a shorter directory", finished.stderr)

    def test_start_script_is_told_its_directory(self) -> None:
        self.assert_passes(
            self.drive(
                "machine.start()\n"
                "environment = open(f'/proc/{machine.pid}/environ').read().split('\\0')\n"
                "assert f'TMPDIR={machine.state_dir}' in environment\n"
                "assert 'USE_TMPDIR=1' in environment\n"
                "assert os.readlink(f'/proc/{machine.pid}/cwd') == str(machine.state_dir)\n"
            )
        )


if __name__ == "__main__":
    unittest.main()
