"""Where machines and VLANs of a run live on the host, and how two drivers keep out of each other's way there."""

import fcntl
import os
import tempfile
from pathlib import Path

from test_driver.errors import MachineError

SOCKET_PATH_LIMIT = 107
"""Bytes of the longest path that a socket may have."""


def run_directory() -> Path:
    """XDG_RUNTIME_DIR, else the system's directory for temporary files (TMPDIR); made if only its last part is missing.

    Raises MachineError if it is not a directory one can write to.
    """
    variable = "XDG_RUNTIME_DIR" if os.environ.get("XDG_RUNTIME_DIR") else "TMPDIR"
    directory = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()).absolute()
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"cannot use '{directory}' for the state of machines ({error.strerror}): "
            f"set {variable} to a directory of yours"
        ) from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise MachineError(f"cannot write to '{directory}': set {variable} to a directory of yours")
    return directory


def check_socket_path(owner: str, path: Path) -> None:
    """Raise MachineError, as words of `owner`, if `path` is too long for a socket."""
    size = len(os.fsencode(path))
    if size > SOCKET_PATH_LIMIT:
        raise MachineError(
            f"{owner}: the socket path '{path}' has {size} bytes and the system allows {SOCKET_PATH_LIMIT}: "
            f"set XDG_RUNTIME_DIR (or TMPDIR) to a shorter directory"
        )


class Claims:
    """State directories that this driver uses, locked so that a second driver does not wipe them out."""

    def __init__(self) -> None:
        self._locks: dict[Path, int] = {}

    def check(self, directory: Path) -> None:
        """Raise MachineError if another driver uses `directory`; this driver's own claim on it ends."""
        self._drop(directory)
        if directory.is_dir():
            os.close(self._lock(directory))

    def claim(self, directory: Path) -> None:
        """Let no other driver use `directory`, which exists, until `drop_all` or the end of this process."""
        self._drop(directory)
        self._locks[directory] = self._lock(directory)

    def drop_all(self) -> None:
        """Let others have all directories."""
        for directory in list(self._locks):
            self._drop(directory)

    def _drop(self, directory: Path) -> None:
        if directory in self._locks:
            os.close(self._locks.pop(directory))

    def _lock(self, directory: Path) -> int:
        try:
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise MachineError(
                f"cannot use '{directory}' ({error.strerror}): set XDG_RUNTIME_DIR to a directory of yours"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise MachineError(
                f"another driver uses '{directory}': end it, or set XDG_RUNTIME_DIR to another directory"
            ) from None
        except OSError:
            # A file system without locks: two drivers there have to mind each other themselves.
            pass
        return descriptor
