"""The directory of templates.

    KEY/            a template: `manifest.json` and the files that it lists
    KEY.making/     one that is being made, or what is left of one whose maker was killed
    KEY.lock        held by who makes, removes (alone) or takes (together) the template

A template appears by one rename and is never written to again, because clones that run have its memory mapped. Nothing
in here needs to be kept: whoever removes it, while no machine starts, loses time and nothing else.
"""

import fcntl
import json
import os
import re
import stat
from typing import Any

from refusal import Refusal

FORMAT = 1
MANIFEST = "manifest.json"
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}-[0-9a-f]{24}")


class Store:
    """The templates in `directory`, which is made if need be; together they take `limit` bytes. Raises Refusal."""

    def __init__(self, directory: str, limit: int) -> None:
        if not os.path.isabs(directory):
            raise Refusal(f"TESTKIT_TEMPLATES is no absolute path: '{directory}'")
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            found = os.stat(directory)
        except OSError as error:
            raise Refusal(f"TESTKIT_TEMPLATES cannot be used: {error}") from error
        # What is in a template becomes a machine's memory and devices: nobody else may put it there.
        if found.st_uid != os.geteuid():
            raise Refusal(f"'{directory}' (TESTKIT_TEMPLATES) is another user's")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Refusal(f"others may write to '{directory}' (TESTKIT_TEMPLATES): 'chmod go-w' it, or choose another")
        if not os.access(directory, os.W_OK | os.X_OK):
            raise Refusal(f"'{directory}' (TESTKIT_TEMPLATES) is not writable")
        self.directory = directory
        self.limit = limit

    def make_room(self, needed: int, keep: str) -> None:
        """Remove what nobody can take, and the templates that were used longest ago while space or limit is short.

        `needed` bytes are to be free afterwards, or Refusal; the template `keep` stays.
        """
        templates = []
        for name in os.listdir(self.directory):
            key, _, ending = name.partition(".")
            # The directory may be somebody's who keeps other things there.
            if key == keep or not KEY.fullmatch(key):
                continue
            path = os.path.join(self.directory, key)
            if ending == "making" or Template(self, key).manifest() is None:
                self._remove(key, name)
            elif not ending:
                templates.append((last_use(path), key, occupied(path)))
        total = sum(size for _, _, size in templates) + occupied(os.path.join(self.directory, keep))
        for _, key, size in sorted(templates):
            if total <= self.limit and self._free() >= needed:
                break
            if self._remove(key, key):
                total -= size
        if self._free() < needed:
            raise Refusal(
                f"a template may need {needed >> 20} MiB, and '{self.directory}' has {self._free() >> 20} MiB left"
            )

    def _free(self) -> int:
        system = os.statvfs(self.directory)
        return system.f_bavail * system.f_frsize

    def _remove(self, key: str, name: str) -> bool:
        """Remove what is called `name`, of the template `key`, unless somebody uses the template right now."""
        template = Template(self, key)
        try:
            if not template.try_lock(alone=True):
                return False
            if not name.endswith(".lock"):
                remove_tree(os.path.join(self.directory, name))
            template.forget_lock()
        finally:
            template.close()
        return True


class Template:
    """The template of one key, there or not. Its lock is this process's until `close` or the end of the process."""

    def __init__(self, store: Store, key: str) -> None:
        self.store = store
        self.path = os.path.join(store.directory, key)
        self.making = f"{self.path}.making"
        self.key = key
        self._lock_path = f"{self.path}.lock"
        self._lock = -1

    def file(self, name: str) -> str:
        return os.path.join(self.path, name)

    def lock(self, alone: bool) -> None:
        """Wait for the lock. One that is held is given up before, so look again at what was found out under it."""
        self._take(fcntl.LOCK_EX if alone else fcntl.LOCK_SH)

    def try_lock(self, alone: bool) -> bool:
        """Take the lock if that needs no waiting; one that is held is given up in any case."""
        try:
            self._take((fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _take(self, operation: int) -> None:
        while True:
            if self._lock < 0:
                self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, operation)
            # Whoever removed the template while this one waited removed the lock's file too.
            try:
                current = os.stat(self._lock_path)
            except FileNotFoundError:
                current = None
            mine = os.fstat(self._lock)
            if current is not None and (current.st_ino, current.st_dev) == (mine.st_ino, mine.st_dev):
                return
            self.close()

    def forget_lock(self) -> None:
        os.unlink(self._lock_path)

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def manifest(self) -> dict[str, Any] | None:
        """What the template says of itself; None if there is none, or one with files that are not as they were made."""
        try:
            with open(self.file(MANIFEST), encoding="utf-8") as file:
                manifest = json.load(file)
            sound = (manifest["format"], manifest["boot"]) == (FORMAT, boot()) and all(
                fingerprint(self.file(name)) == value for name, value in manifest["files"].items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return manifest if sound else None

    def publish(self, description: dict[str, Any]) -> None:
        """Put what was made in its place."""
        manifest = {
            "format": FORMAT,
            "boot": boot(),
            "files": {name: fingerprint(os.path.join(self.making, name)) for name in sorted(os.listdir(self.making))},
            **description,
        }
        with open(os.path.join(self.making, MANIFEST), "w", encoding="utf-8") as file:
            json.dump(manifest, file, indent=1)
        self.spoil()
        remove_tree(self.path)
        os.rename(self.making, self.path)

    def touch(self) -> None:
        """Say that the template was used now."""
        os.utime(self.path)

    def spoil(self) -> None:
        """Make sure that nobody takes the template again."""
        try:
            os.unlink(self.file(MANIFEST))
        except FileNotFoundError:
            pass


def boot() -> str:
    """Tells the times between two starts of the host apart.

    A template is good for one: nobody waits until its files, most of a machine's memory, are on the disk, so after a
    loss of power they may be anything.
    """
    with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        return file.read().strip()


def fingerprint(path: str) -> list[int]:
    """By what a changed or half-written file shows: its size and the time of its last change in nanoseconds."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


def occupied(path: str) -> int:
    """Bytes that a template takes on the disk."""
    try:
        return sum(entry.stat().st_blocks * 512 for entry in os.scandir(path))
    except FileNotFoundError:
        return 0


def last_use(path: str) -> float:
    """When a template was used last, in seconds; 0 for one that was removed just now."""
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0


def remove_tree(path: str) -> None:
    """Remove a directory of files, if it is there."""
    try:
        for entry in os.scandir(path):
            os.unlink(entry.path)
        os.rmdir(path)
    except FileNotFoundError:
        pass
