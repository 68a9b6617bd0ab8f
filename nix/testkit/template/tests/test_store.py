"""The directory of templates: what is taken, what is not, and what is removed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import images
import store
from refusal import Refusal
from store import Store, Template

from tests.support import TEMPLATE

A, B, C = (f"{name}-{name * 24}" for name in "abc")


class StoreTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name) / "templates"
        self.store = Store(str(self.directory), limit=1 << 40)

    def template(self, key: str, used: int = 0, size: int = 4096) -> Template:
        """A template of one file, which was used last at the time `used`."""
        template = Template(self.store, key)
        self.addCleanup(template.close)
        os.mkdir(template.making)
        Path(template.making, "memory").write_bytes(b"m" * size)
        template.publish({"machine": key})
        os.utime(template.path, (used, used))
        return template

    def kept(self) -> list[str]:
        return sorted(os.listdir(self.directory))

    def test_published_template_is_there_as_it_was_made(self) -> None:
        template = self.template(A)
        manifest = template.manifest()
        self.assertIsNotNone(manifest)
        assert manifest is not None
        self.assertEqual((manifest["machine"], list(manifest["files"])), (A, ["memory"]))
        self.assertEqual(self.kept(), [A])

    def test_new_template_takes_the_place_of_a_broken_one(self) -> None:
        template = self.template(A)
        os.truncate(template.file("memory"), 1)
        self.assertIsNone(template.manifest())
        self.template(A)
        self.assertIsNotNone(template.manifest())
        self.assertEqual(self.kept(), [A])

    def test_spoilt_template_is_not_taken(self) -> None:
        template = self.template(A)
        template.spoil()
        template.spoil()
        self.assertIsNone(template.manifest())

    def test_manifest_that_is_none_is_not_taken(self) -> None:
        template = self.template(A)
        manifest = json.loads(Path(template.file("manifest.json")).read_text())
        for wrong in (
            *("", "[]", "7", "{}", '{"format": 1}', "[" * 100_000),
            json.dumps({**manifest, "format": 0}),
            json.dumps({**manifest, "boot": "another"}),
            json.dumps({**manifest, "files": ["memory"]}),
            json.dumps({**manifest, "files": {"state": [0, 0]}}),
        ):
            with self.subTest(wrong[:40]):
                Path(template.file("manifest.json")).write_text(wrong)
                self.assertIsNone(template.manifest())

    def test_nothing_is_removed_while_there_is_room(self) -> None:
        self.template(A)
        self.template(B)
        self.store.make_room(0, keep=A)
        self.assertEqual(self.kept(), [A, B])

    def test_templates_go_in_the_order_of_their_last_use_until_the_limit_is_kept(self) -> None:
        self.template(A, used=200, size=1 << 20)
        self.template(B, used=100, size=1 << 20)
        self.template(C, used=300, size=1 << 20)
        self.store.limit = 5 << 19
        self.store.make_room(0, keep=C)
        self.assertEqual(self.kept(), [A, C])
        self.store.limit = 0
        self.store.make_room(0, keep=C)
        self.assertEqual(self.kept(), [C])

    def test_template_in_use_stays(self) -> None:
        used, unused = self.template(A), self.template(B)
        used.lock(alone=False)
        self.store.limit = 0
        self.store.make_room(0, keep=C)
        self.assertEqual(self.kept(), [A, f"{A}.lock"])
        self.assertIsNone(unused.manifest())

    def test_what_nobody_can_take_goes_first(self) -> None:
        self.template(A).spoil()
        (self.directory / f"{'d' * 24}.lock").touch()
        (self.directory / f"d-{'d' * 24}.lock").touch()
        os.mkdir(self.directory / f"{B}.making")
        (self.directory / f"{B}.making" / "memory").write_bytes(b"half")
        making = Template(self.store, C)
        self.addCleanup(making.close)
        making.lock(alone=True)
        os.mkdir(making.making)
        self.store.make_room(0, keep="")
        self.assertEqual(self.kept(), [f"{C}.lock", f"{C}.making", f"{'d' * 24}.lock"])

    def test_what_is_not_ours_stays(self) -> None:
        others = ["notes", f"{A}x", "a-b", f"{A}.txt"]
        for name in others:
            os.mkdir(self.directory / name)
        self.store.limit = 0
        self.store.make_room(0, keep=A)
        self.assertEqual(self.kept(), sorted(others))

    def test_room_that_cannot_be_made(self) -> None:
        self.template(A)
        with self.assertRaises(Refusal):
            self.store.make_room(1 << 60, keep=B)
        self.assertEqual(self.kept(), [])

    def test_lock_of_a_removed_template_is_taken_anew(self) -> None:
        first, second = Template(self.store, A), Template(self.store, A)
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        self.assertTrue(first.try_lock(alone=True))
        self.assertFalse(second.try_lock(alone=False))
        first.forget_lock()
        first.close()
        # `second` holds the file that is gone; a lock on it would keep nobody out.
        self.assertTrue(second.try_lock(alone=True))
        self.assertEqual(self.kept(), [f"{A}.lock"])

    def test_takers_share(self) -> None:
        first, second = Template(self.store, A), Template(self.store, A)
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        first.lock(alone=False)
        self.assertTrue(second.try_lock(alone=False))
        self.assertFalse(first.try_lock(alone=True))

    def test_lock_ends_with_its_process(self) -> None:
        program = (
            f"import os, signal, sys; sys.path.insert(0, {str(TEMPLATE)!r})\n"
            "from store import Store, Template\n"
            f"Template(Store({str(self.directory)!r}, 0), {A!r}).lock(alone=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-B", "-c", program], check=False)
        template = Template(self.store, A)
        self.addCleanup(template.close)
        self.assertTrue(template.try_lock(alone=True))

    def test_directory_of_another_user(self) -> None:
        somebody = "/" if os.geteuid() else str(self.directory)
        if not os.geteuid():
            os.chown(somebody, 65534, 65534)
        with self.assertRaises(Refusal) as caught:
            Store(somebody, 0)
        self.assertEqual(str(caught.exception), f"'{somebody}' (TESTKIT_TEMPLATES) is another user's")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_directory_that_is_not_writable(self) -> None:
        self.directory.chmod(0o500)
        with self.assertRaises(Refusal) as caught:
            Store(str(self.directory), 0)
        self.assertEqual(str(caught.exception), f"'{self.directory}' (TESTKIT_TEMPLATES) is not writable")


class CopyTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="tk-")
        self.addCleanup(directory.cleanup)
        self.source = str(Path(directory.name, "source"))
        self.target = str(Path(directory.name, "target"))

    def test_copy_has_the_same_bytes_and_holes(self) -> None:
        for pieces in ([], [(0, b"begin")], [(5 << 20, b"middle"), (9 << 20, b"end")], [((1 << 20) - 3, b"across")]):
            with self.subTest(pieces), open(self.source, "wb") as file:
                file.truncate(10 << 20)
                for place, content in pieces:
                    file.seek(place)
                    file.write(content)
                file.flush()
                images.copy(self.source, self.target)
                self.assertEqual(Path(self.target).read_bytes(), Path(self.source).read_bytes())
                self.assertLess(store.occupied(os.path.dirname(self.target)), 1 << 20)
                self.assertEqual(os.stat(self.target).st_mode & 0o777, 0o600)
                os.unlink(self.target)

    def test_copy_replaces_nothing(self) -> None:
        Path(self.source).write_bytes(b"new")
        Path(self.target).write_bytes(b"old")
        with self.assertRaises(FileExistsError):
            images.copy(self.source, self.target)
        self.assertEqual(Path(self.target).read_bytes(), b"old")


if __name__ == "__main__":
    unittest.main()
