"""Output files: rendered before anything is opened, put in place by rename, so that a file is whole or not there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from titrate.errors import BadInput, OutputError
from titrate.storage.lock import locked

PART, BEFORE = ".part", ".before"  # what is not yet in its place, and what stood there
LEFTOVER = rf"\.(?P<name>.+)\.[a-z0-9_]{{8}}{re.escape(PART)}(?:{re.escape(BEFORE)})?"
LEFT_BEHIND = 60  # seconds; a write takes a blink


@contextmanager
def output_errors(path: str | Path, wrong: str, todo: str = "") -> Iterator[None]:
    """Turn an OSError of the block into an OutputError: `path: wrong: the system's reason; todo`."""
    try:
        yield
    except OSError as error:
        raise OutputError(path, f"{wrong}: {{reason}}", todo, reason=error.strerror) from None


def check_paths(paths: Sequence[str]) -> tuple[Path, ...]:
    """Return the files to write, checked before any work is done.

    Raises BadInput for one file named twice, OutputError for a place where no file can stand.
    """
    seen: dict[str, str] = {}
    for path in paths:
        if not path.encode(errors="replace").decode().isprintable():
            raise BadInput("output", "{path!r} holds control characters", "give a name without", path=path)
        real = os.path.normcase(os.path.realpath(path))
        if real in seen:
            wrong = "{first} and {path} are the same file"
            raise BadInput("output", wrong, "give each output a name of its own", first=seen[real], path=path)
        seen[real] = path
        with output_errors(path, "cannot be written", "give another name or folder"):  # a name that is too long
            _check_place(path, Path(real))
    return tuple(Path(path) for path in paths)


def _check_place(path: str, real: Path) -> None:
    folder = real.parent
    if not folder.is_dir():
        raise OutputError(path, "there is no folder {folder}", "make it first", folder=folder.name or folder)
    if real.is_dir():
        raise OutputError(path, "this is a folder", "give a file name")
    if real.exists() and not real.is_file():
        raise OutputError(path, "this is a pipe or a device, which would be replaced", "give a file name")


def write(outputs: Sequence[tuple[Path, bytes]]) -> None:
    """Write every file beside its place, through to the disk, then put all in place by rename.

    Raises OutputError, with every earlier file left as it was, when one cannot be written.
    """
    _put([(path, data, path) for path, data in outputs])


def replace(path: Path, before: bytes, outputs: Sequence[tuple[Path, bytes]]) -> None:
    """Write `outputs`, one of them in the place of `path`, whose bytes `before` stay in `path` + .bak.

    Raises OutputError, writing nothing, when another program changed the file in between.
    """
    busy = OutputError(path, "another titrate is changing it", "wait and run the command again")
    with ExitStack() as held:
        with output_errors(path, "cannot be opened again", "nothing was written"):
            held.enter_context(locked(path, busy))
        with output_errors(path, "cannot be read again", "nothing was written"):
            now = path.read_bytes()
        if now != before:
            changed = "somebody else changed it meanwhile; nothing was written"
            raise OutputError(path, changed, "run the command again")
        earlier = (path.with_name(f"{path.name}.bak"), before, path)  # read by nobody who could not read the plan
        _put([earlier, *((place, data, place) for place, data in outputs)])


def write_many(folder: Path, outputs: Sequence[tuple[str, bytes]]) -> None:
    """Write files into a folder, each whole or not there; they last from the next sync of the whole disk on.

    Raises OutputError when one cannot be written; those already in their places are whole.
    """
    token = os.urandom(4).hex()
    beside = [folder / f".{name}.{token}{PART}" for name, _ in outputs]
    try:
        for path, (name, data) in zip(beside, outputs, strict=True):
            with output_errors(folder / name, "cannot be written"), path.open("xb") as file:
                file.write(data)
        for path, (name, _) in zip(beside, outputs, strict=True):
            with output_errors(folder / name, "cannot be written"):
                path.replace(folder / name)
    except OutputError:
        for path in beside:
            with suppress(OSError):
                path.unlink()
        raise
    if outputs:
        sync(folder)


def sync(folder: str | Path) -> None:
    """Make renames in a folder last; a system that cannot open folders does without."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put(outputs: Sequence[tuple[Path, bytes, Path]]) -> None:
    """Put each file in its place, with the rights of the third path where that exists; all of them or none."""
    ready: list[tuple[str, Path]] = []
    placed: list[tuple[Path, str | None]] = []
    current = Path()
    try:
        for current, data, like in outputs:
            real = Path(os.path.realpath(current))
            mode = like.stat().st_mode & 0o777 if like.exists() else 0o666 & ~_umask()
            ready.append((_beside(real, data, mode), real))
            _sweep(real, ready[-1][0])
        for temporary, current in ready:
            before = _second_name(current, temporary) if len(ready) > 1 else None
            os.replace(temporary, current)  # noqa: PTH105 - as the line below, a system call that a test counts
            placed.append((current, before))
            sync(current.parent)
    except OSError as error:
        values = {"reason": error.strerror, "now": _put_back(placed)}
        raise OutputError(current, "cannot be written: {reason}", "{now}", **values) from None
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
    """Undo what was put in place, the last first; return which files stand now, in words."""
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


def _beside(path: Path, data: bytes, mode: int) -> str:
    """Write `data` to a new file in the same folder, through to the disk, with these rights; return its name."""
    handle, temporary = tempfile.mkstemp(prefix=_hidden(path), suffix=PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
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
    """Return how the name of a file begins while it is written, never longer than a file system allows (255 bytes)."""
    return f".{path.name[: 150 if path.name.isascii() else 40]}."


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
