"""Virtual networks: with the real `vde_switch` where it is installed, and with stand-ins for one that misbehaves."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from test_driver.errors import MachineError
from test_driver.logger import CompositeLogger
from test_driver.vlan import VLan
from tests.support import PATIENCE, DriverTest


@unittest.skipIf(shutil.which("vde_switch") is None, "vde_switch is not installed: install the package 'vde2'")
class RealSwitchTest(DriverTest):
    def test_each_number_is_one_network(self) -> None:
        finished = self.drive(
            "assert vlans == driver.vlans == [vlan2, vlan1] and vlan2.nr == 2\n"
            "assert repr(vlans) == '[<Vlan Nr. 2>, <Vlan Nr. 1>]'\n"
            "for vlan in vlans:\n"
            "    print(os.environ[f'QEMU_VDE_SOCKET_{vlan.nr}'] == str(vlan.socket_dir))\n"
            "    print(vlan.socket_dir, oct(vlan.socket_dir.stat().st_mode), (vlan.socket_dir / 'ctl').is_socket())\n",
            machines=("a",),
            vlans=(2, 1, 2, 2),
        )
        self.assert_passes(finished)
        self.assertEqual(
            self.stable(finished.stdout).splitlines()[1:3] + self.stable(finished.stdout).splitlines()[4:],
            [
                "    a,",
                "    vlan2, vlan1,",
                "True",
                "$DIR/run/vde2.ctl 0o40700 True",
                "True",
                "$DIR/run/vde1.ctl 0o40700 True",
            ],
        )
        log = self.log(finished)
        self.assertEqual(
            log[1 : log.index("run the VM test script") - 1],
            [
                "start all VLans",
                "start vlan",
                "running vlan (pid P; ctl $DIR/run/vde2.ctl)",
                "start vlan",
                "running vlan (pid P; ctl $DIR/run/vde1.ctl)",
                "(finished: start all VLans, in N seconds)",
            ],
        )
        self.assertEqual(
            log[log.index("cleanup") :],
            ["cleanup", "kill vlan (pid P)", "kill vlan (pid P)", "(finished: cleanup, in N seconds)"],
        )
        self.assertEqual([place.name for place in self.run_dir.glob("vde*")], [])

    def test_start_scripts_are_told_where_it_is(self) -> None:
        finished = self.drive(
            "machine.start()\nprint(open(f'/proc/{machine.pid}/environ').read().split('\\0'))", vlans=(7,)
        )
        self.assert_passes(finished)
        self.assertIn(f"'QEMU_VDE_SOCKET_7={self.run_dir}/vde7.ctl'", finished.stdout)

    def test_it_dies_with_a_driver_that_was_killed(self) -> None:
        finished = self.start(
            "print(vlan1.pid, flush=True)\nimport time\ntime.sleep(60)\n", until="run the VM", vlans=(1,)
        )
        self.assertEqual(len(self.machine_processes()), 1)
        finished.send_signal(signal.SIGKILL)
        finished.wait()
        deadline = time.monotonic() + PATIENCE
        while self.machine_processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.machine_processes(), [])

    def test_what_a_killed_switch_left_does_not_disturb(self) -> None:
        finished = self.drive("os.kill(vlan1.pid, 9)", machines=(), vlans=(1,))
        self.assert_passes(finished)
        self.assertTrue((self.run_dir / "vde1.ctl" / "ctl").is_socket())
        self.assert_passes(self.drive("", machines=(), vlans=(1,)))

    def test_drivers_in_different_directories_do_not_meet(self) -> None:
        first = self.start("input()", until="run the VM", vlans=(1,))
        other = self.directory / "other"
        second = subprocess.run(
            self.command("print(vlan1)", vlans=(1,)),
            env={**self.environment(), "XDG_RUNTIME_DIR": str(other)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assert_passes(second)
        _, log = first.communicate("\n", timeout=PATIENCE)
        self.assertEqual(first.returncode, 0, log)

    def test_second_driver_in_the_directory_is_told(self) -> None:
        first = self.start("input()", until="run the VM", vlans=(2,))
        second = subprocess.run(
            self.command("", machines=(), vlans=(1, 2)),
            env=self.environment(),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        place = f"{self.run_dir}/vde2.ctl"
        self.assert_reports(
            second,
            f"VLAN 2: vde_switch ended (vde_switch: Could not bind to socket '{place}/ctl': Address already in use; "
            f"vde_switch: Cleanup not removing files): if another driver uses '{place}', "
            "set XDG_RUNTIME_DIR to another directory",
        )
        self.assertFalse((self.run_dir / "vde1.ctl").exists(), "the first network of the second driver is left")
        first.communicate("\n", timeout=PATIENCE)

    def test_ctrl_c_does_not_reach_it(self) -> None:
        finished = self.drive("print(os.getpgid(vlan1.pid) == vlan1.pid)", machines=(), vlans=(1,))
        self.assertEqual(finished.stdout.splitlines()[-1], "True")


class DirectoryTest(DriverTest):
    def test_path_that_is_too_long_is_named(self) -> None:
        place = self.directory / ("x" * 70)
        finished = self.drive("", machines=(), vlans=(1,), environment={"XDG_RUNTIME_DIR": str(place)})
        self.assert_reports(
            finished,
            f"VLAN 1: the socket path '{place}/vde1.ctl/.4194304-00000' has {len(str(place)) + 24} bytes and the "
            "system allows 107: "
            "set XDG_RUNTIME_DIR (or TMPDIR) to a shorter directory",
        )

    def test_missing_switch_is_named_with_its_package(self) -> None:
        finished = self.drive("", machines=(), vlans=(3,), environment={"PATH": str(self.directory)})
        self.assert_reports(finished, "VLAN 3 needs 'vde_switch', which is not on PATH: install the package 'vde2'")


class StandInTest(unittest.TestCase):
    """The driver's half alone, with a program of ours for the switch."""

    def start(self, switch: str) -> VLan:
        """A network whose switch is this text for `sh`; $2 is the directory for sockets."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        place = Path(directory.name)
        program = place / "vde_switch"
        program.write_text(f"#!/bin/sh\nexport PATH={os.environ['PATH']}\n{switch}\n")
        program.chmod(0o755)
        self.place = place
        with mock.patch.dict(os.environ, {"PATH": str(place)}), mock.patch("test_driver.vlan.ANSWER_SECONDS", 0.2):
            return VLan(5, place, CompositeLogger([]))

    def test_switch_is_a_hub_with_a_private_directory(self) -> None:
        vlan = self.start('mkdir "$2"; touch "$2/ctl"; echo "$@" >"$2/arguments"; read x; echo "1000 Success"; read x')
        self.assertEqual(
            (vlan.socket_dir / "arguments").read_text(), f"--sock {self.place}/vde5.ctl --dirmode 0700 --hub\n"
        )
        with mock.patch.dict(os.environ, {"QEMU_VDE_SOCKET_5": str(vlan.socket_dir)}):
            vlan.stop()
            self.assertIsNotNone(vlan.process.poll())
            self.assertNotIn("QEMU_VDE_SOCKET_5", os.environ)

    def test_switch_that_does_not_go_is_killed(self) -> None:
        vlan = self.start('mkdir "$2"; touch "$2/ctl"; trap "" TERM; echo "1000 Success"; exec sleep 60')
        with mock.patch("test_driver.vlan.STOP_SECONDS", 0.1):
            vlan.stop()
        self.assertEqual(vlan.process.returncode, -signal.SIGKILL)

    def test_switch_that_ends_is_reported_with_its_words(self) -> None:
        for switch, said in (("echo no way >&2; exit 1", "ended (no way)"), ("exit 0", "ended (it said nothing)")):
            with self.subTest(switch):
                with self.assertRaises(MachineError) as raised:
                    self.start(switch)
                self.assertEqual(
                    str(raised.exception),
                    f"VLAN 5: vde_switch {said}: if another driver uses '{self.place}/vde5.ctl', set XDG_RUNTIME_DIR "
                    "to another directory",
                )

    def test_switch_that_says_nothing_is_reported_and_ended(self) -> None:
        with self.assertRaisesRegex(MachineError, "^VLAN 5: vde_switch did not answer in 0.2 seconds"):
            self.start('echo $$ >"$(dirname "$2")/pid"; exec sleep 60')
        pid = int((self.place / "pid").read_text())
        self.assertFalse(Path(f"/proc/{pid}").exists())


if __name__ == "__main__":
    unittest.main()
