"""Machines with the tiny guest, by Nix and QEMU: a clone is as good as a machine that booted."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from tests.support import Start, TemplatesTest, eventually_none

MACHINES = Path(__file__).resolve().parent / "machines.nix"
# Whatever this machine's KVM is like: the tests are about the same thing with and without it.
environment = {"QEMU_OPTS": "-machine accel=tcg"}
"""Of all starts; they also find the Python of these tests first."""
driver = Path()
"""The driver of the test in machines.nix, with its start scripts."""
shared_templates: "tempfile.TemporaryDirectory[str]"
"""Made once for all tests that do not say otherwise."""


def setUpModule() -> None:
    global driver, shared_templates
    for tool in ("nix-build", "qemu-system-x86_64", "vde_switch"):
        if shutil.which(tool) is None:
            raise unittest.SkipTest(f"there is no '{tool}' here")
    built = subprocess.run(
        ["nix-build", "--no-out-link", str(MACHINES), "-A", "driver"], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise RuntimeError(f"the machines cannot be built:\n{built.stderr}")
    driver = Path(built.stdout.strip())
    shared_templates = tempfile.TemporaryDirectory(prefix="tk-")
    unittest.addModuleCleanup(shared_templates.cleanup)
    programs = tempfile.TemporaryDirectory(prefix="tk-")
    unittest.addModuleCleanup(programs.cleanup)
    Path(programs.name, "python3").symlink_to(sys.executable)
    environment["PATH"] = f"{programs.name}:{os.environ['PATH']}"


def start_script(name: str) -> str:
    """The start script of a machine, by the configuration that the driver's wrapper names."""
    wrapper = (driver / "bin" / "nixos-test-driver").read_text().split()
    configuration: dict[str, Any] = json.loads(Path(wrapper[wrapper.index("--config") + 1]).read_text())
    return str(configuration["vms"][name]["start_script"])


MONITOR = """
def monitor(command):
    return alpha.qmp_client.send("human-monitor-command", {"command-line": command})["return"]
"""


class ScriptTest(TemplatesTest):
    """Runs test scripts on the machines, which are clones."""

    def setUp(self) -> None:
        super().setUp()
        self.run_dir = self.directory / "run"
        self.out_dir = self.directory / "out"
        self.run_dir.mkdir()
        self.out_dir.mkdir()
        self.templates = Path(shared_templates.name)

    def drive(self, script: str, *arguments: str, variables: dict[str, str] | None = None) -> str:
        """Run a script that must pass; returns the driver's log."""
        file = self.directory / "script"
        file.write_text(script)
        finished = subprocess.run(
            [
                *(str(driver / "bin" / "nixos-test-driver"), "--test-script", str(file), "-o", str(self.out_dir)),
                *arguments,
            ],
            env={
                **{key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")},
                **{"XDG_RUNTIME_DIR": str(self.run_dir), "TESTKIT_TEMPLATES": str(self.templates), "NO_COLOR": "1"},
                **environment,
                **(variables or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        self.assertEqual(finished.returncode, 0, finished.stdout)
        return finished.stdout

    def boot(self, script: str, *arguments: str) -> str:
        """The same on machines that boot."""
        return self.drive(script, *arguments, variables={"TESTKIT_TEMPLATES": ""})

    def of_machine(self, name: str, log: str) -> str:
        """What the log has of a machine's own words."""
        begin = f"{name} # "
        return "\n".join(line.removeprefix(begin) for line in log.splitlines() if line.startswith(begin))

    def assert_clone(self, log: str, name: str = "alpha") -> None:
        self.assertIn("testkit: starts as a clone of", self.of_machine(name, log))


class CloneTest(ScriptTest):
    def test_clone_is_the_same_machine(self) -> None:
        """By all that does not change with time, seen from inside and from outside."""
        script = (
            MONITOR
            + """
facts = []
for command in [
    "cat /proc/cmdline /proc/iomem /proc/ioports /etc/hosts; uname -a; cut -d ' ' -f 1-4 /proc/modules",
    "grep -v -e MHz -e bogomips /proc/cpuinfo",
    "head -n 1 /proc/meminfo; ip address show dev eth1; ip route; ls -R /dev /sys/bus/virtio/devices /sys/block",
    "pwd; umask; ulimit -a; env; tty; stty -a < /dev/hvc0",
]:
    facts.append(alpha.execute(command)[1])
for command in ["info pci", "info block", "info network", "info qtree", "info status", "info migrate_capabilities"]:
    facts.append(monitor(command))
facts.append(alpha.get_console_log())
(driver.out_dir / "facts").write_text("\\n".join(facts))
alpha.screenshot("screen")
"""
        )
        self.maxDiff = None
        seen = []
        for run in (self.drive, self.boot):
            log = run(script)
            # Numbers that QEMU gives out as it goes.
            facts = re.sub(r"#block\d+|fd=\d+", "#", (self.out_dir / "facts").read_text()).splitlines()
            seen.append(([line for line in facts if not line.startswith("testkit:")], log))
            (self.out_dir / "screen.png").rename(self.directory / f"{len(seen)}.png")
        self.assert_clone(seen[0][1])
        self.assertEqual(seen[0][0], seen[1][0])
        self.assertEqual((self.directory / "1.png").read_bytes(), (self.directory / "2.png").read_bytes())

    def test_clones_have_their_own_time_and_random_numbers(self) -> None:
        """A clone's clock is not where its template stood, and two clones do not count on alike."""
        self.drive("alpha.succeed('true')")
        script = """
import time
time.sleep({pause})
before = int(time.time())
alpha.start()
now, number = alpha.succeed("date +%s; head -c 8 /dev/urandom | od -An -tx1 | tr -d ' '").split()
assert before <= int(now) <= time.time() + 1, (before, now, time.time())
(driver.out_dir / "{file}").write_text(number)
"""
        self.drive(script.format(pause=0, file="one"))
        # The longer after the making of the template, the surer.
        self.drive(script.format(pause=5, file="two"))
        one, two = ((self.out_dir / name).read_text() for name in ("one", "two"))
        self.assertEqual((len(one), len(two)), (16, 16))
        self.assertNotEqual(one, two)

    def test_clones_reach_each_other_by_name(self) -> None:
        log = self.drive(
            """
start_all()
for here, there in [(alpha, "beta"), (beta, "alpha")]:
    here.succeed(f"ping -c 1 {there}", f"ping -c 1 -6 {there}")
alpha.block()
beta.fail("ping -c 1 -W 1 alpha")
alpha.unblock()
beta.wait_until_succeeds("ping -c 1 -W 1 alpha")
""",
        )
        self.assert_clone(log, "alpha")
        self.assert_clone(log, "beta")

    def test_ports_are_forwarded_to_a_clone(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        log = self.drive(
            f"""
import socket
alpha.succeed("(echo through the port | nc -l -p 80) > /dev/null 2>&1 &")
alpha.wait_until_succeeds("netstat -ltn | grep :80")
with socket.create_connection(("127.0.0.1", {port}), timeout=60) as connection:
    assert connection.makefile().read() == "through the port\\n"
""",
            variables={"QEMU_NET_OPTS": f"hostfwd=tcp:127.0.0.1:{port}-:80"},
        )
        self.assert_clone(log)

    def test_snapshots_are_those_of_any_machine(self) -> None:
        """Also for a machine that boots: the state directory is kept, and with it the disk that has the snapshot."""
        log = self.drive(
            MONITOR
            + """
alpha.succeed("echo before > /run/file", "sh -c 'sleep 3600' > /dev/null 2>&1 &")
assert monitor("savevm first") == ""
alpha.succeed("echo after > /run/file", "killall sleep")
assert monitor("loadvm first") == ""
alpha.succeed("grep before /run/file", "killall -0 sleep")
"""
        )
        self.assert_clone(log)
        log = self.drive(
            MONITOR
            + """
alpha.fail("cat /run/file")
assert monitor("loadvm first") == ""
alpha.succeed("grep before /run/file", "killall -0 sleep")
""",
            "--keep-machine-state",
        )
        self.assertRegex(
            self.of_machine("alpha", log),
            "testkit: boots normally, without a template: its disk '.*/alpha.qcow2' was written to before",
        )

    def test_clone_reboots(self) -> None:
        log = self.drive(
            """
alpha.start(allow_reboot=True)
alpha.succeed("touch /run/gone /tmp/kept", "sync")
alpha.reboot()
alpha.succeed("test -e /tmp/kept")
alpha.fail("test -e /run/gone")
"""
        )
        self.assert_clone(log)
        self.assertEqual(self.of_machine("alpha", log).count("Booting from ROM"), 2)

    def test_clone_that_may_not_reboot_ends_instead(self) -> None:
        self.assert_clone(self.drive("alpha.connect()\nalpha.shell.send(b'reboot\\n')\nalpha.wait_for_shutdown()\n"))

    def test_machine_that_went_down_boots_from_its_disk(self) -> None:
        for end in ("shutdown", "crash"):
            with self.subTest(end):
                log = self.drive(
                    f"""
alpha.succeed("echo kept > /tmp/file", "sync", "touch /run/gone")
alpha.{end}()
alpha.succeed("grep kept /tmp/file")
alpha.fail("test -e /run/gone")
"""
                )
                self.assert_clone(log)
                self.assertIn("alpha.qcow2' was written to before", self.of_machine("alpha", log))

    def test_kept_state_is_the_machine(self) -> None:
        self.assert_clone(self.drive("alpha.succeed('echo kept > /tmp/file', 'sync')"))
        log = self.drive("alpha.succeed('grep kept /tmp/file')", "--keep-machine-state")
        self.assertIn("alpha.qcow2' was written to before", self.of_machine("alpha", log))
        self.assert_clone(self.drive("alpha.fail('test -e /tmp/file')"))


class StartTest(TemplatesTest):
    """The machine alpha, without a driver, and with templates in a place with an odd name."""

    def setUp(self) -> None:
        super().setUp()
        self.templates = self.directory / "ä b,c"

    def start(self) -> Start:
        return self.start_of(
            [
                *(start_script("alpha"), "-chardev", "socket,id=shell,path=@/shell", "-device", "virtio-serial"),
                *("-device", "virtconsole,chardev=shell", "-serial", "stdio", "-nographic", "-no-reboot"),
            ],
            {**environment, "TESTKIT_TEMPLATES": str(self.templates), "TMPDIR": "@", "USE_TMPDIR": "1"},
        )

    def test_whatever_happens_the_next_start_is_a_machine(self) -> None:
        """A maker that is killed, two starts at once, a file that is damaged: each before the next."""
        maker = self.start()
        maker.read_until("Booting from ROM")
        maker.process.kill()
        maker.process.wait()
        self.assertTrue(eventually_none(f"mem-path={self.directory}/ä b,,c/"))
        self.assertEqual(self.kept(), ["alpha-KEY.lock", "alpha-KEY.making"])

        both = [self.start(), self.start()]
        for number, start in enumerate(both):
            start.ask(f"number={number}; echo")
        self.assertEqual([start.ask("echo $number; hostname > /dev/null") for start in both], ["0", "1"])
        for start in both:
            start.process.terminate()
            self.assertEqual(start.process.wait(), 0)
        said = "".join(start.end() for start in both)
        self.assertEqual((said.count("makes the template"), said.count("starts as a clone")), (1, 2), said)
        self.assertEqual(self.kept(), ["alpha-KEY", "alpha-KEY.lock"])

        os.truncate(self.only_template() / "memory", 1 << 20)
        again = self.start()
        self.assertEqual(again.ask("hostname"), "alpha")
        again.process.terminate()
        self.assertIn("makes the template", again.end())

    def test_memory_that_changed_unseen_is_noticed_at_last(self) -> None:
        """No start reads through a whole memory beforehand; a guest that does not answer gives its template up."""
        self.start().ask("hostname")
        memory = self.only_template() / "memory"
        found = memory.stat()
        memory.write_bytes(b"")
        os.truncate(memory, found.st_size)
        os.utime(memory, ns=(found.st_atime_ns, found.st_mtime_ns))
        said = self.start().end()
        self.assertIn("its template is given up: start the machine again", said)
        again = self.start()
        self.assertEqual(again.ask("hostname"), "alpha")


if __name__ == "__main__":
    unittest.main()
