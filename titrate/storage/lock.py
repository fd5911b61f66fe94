"""One lock: of all titrates, one at a time writes into a folder, so that it holds for a plan however often that is replaced."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from titrate.errors import OutputError

LOCK = ".lock"  # on Windows: in the folder, while it is held
PATIENCE = 10.0  # seconds
PAUSE = 0.02  # seconds

_held: set[tuple[int, int]] = set()  # the folders whose lock this process holds, by device and number


@contextmanager
def locked(folder: Path, busy: OutputError, patience: float = 0) -> Iterator[None]:
    """Hold the lock of a folder, for the whole process; it ends with the block, or with the process, however that ends.

    Raises `busy` where another process still holds it after `patience` seconds, OSError where the folder cannot be opened.
    A file system without locks keeps nobody out.
    """
    status = folder.stat()
    key = status.st_dev, status.st_ino
    if key in _held:
        yield
        return
    deadline = time.monotonic() + patience
    while (handle := _handle(folder)) is None:
        if time.monotonic() >= deadline:
            raise busy
        time.sleep(PAUSE)
    _held.add(key)
    try:
        yield
    finally:
        _held.remove(key)
        os.close(handle)


def _handle(folder: Path) -> int | None:
    """A handle that holds the lock until it is closed, None where another process has it."""
    if sys.platform == "win32":  # a file that vanishes when its only handle is closed
        try:
            return os.open(folder / LOCK, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
        except (FileExistsError, PermissionError):  # the latter: of a process that is just ending
            return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        pass  # a file system without locks
    return handle
