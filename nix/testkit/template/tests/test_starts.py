"""Whole starts, with a QEMU that is none: which become clones, which boot, and what they say."""

import json
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from tests.support import TEMPLATE, FakeTest, eventually_none

MAKES = "testkit: makes the template '{}', which takes a boot\n"
CLONES = "testkit: starts as a clone of '{}'\n"
BOOTS = "testkit: boots normally, without a template: "


class CloneTest(FakeTest):
    def test_first_start_makes_the_template_and_every_start_is_a_clone(self) -> None:
        first = self.start()
        self.assertEqual(first.ask("hello"), "you said hello")
        path = self.only_template()
        first.shell().close()
        self.assertEqual(
            first.end(),
            MAKES.format(path) + "firmware speaks\n" + CLONES.format(path),
        )
        second = self.start()
        self.assertEqual(second.ask("hello again"), "you said hello again")
        second.shell().close()
        self.assertEqual(second.end(), "firmware speaks\n" + CLONES.format(path))
        self.assertEqual(self.kept(), ["fake-KEY", "fake-KEY.lock"])

    def test_clone_is_the_process_that_was_started(self) -> None:
        self.start().ask("first")
        clone = self.start()
        clone.ask("hello")
        with open(f"/proc/{clone.process.pid}/cmdline", "rb") as file:
            self.assertIn(b"\0-incoming\0defer\0", file.read())
        clone.process.terminate()
        self.assertEqual(clone.process.wait(), -signal.SIGTERM)

    def test_nothing_stays_beside_a_clone(self) -> None:
        clone = self.start()
        clone.ask("hello")
        self.assertTrue(eventually_none(f"--\0{self.qemu}"))
        with open(f"/proc/{clone.process.pid}/task/{clone.process.pid}/children") as file:
            self.assertEqual(file.read(), "")

    def test_template_is_private_to_its_user(self) -> None:
        self.start().ask("hello")
        path = self.only_template()
        for entry in (self.templates, path, *path.iterdir()):
            self.assertEqual(entry.stat().st_mode & 0o077, 0, entry)

    def test_starts_at_once_make_one_template(self) -> None:
        starts = [self.start() for _ in range(3)]
        for start in starts:
            start.ask("hello")
            start.shell().close()
        said = [start.end() for start in starts]
        path = self.only_template()
        self.assertEqual(sum(MAKES.format(path) in text for text in said), 1, said)
        for text in said:
            self.assertIn("firmware speaks\n" + CLONES.format(path), text)

    def test_changed_machine_has_a_template_of_its_own(self) -> None:
        self.start().ask("hello")
        self.start("-append", "quiet").ask("hello")
        self.assertEqual(self.kept(), ["fake-KEY", "fake-KEY", "fake-KEY.lock", "fake-KEY.lock"])

    def test_what_a_start_alone_cares_for_is_not_the_templates(self) -> None:
        self.start("-qmp", "unix:@/qmp,server=on,wait=off", "-no-reboot").ask("hello")
        self.start("-monitor", "unix:@/monitor").ask("hello")
        self.assertEqual(self.kept(), ["fake-KEY", "fake-KEY.lock"])

    def test_damaged_template_is_made_again(self) -> None:
        self.start().ask("hello")
        for damage in ("state", "memory", "serial", "manifest.json"):
            with self.subTest(damage):
                path = self.only_template()
                with open(path / damage, "r+b") as file:
                    file.write(b"x")
                again = self.start()
                again.ask("hello")
                again.shell().close()
                self.assertIn(MAKES.format(path), again.end())
        self.assertEqual(self.kept(), ["fake-KEY", "fake-KEY.lock"])

    def test_template_that_lost_a_file_is_made_again(self) -> None:
        self.start().ask("hello")
        (self.only_template() / "state").unlink()
        again = self.start()
        again.ask("hello")
        again.shell().close()
        self.assertIn("makes the template", again.end())

    def test_clone_that_is_not_restored_gives_its_template_up(self) -> None:
        self.start().ask("hello")
        broken = self.start(fake="unrestorable")
        self.assertIn(
            "testkit: the clone cannot be used: QEMU ended; its template is given up: start the machine again\n",
            broken.end(),
        )
        self.assertEqual(broken.process.returncode, 1)
        again = self.start()
        again.ask("hello")
        again.shell().close()
        self.assertIn("makes the template", again.end())

    def test_clone_that_nobody_waits_for_ends_and_its_template_stays(self) -> None:
        self.start().ask("hello")
        alone = self.start()
        alone.listening.close()
        (alone.directory / "shell").unlink()
        self.assertIn(
            f"testkit: the clone cannot be used: nobody listens at '{alone.directory}/shell': "
            "No such file or directory\n",
            alone.end(),
        )
        again = self.start()
        again.ask("hello")
        again.shell().close()
        self.assertNotIn("makes the template", again.end())

    def test_template_made_by_a_waiting_neighbour_is_taken(self) -> None:
        maker = self.start(fake="hangs")
        maker.read_until("firmware speaks")
        waiter = self.start()
        said = waiter.read_until("waits for another start,")
        maker.process.kill()
        waiter.ask("hello")
        waiter.shell().close()
        path = self.only_template()
        self.assertEqual(
            said + waiter.end(),
            f"testkit: waits for another start, which holds the template '{path}'\n"
            + (MAKES.format(path) + "firmware speaks\n" + CLONES.format(path)),
        )


class InterruptedTest(FakeTest):
    def test_maker_that_is_told_to_end_leaves_nothing(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                maker = self.start(fake="hangs")
                maker.read_until("firmware speaks")
                maker.process.send_signal(number)
                self.assertEqual(maker.process.wait(), -number)
                self.assertTrue(eventually_none(f"mem-path={self.templates}"))
                self.assertEqual(self.kept(), ["fake-KEY.lock"])

    def test_machine_does_not_outlive_a_maker_that_is_killed(self) -> None:
        maker = self.start(fake="hangs")
        maker.read_until("firmware speaks")
        maker.process.kill()
        self.assertTrue(eventually_none(f"mem-path={self.templates}"))
        self.assertEqual(self.kept(), ["fake-KEY.lock", "fake-KEY.making"])
        self.start().ask("hello")
        self.assertEqual(self.kept(), ["fake-KEY", "fake-KEY.lock"])


class BootTest(FakeTest):
    """Machines that cannot be clones. The fake QEMU that boots ends with 7."""

    def assert_boots(self, reason: str, *more: str, fake: str = "", environment: dict[str, str] | None = None) -> str:
        start = self.start(*more, fake=fake, environment=environment)
        output = start.end()
        self.assertEqual(start.process.returncode, 7, output)
        words = " ".join(self.words(*more)[1:]).replace("@", str(start.directory))
        self.assertTrue(output.endswith(f"{BOOTS}{reason}\nbooted {words}\n"), output)
        return output

    def test_what_qemu_refuses_is_asked_once(self) -> None:
        for fake, reason in {
            "old": "QEMU refused 'migrate-set-capabilities': no migrate-set-capabilities here",
            "blocked": "QEMU refused 'migrate': no migrate here",
            "unrestorable": "QEMU cannot restore what it saved of this machine "
            "(QEMU ended: fake: load of migration failed)",
            "no-clock": "its clock and random numbers could not be set (status 1)",
        }.items():
            with self.subTest(fake):
                machine = ("-append", fake)
                self.assertIn("makes the template", self.assert_boots(reason, *machine, fake=fake))
                self.assertNotIn("makes the template", self.assert_boots(reason, *machine))

    def test_boot_that_fails_is_tried_again(self) -> None:
        self.assert_boots("QEMU ended: fake: no init found", fake="panics")
        self.assert_boots("QEMU ended: there was no room for the machine's memory", fake="no-room")
        self.assertEqual(self.kept(), ["fake-KEY.lock"])
        self.start().ask("hello")

    def test_directory_that_cannot_be_used(self) -> None:
        for directory, reason in {
            "relative": "TESTKIT_TEMPLATES is no absolute path: 'relative'",
            "/dev/null/x": "TESTKIT_TEMPLATES cannot be used: [Errno 20] Not a directory: '/dev/null/x'",
        }.items():
            with self.subTest(directory):
                start = self.start(templates=Path(directory))
                self.assertIn(f"{BOOTS}{reason}\nbooted ", start.end())

    def test_directory_that_others_may_write_to(self) -> None:
        self.templates.mkdir()
        self.templates.chmod(0o777)
        self.assert_boots(
            f"others may write to '{self.templates}' (TESTKIT_TEMPLATES): 'chmod go-w' it, or choose another"
        )

    def test_memory_that_is_more_than_there_is_room_for(self) -> None:
        output = self.start("-m", "1048576T").end()
        self.assertRegex(
            output,
            f"{BOOTS}a template may need [0-9]+ MiB, and '{self.templates}' has [0-9]+ MiB left\nbooted ",
        )
        self.assertEqual(self.kept(), ["fake-KEY.lock"])

    def test_limit_that_is_no_number(self) -> None:
        self.assert_boots(
            "TESTKIT_TEMPLATES_LIMIT is no number of GiB: 'much'", environment={"TESTKIT_TEMPLATES_LIMIT": "much"}
        )

    def test_option_that_is_not_known(self) -> None:
        self.assert_boots("templates do not know the option '-virtfs'", "-virtfs", "local,path=/")

    def test_program_that_is_not_there(self) -> None:
        self.qemu.unlink()
        start = self.start()
        self.assertEqual(
            start.end(),
            f"{BOOTS}there is no program '{self.qemu}'\ntestkit: cannot run '{self.qemu}': No such file or directory\n",
        )
        self.assertEqual(start.process.returncode, 1)


class LimitTest(FakeTest):
    def test_templates_used_longest_ago_make_room(self) -> None:
        for machine in ("a", "b", "c"):
            self.start("-append", machine).ask("hello")
            for path in self.templates.iterdir():
                # Times so far apart that it does not matter how fine the file system's are.
                os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**12))
        before = len(list(self.templates.iterdir()))
        taken = self.start("-append", "a")
        taken.ask("hello")
        self.start("-append", "d", environment={"TESTKIT_TEMPLATES_LIMIT": "0"}).ask("hello")
        self.assertEqual(before, 6)
        self.assertEqual(self.kept(), ["fake-KEY", "fake-KEY.lock"])
        manifest = json.loads((self.only_template() / "manifest.json").read_text())
        self.assertEqual((manifest["machine"], manifest["qemu"]), ("fake", "1.2.3 (fake)"))


class UsageTest(unittest.TestCase):
    def test_wrong_words(self) -> None:
        asked = subprocess.run([sys.executable, "-I", "-S", "-B", str(TEMPLATE), "x"], capture_output=True, text=True)
        self.assertEqual(
            (asked.returncode, asked.stderr),
            (1, "usage: python3 -I -S -B template TEMPLATES -- qemu-system-x86_64 ARGUMENT…\n"),
        )


if __name__ == "__main__":
    unittest.main()
