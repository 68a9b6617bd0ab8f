"""The life of a machine: how it starts, how its shell comes up, and the ways it ends."""

import os
import signal
import time
import unittest
from pathlib import Path
from unittest import mock

from test_driver.errors import MachineError
from test_driver.machine import QemuMachine
from tests.machine_support import MachineTest, RememberingLogger


class StartTest(MachineTest):
    def test_start_and_connection_are_in_the_log(self) -> None:
        self.machine.connect()
        pid = self.machine.pid
        took = self.logger.lines.pop(-2)
        self.assertRegex(took, r"^\(connecting took \d+\.\d\d seconds\)$")
        self.assertEqual(
            self.logger.lines,
            [
                "> waiting for the VM to finish booting",
                "starting vm",
                f"QEMU running (pid {pid})",
                r"Guest shell says: b'Spawning backdoor root shell...\n'",
                "connected to guest root shell",
                "< waiting for the VM to finish booting",
            ],
        )

    def test_start_returns_before_the_guest_is_up_and_does_nothing_twice(self) -> None:
        self.assertFalse(self.machine.is_up())
        self.machine.start()
        pid = self.machine.pid
        self.assertFalse(self.machine.is_up())
        self.machine.start()
        self.machine.connect()
        self.machine.connect()
        self.assertTrue(self.machine.is_up())
        self.assertEqual(self.machine.pid, pid)
        self.assertEqual(repr(self.machine), "<QemuMachine 'machine'>")

    def test_threads_that_start_the_machine_start_it_once(self) -> None:
        with self.meanwhile(self.machine.start):
            self.machine.start()
        self.assertEqual(self.logger.lines.count("starting vm"), 1)

    def test_options_join_qemu_to_the_driver(self) -> None:
        state = self.machine.state_dir
        expected = (
            f"-qmp unix:{state}/qmp,server=on,wait=off -monitor unix:{state}/monitor "
            f"-chardev socket,id=shell,path={state}/shell -device virtio-serial -device virtconsole,chardev=shell "
            "-device virtio-rng-pci -serial stdio"
        )
        self.set_environment(DISPLAY="", WAYLAND_DISPLAY="")
        self.machine.start()
        self.assertEqual(self.told("start")[0], f"{expected} -no-reboot -nographic")
        self.machine.crash()
        self.set_environment(DISPLAY=":0")
        self.machine.start(allow_reboot=True)
        self.assertIn(expected, self.told("start"))

    def test_vsock_device_is_joined_where_there_is_one(self) -> None:
        machine = QemuMachine(
            out_dir=self.out_dir,
            tmp_dir=self.directory,
            start_command="/bin/run-machine-vm",
            logger=self.logger,
            vsock_guest=Path("/run/guest,socket"),
            vsock_host=Path("/run/host"),
        )
        self.assertEqual(machine.ssh_backdoor_command(), "ssh -o User=root vsock-mux//run/host")
        with mock.patch("test_driver.machine.lifecycle.subprocess.Popen", side_effect=OSError) as popen:
            self.assertRaises(OSError, machine.start)
        self.assertIn(
            "-chardev socket,id=vsock_ssh,path=/run/guest,,socket -device vhost-user-vsock-pci,chardev=vsock_ssh",
            popen.call_args.args[0],
        )
        with self.assertRaisesRegex(MachineError, "^machine 'machine' has no vsock device for SSH: "):
            self.machine.ssh_backdoor_command()

    def test_start_script_is_told_its_directories(self) -> None:
        self.machine.start()
        state = self.machine.state_dir
        told = self.told("start")
        self.assertIn(f"TMPDIR={state}", told)
        self.assertIn(f"SHARED_DIR={self.machine.shared_dir}", told)
        self.assertIn("USE_TMPDIR=1", told)
        self.assertEqual(Path(f"/proc/{self.machine.pid}/cwd").readlink(), state)
        self.assertEqual(state.stat().st_mode & 0o777, 0o700)
        self.assertEqual(self.machine.shared_dir.stat().st_mode & 0o777, 0o700)

    def test_name_is_that_of_the_start_script_when_none_is_given(self) -> None:
        for command, name in (("/x/bin/run-web-1-vm", "web-1"), ("qemu -m 1", "machine"), ("", "machine")):
            with self.subTest(command):
                machine = QemuMachine(self.out_dir, self.directory, command, self.logger)
                self.assertEqual(machine.name, name)

    def test_state_is_kept_on_request_alone(self) -> None:
        self.write_guest_file("disk")
        self.make_machine(keep_machine_state=True)
        self.assertTrue((self.machine.state_dir / "disk").exists())
        self.make_machine()
        self.assertFalse((self.machine.state_dir / "disk").exists())

    def test_socket_path_that_is_too_long_says_what_to_do(self) -> None:
        long = self.directory / ("x" * 90)
        long.mkdir()
        with self.assertRaisesRegex(MachineError, r"set XDG_RUNTIME_DIR \(or TMPDIR\) to a shorter directory"):
            QemuMachine(out_dir=self.out_dir, tmp_dir=long, start_command="true", logger=self.logger)

    def test_paths_may_hold_anything(self) -> None:
        odd = self.directory / "it's, ä"
        odd.mkdir()
        machine = QemuMachine(
            out_dir=self.out_dir, tmp_dir=odd, start_command=self.machine.start_command, logger=self.logger
        )
        self.addCleanup(machine.release)
        self.assertEqual(machine.succeed("echo fine"), "fine\n")
        machine.screenshot("screen")
        self.assertTrue((self.out_dir / "screen.png").exists())


class StutteringTest(MachineTest):
    fake_vm = "stutters"

    def test_banner_is_found_in_pieces_and_behind_noise(self) -> None:
        self.assertEqual(self.machine.succeed("echo answer"), "answer\n")
        says = [line for line in self.logger.lines if line.startswith("Guest shell says: ")]
        self.assertEqual(says[0], r"Guest shell says: b'\x00\xffhvc0: ready\nSpawning back'")


class EndTest(MachineTest):
    def test_every_end_lets_the_machine_start_again(self) -> None:
        for end in (self.machine.shutdown, self.machine.crash, self.machine.release):
            with self.subTest(end.__name__):
                self.assertEqual(self.machine.succeed("echo up"), "up\n")
                process = self.machine.process
                end()
                assert process is not None
                self.assertIsNotNone(process.poll())
                self.assertEqual((self.machine.booted, self.machine.connected, self.machine.pid), (False, False, None))
                self.assertEqual((self.machine.shell, self.machine.monitor, self.machine.qmp_client), (None,) * 3)
                # Once more does nothing.
                end()
                self.machine.wait_for_shutdown()
        self.assertEqual(self.machine.succeed("echo again"), "again\n")

    def test_ends_are_in_the_log(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        self.machine.shutdown()
        self.machine.connect()
        self.assertEqual(self.told("backdoor")[0], "poweroff")
        self.machine.crash()
        steps = ["> waiting for the VM to power off", "< waiting for the VM to power off"]
        self.assertEqual(self.logger.lines[:2], steps)
        self.assertEqual(self.logger.lines[-3:], ["forced crash", *steps])

    def test_shutdown_connects_first(self) -> None:
        self.machine.start()
        self.machine.shutdown()
        self.assertEqual(self.told("backdoor"), ["poweroff"])

    def test_shutdown_by_the_machine_itself_is_waited_for(self) -> None:
        self.machine.execute("(sleep 0.3; poweroff) >&2 &")
        self.machine.wait_for_shutdown()
        self.assertFalse(self.machine.booted)

    def test_end_by_another_thread_ends_a_command_that_runs(self) -> None:
        self.machine.connect()

        def release() -> None:
            time.sleep(0.3)
            self.machine.release()

        with self.meanwhile(release), self.assertRaisesRegex(MachineError, "Shell disconnected"):
            self.machine.succeed("sleep 20")

    def test_reboot_waits_for_the_new_shell(self) -> None:
        self.machine.start(allow_reboot=True)
        self.machine.succeed("true")
        pid = self.machine.pid
        self.machine.reboot()
        self.assertFalse(self.machine.is_up())
        self.assertEqual(self.machine.succeed("echo up"), "up\n")
        self.assertEqual(self.machine.pid, pid)
        self.assertEqual(self.told("monitor"), ["sendkey ctrl-alt-delete"])

    def test_reboot_that_is_not_allowed_ends_the_machine(self) -> None:
        self.machine.connect()
        self.machine.reboot()
        with self.assertRaises(MachineError) as raised:
            self.machine.succeed("true")
        self.assertEqual(
            str(raised.exception),
            "machine 'machine': QEMU ended before the guest's root shell was there (exit code 0); its last output:\n"
            "    firmware speaks\n    connecting to host...",
        )
        self.machine.wait_for_shutdown()
        self.machine.succeed("true")

    def test_machine_that_restarts_between_commands_goes_on(self) -> None:
        self.machine.start(allow_reboot=True)
        self.machine.connect()
        self.machine.execute("reboot", check_output=False)
        self.machine.wait_for_console_text("(connecting to host(.|\n)*){2}")
        time.sleep(0.2)
        self.assertEqual(self.machine.succeed("echo up"), "up\n")

    def test_machine_that_restarts_in_the_middle_of_a_command_is_an_error(self) -> None:
        self.machine.start(allow_reboot=True)
        with self.assertRaises(MachineError) as raised:
            self.machine.succeed("reboot; sleep 20")
        self.assertEqual(str(raised.exception), "machine 'machine': it has restarted in the middle of a command")
        self.assertEqual(self.machine.succeed("echo up"), "up\n")

    def test_switch_root_waits_for_the_shell_of_the_real_system(self) -> None:
        self.machine.start(allow_reboot=True)
        self.write_guest_file("units/initrd.target", "active")
        (self.directory / "guest-functions").write_text(
            'eval "$(declare -f systemctl | sed s/systemctl/real_systemctl/)"\n'
            'systemctl() { if [[ $1 == isolate ]]; then reboot; else real_systemctl "$@"; fi; }\n'
        )
        self.machine.switch_root()
        self.assertTrue(self.machine.is_up())
        self.assertEqual(self.logger.lines.count("connected to guest root shell"), 2)
        self.assertEqual(
            self.commands()[-1], "systemctl isolate --no-block initrd-switch-root.target 2>/dev/null >/dev/null"
        )


class LossTest(MachineTest):
    def test_machine_lost_in_the_middle_of_a_command_is_an_error_with_its_last_words(self) -> None:
        with self.assertRaises(MachineError) as raised:
            self.machine.succeed("kill -QUIT $FAKE_VM_PID; sleep 20")
        self.assertEqual(
            str(raised.exception),
            "machine 'machine': Shell disconnected (exit code 134); its last output:\n"
            "    firmware speaks\n    connecting to host...\n    fake: fatal: out of luck",
        )
        self.assertFalse(self.machine.is_up())

    def test_last_words_are_waited_for_when_the_log_is_slow(self) -> None:
        self.logger.slow_lines["connecting to host..."] = 0.7
        with self.assertRaisesRegex(MachineError, "out of luck$"):
            self.machine.succeed("kill -QUIT $FAKE_VM_PID; sleep 20")

    def test_whatever_is_asked_of_a_lost_machine_is_an_error(self) -> None:
        self.machine.connect()
        assert self.machine.pid is not None
        os.kill(self.machine.pid, signal.SIGQUIT)
        for ask in (
            lambda: self.machine.succeed("true"),
            self.machine.connect,
            lambda: self.machine.send_monitor_command("info status"),
            lambda: self.machine.wait_for_console_text("never"),
            lambda: self.machine.send_console("text\n"),
            lambda: self.machine.screenshot("screen"),
            lambda: self.machine.wait_for_qmp_event(lambda _event: False),
        ):
            with self.assertRaisesRegex(MachineError, r"\(exit code 134\); its last output:(\n.*)*out of luck$"):
                ask()
        self.machine.crash()
        self.assertFalse(self.machine.booted)

    def test_what_needs_a_running_machine_says_so(self) -> None:
        self.assert_all_need_a_start()
        self.machine.start()
        self.machine.crash()
        self.assert_all_need_a_start()

    def assert_all_need_a_start(self) -> None:
        for ask in (
            lambda: self.machine.send_monitor_command("info status"),
            self.machine.wait_for_monitor_prompt,
            lambda: self.machine.wait_for_qmp_event(lambda _event: True),
            lambda: self.machine.wait_for_console_text("never"),
            lambda: self.machine.send_console("text"),
            lambda: self.machine.send_key("a"),
            lambda: self.machine.screenshot("screen"),
            self.machine.get_screen_text,
            self.machine.block,
        ):
            with self.assertRaises(MachineError) as raised:
                ask()
            self.assertEqual(str(raised.exception), "machine 'machine' is not running: start it first")


class StillbornTest(MachineTest):
    fake_vm = "dies"

    def test_qemu_that_ends_at_once_is_an_error_with_its_words(self) -> None:
        for _ in range(2):
            with self.assertRaises(MachineError) as raised:
                self.machine.start()
            self.assertEqual(
                str(raised.exception),
                "machine 'machine': QEMU ended (exit code 3); its last output:\n"
                "    firmware speaks\n    fake: no such accelerator",
            )
            self.assertFalse(self.machine.booted)
            self.assertIsNone(self.machine.monitor)

    def test_start_script_that_is_not_there_is_an_error_with_the_shells_words(self) -> None:
        machine = QemuMachine(
            name="machine",
            out_dir=self.out_dir,
            tmp_dir=self.directory,
            start_command="/no/such/script",
            logger=RememberingLogger(),
        )
        with self.assertRaisesRegex(MachineError, r"QEMU ended \(exit code 127\); its last output:\n.*/no/such/script"):
            machine.start()


class BootTest(MachineTest):
    fake_vm = "dies-booting"

    def test_qemu_that_ends_while_the_guest_boots_is_an_error_with_its_words(self) -> None:
        with self.assertRaises(MachineError) as raised:
            self.machine.succeed("true")
        self.assertEqual(
            str(raised.exception),
            "machine 'machine': QEMU ended before the guest's root shell was there (exit code 1); its last output:\n"
            "    firmware speaks\n    Kernel panic: no init found",
        )


class DeadOnFirstCommandTest(MachineTest):
    fake_vm = "dies-asked"

    def test_machine_that_ends_at_its_first_command_is_an_error(self) -> None:
        with self.assertRaisesRegex(MachineError, r"Shell disconnected \(exit code 134\)(.|\n)*out of luck$"):
            self.machine.succeed("true")


class SilentTest(MachineTest):
    fake_vm = "silent"

    def test_guest_that_never_connects_is_an_error_with_the_end_of_its_console(self) -> None:
        with mock.patch("test_driver.machine.lifecycle.CONNECT_TIMEOUT", 1), self.assertRaises(MachineError) as raised:
            self.machine.succeed("true")
        self.assertEqual(
            str(raised.exception),
            "machine 'machine': its root shell did not come up in 1 seconds (QEMU still runs); its last output:\n"
            "    firmware speaks\n    Please enter the passphrase for disk root:",
        )
        # The machine is there for whoever wants to look at it.
        self.assertTrue(self.machine.booted)
        self.assertIn("firmware", self.machine.get_console_log())


class StubbornTest(MachineTest):
    fake_vm = "stubborn"

    def test_qemu_that_does_not_end_is_killed(self) -> None:
        self.machine.start()
        process = self.machine.process
        assert process is not None
        with mock.patch("test_driver.machine.lifecycle.TERMINATION_TIMEOUT", 0.3):
            self.machine.release()
        self.assertEqual(process.returncode, -signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
