"""One lock: of all titrates, one at a time changes a file or fills a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from titrate.errors import OutputError

LOCK = ".lock"  # on Windows: of a folder, in it; of a file, behind its name


@contextmanager
def locked(path: Path, busy: OutputError) -> Iterator[None]:
    """Hold the lock of a file or folder that is there; it ends with the block, or with the process, however that ends.

    Raises `busy` where another process holds it, OSError where the path cannot be opened. A file system without locks keeps
    nobody out.
    """
    handle = _handle(path, busy)
    try:
        yield
    finally:
        os.close(handle)


def _handle(path: Path, busy: OutputError) -> int:
    if sys.platform == "win32":  # a file that vanishes when its only handle is closed
        real = Path(os.path.realpath(path))
        try:
            name = real / LOCK if real.is_dir() else f"{real}{LOCK}"
            return os.open(name, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
        except (FileExistsError, PermissionError):  # the latter: of a process that is just ending
            raise busy from None
    import fcntl

    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise busy from None
    except OSError:
        pass  # a file system without locks
    return handle
