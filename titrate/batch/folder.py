"""The folder that a batch fills: batch.json first, then each patient's files, every one of them whole or not there."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple

from titrate.batch.row import MADE, File, Made, Settings, plan_id, plan_row
from titrate.errors import BadInput, OutputError
from titrate.export import EXPORTERS
from titrate.inputs.roster import Row
from titrate.storage.files import sync, write

BATCH = "batch.json"
SCHEMA = "titrate/batch/1"
LOCK = ".lock"
PART = ".part"  # a file that is not whole yet
# What a killed run leaves: batch.json as `cli.files` was writing it, and a row's file.
BEGINNING = re.compile(rf"\.{re.escape(BATCH)}\.[^.]+\.part(?:\.before)?")
OURS = re.compile(
    rf"{BEGINNING.pattern}|\.[A-Za-z0-9][A-Za-z0-9._-]*(?:{'|'.join(map(re.escape, EXPORTERS))})\.[0-9]+\.part"
)


class Kept(NamedTuple):
    """A row that an earlier run made: its id and its files, by name, with their sha256."""

    row: int
    id: str
    files: tuple[tuple[str, str], ...]


Task = tuple[Row, Kept | None]


def write_chunk(folder: str, settings: Settings, tasks: Sequence[Task]) -> tuple[Made, ...]:
    """Make the rows of a chunk and put their files in place; return what became of each, without the bytes.

    Raises OutputError when a file cannot be written; those already in place are whole.
    """
    return put_in_place(folder, tuple(_kept_or_made(folder, settings, row, kept) for row, kept in tasks))


def put_in_place(folder: str, made: Sequence[Made]) -> tuple[Made, ...]:
    """Write a chunk's files beside their places, rename them, sync the folder once; return `made` without the bytes."""
    new = [file for one in made for file in one.files if file.data]
    beside = [Path(folder, f".{file.name}.{os.getpid()}{PART}") for file in new]
    try:
        for path, file in zip(beside, new, strict=True):
            with writing(path):
                path.write_bytes(file.data)
        for path, file in zip(beside, new, strict=True):
            with writing(Path(folder, file.name)):
                path.replace(Path(folder, file.name))
    except OutputError:
        for path in beside:
            with suppress(OSError):
                path.unlink()
        raise
    if new:
        sync(folder)
    return tuple(one._replace(files=tuple(file._replace(data=b"") for file in one.files)) for one in made)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Do something to a file; OutputError names it if that fails."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None


@contextmanager
def entered(folder: Path) -> Iterator[dict[str, Any] | None]:
    """Make the folder, keep every other titrate out of it, and give what its batch.json says, None where there is none.

    Raises OutputError for a folder that cannot be used or holds other files, BadInput for a damaged batch.json.
    """
    with writing(folder):
        if not folder.parent.is_dir():
            raise OutputError(f"{folder}: there is no folder {folder.parent}; make it first")
        new = not folder.exists()
        folder.mkdir(exist_ok=True)
    try:
        with _alone(folder):
            with writing(folder):
                found = _found(folder)
                _clean(folder)
            yield found
    finally:
        if new:
            with suppress(OSError):  # refused before anything was written: an empty folder is not left behind
                folder.rmdir()


def begin(folder: Path, document: Mapping[str, Any]) -> None:
    """Write batch.json: after this the folder is a batch that can be continued."""
    from titrate.inputs.document import encoded

    write([(folder / BATCH, encoded(dict(document)))])


def _kept_or_made(folder: str, settings: Settings, row: Row, kept: Kept | None) -> Made:
    """What became of a row: as kept where its files still stand as they were written, else made again."""
    if kept and all(_stands(Path(folder, name), digest) for name, digest in kept.files):
        files = tuple(File(name, digest, b"") for name, digest in kept.files)
        return Made(row.number, kept.id, MADE, plan_id(settings.id, kept.id), files)
    return plan_row(row, settings)


def _stands(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _found(folder: Path) -> dict[str, Any] | None:
    path = folder / BATCH
    if not path.exists():
        with os.scandir(folder) as entries:
            if any(entry.name != LOCK and not BEGINNING.fullmatch(entry.name) for entry in entries):
                raise OutputError(f"{folder}: it holds files that are no batch; give --out a new or an empty folder")
        return None
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise BadInput(f"{path}: it is damaged or of another titrate; give --out a new folder")
    return found


def _clean(folder: Path) -> None:
    """Remove what a killed run of ours was writing, and nothing else; the books that it was filling are kept."""
    with os.scandir(folder) as entries:
        left = [Path(entry) for entry in entries if OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
    for path in left:
        path.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep the folder for one run at a time; the lock ends with the process, however it ends."""
    busy = OutputError(f"{folder}: another titrate is filling it; wait until it is done")
    if sys.platform == "win32":
        try:  # a file that vanishes when its only handle is closed
            handle = os.open(folder / LOCK, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
        except FileExistsError:
            raise busy from None
    else:
        import fcntl

        with writing(folder):
            handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise busy from None
        except OSError:
            pass  # a network folder that knows no locks
    try:
        yield
    finally:
        os.close(handle)
