"""Output files: rendered before anything is opened, put in place by rename, so that a file is whole or not there."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from titrate.errors import BadInput, OutputError

PART, BEFORE = ".part", ".before"  # what is not yet in its place, and what stood there
LEFT_BEHIND = 60  # seconds; a write takes a blink
BUSY: tuple[type[OSError], ...] = (BlockingIOError, FileExistsError)
if sys.platform == "win32":
    BUSY = (*BUSY, PermissionError)  # the lock of a process that is just ending


def check_paths(paths: Sequence[str]) -> tuple[Path, ...]:
    """Return the files to write, or raise before any work is done.

    Raises BadInput for one file named twice; OutputError for a place where no file
    can stand.
    """
    seen: dict[str, str] = {}
    for path in paths:
        if not path.encode(errors="replace").decode().isprintable():
            raise BadInput(f"-o: {path!r} holds control characters; give a name without")
        real = os.path.normcase(os.path.realpath(path))
        if real in seen:
            raise BadInput(f"-o: {seen[real]} and {path} are the same file; give each output a name of its own")
        seen[real] = path
        try:
            _check_place(path, Path(real))
        except OSError as error:  # a folder that may not be looked into, a name that is too long
            raise OutputError(f"{path}: cannot be written: {error.strerror}; give another name or folder") from None
    return tuple(Path(path) for path in paths)


def _check_place(path: str, real: Path) -> None:
    folder = real.parent
    if not folder.is_dir():
        raise OutputError(f"{path}: there is no folder {folder.name or folder}; make it first")
    if real.is_dir():
        raise OutputError(f"{path}: this is a folder; give a file name")
    if real.exists() and not real.is_file():
        raise OutputError(f"{path}: this is a pipe or a device, which would be replaced; give a file name")


def write(outputs: Sequence[tuple[Path, bytes]]) -> None:
    """Write every file completely beside its place, then put all in place by rename.

    Raises OutputError, with every earlier file left as it was, when one cannot be written.
    """
    _put([(path, data, path) for path, data in outputs])


def replace(path: Path, before: bytes, outputs: Sequence[tuple[Path, bytes]]) -> None:
    """Write `outputs`, one of them in the place of `path`, whose bytes `before` are kept in `path` + .bak.

    Raises OutputError, writing nothing, when another program changed the file in between.
    """
    with _lock(path):
        try:
            now = path.read_bytes()
        except OSError as error:
            raise OutputError(f"{path}: cannot be read again: {error.strerror}; nothing was written") from None
        if now != before:
            raise OutputError(f"{path}: somebody else changed it meanwhile; nothing was written; run the command again")
        kept = (path.with_name(f"{path.name}.bak"), before, path)  # read by nobody who could not read the plan
        _put([kept, *((place, data, place) for place, data in outputs)])


def _put(outputs: Sequence[tuple[Path, bytes, Path]]) -> None:
    """Put each file in its place, with the rights of the third path where that exists; all of them or none."""
    ready: list[tuple[str, Path]] = []
    placed: list[tuple[Path, str | None]] = []
    current = Path()
    try:
        for current, data, like in outputs:
            real = Path(os.path.realpath(current))
            ready.append((_beside(real, data, like), real))
        for temporary, current in ready:
            before = _second_name(current, temporary) if len(ready) > 1 else None
            os.replace(temporary, current)  # noqa: PTH105 - as the line below, a system call that a test counts
            placed.append((current, before))
            sync(current.parent)
    except OSError as error:
        told = _put_back(placed)
        raise OutputError(f"{current}: cannot be written: {error.strerror}; {told}") from None
    finally:
        for temporary, _ in ready:
            for name in (temporary, f"{temporary}{BEFORE}"):
                with suppress(OSError):
                    os.unlink(name)  # noqa: PTH108


def _second_name(path: Path, temporary: str) -> str | None:
    """Give what stands in a file's place a second name, to put it back from; None where nothing stands."""
    if not path.exists():
        return None
    name = f"{temporary}{BEFORE}"
    try:
        os.link(path, name)
    except OSError:  # a file system without links, or somebody else's file
        shutil.copy2(path, name)
    return name


def _put_back(placed: Sequence[tuple[Path, str | None]]) -> str:
    """Undo what was put in place, the last first, and say what stands now."""
    stuck = []
    for path, before in reversed(placed):
        try:
            if before is None:
                path.unlink()
            else:
                Path(before).replace(path)
        except OSError:
            stuck.append(str(path))
    return f"new all the same: {', '.join(stuck)}" if stuck else "what stood there still stands"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time replace a file; the lock ends with the process, however it ends.

    Raises OutputError where another has it. Where the file system has no locks, comparing the file must do.
    """
    real = os.path.realpath(path)
    handle = None
    try:
        if sys.platform == "win32":  # a file that vanishes when its only handle is closed
            handle = os.open(f"{real}.lock", os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
        else:
            import fcntl

            handle = os.open(real, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BUSY:
        _close(handle)
        raise OutputError(f"{path}: another titrate is changing it; wait and run the command again") from None
    except OSError as error:
        if handle is None:
            raise OutputError(f"{path}: cannot be opened again: {error.strerror}; nothing was written") from None
    try:
        yield
    finally:
        _close(handle)


def _close(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def _beside(path: Path, data: bytes, like: Path) -> str:
    """Write `data` to a new file in the same folder, flushed to the disk, with the rights of `like` or the usual ones."""
    handle, temporary = tempfile.mkstemp(prefix=_hidden(path), suffix=PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _sweep(path, temporary)
        Path(temporary).chmod(like.stat().st_mode & 0o777 if like.exists() else 0o666 & ~_umask())
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    return temporary


def _sweep(path: Path, temporary: str) -> None:
    """Remove what a killed run left half written for this file: it may tell of a patient."""
    now = Path(temporary).stat().st_mtime
    for left in path.parent.iterdir():
        if left.name.startswith(_hidden(path)) and PART in left.name:
            with suppress(OSError):
                if now - left.lstat().st_mtime > LEFT_BEHIND:
                    left.unlink()


def _hidden(path: Path) -> str:
    return f".{path.name[:40]}."


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sync(folder: str | Path) -> None:
    """Make renames in a folder last; a system that cannot open folders does without."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
