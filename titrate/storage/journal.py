"""The record of what one command is putting in place, beside its first file, by which the next command takes back what was begun.

It is whole on the disk before anything else of that command is, and while it stands the command has not happened. Renamed, it
says that all stands in place: what is left is to keep the versions before and to remove the rest. It names files of its own
folder by their name, those of other folders by their whole path.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from titrate.errors import OutputError

BEGUN, DONE = ".titrate.journal", ".titrate.journal.done"
SCHEMA = "titrate/journal/1"
START = f'{{"schema": "{SCHEMA}", "files": ['.encode()
LARGEST = 1_000_000  # bytes; a command line is shorter
PART, BEFORE, KEPT = ".part", ".before", ".bak"


class Entry(NamedTuple):
    """A file to put in place: its path, the random part of the names beside it, the sha256 of what is to stand there.

    `stood`: whether a file stood there. `kept`: the sha256 of that one where it stays, under a name of its own.
    """

    path: Path
    token: str
    sha256: str
    stood: bool
    kept: str | None

    @property
    def part(self) -> Path:
        """Where the new file is written."""
        return self.path.with_name(f"{_hidden(self.path.name)}.{self.token}{PART}")

    @property
    def before(self) -> Path:
        """Where what stood there is found until the command is done; an empty file where nothing did."""
        return self.part.with_name(f"{self.part.name}{BEFORE}")


def kept_path(path: Path, number: int) -> Path:
    """Return where the version of that number is kept, from 1: `plan.json.1.bak`."""
    return path.with_name(f"{path.name}.{number}{KEPT}")


def last_kept(path: Path) -> int:
    """Return the number of the newest version that is kept beside a file, 0 where there is none."""
    pattern = re.compile(rf"{re.escape(path.name)}\.([1-9][0-9]{{0,8}}){re.escape(KEPT)}")
    with os.scandir(path.parent) as entries:
        return max((int(found[1]) for entry in entries if (found := pattern.fullmatch(entry.name))), default=0)


def is_left(folder: Path) -> bool:
    """Return whether a command in this folder is under way or was killed."""
    return any(os.path.lexists(folder / name) for name in (BEGUN, DONE))


def text(folder: Path, entries: Sequence[Entry]) -> bytes:
    """Return the journal of these files, to stand in `folder`."""
    rows = ", ".join(
        json.dumps([entry.path.name if entry.path.parent == folder else str(entry.path), *entry[1:]])
        for entry in entries
    )
    return START + f"{rows}]}}\n".encode()


def recover(folder: Path) -> tuple[str, ...]:
    """Take back what a killed command began in a folder whose lock is held, or clear up behind one that was done; say so.

    Raises OutputError where that cannot be done, or where a file that is none of titrate's has the journal's name.
    """
    lines = []
    for name in (DONE, BEGUN):
        path = folder / name
        try:
            entries = _entries(path)
            if entries is None:
                continue
            kept = finish(entries, path) if name == DONE else take_back(entries, path)
        except OSError as error:
            wrong = "what a stopped titrate began cannot be taken back: {reason}"
            todo = "whoever owns the folder can: titrate show with the plan"
            raise OutputError(path, wrong, todo, reason=error.strerror) from None
        if name == BEGUN and entries:
            lines.append(
                f"took back what a stopped titrate had begun: {', '.join(entry.path.name for entry in entries)}"
            )
        lines += [f"the file before is kept in {path.name}" for path in kept]
    return tuple(lines)


def take_back(entries: Sequence[Entry], path: Path) -> list[Path]:
    """Put back what stood in the place of every file that was replaced, and remove the journal at `path`.

    A file that somebody changed meanwhile is left, with the version before it beside: the names of those are returned.
    """
    kept = []
    for entry in reversed(entries):
        if not os.path.lexists(entry.before):
            continue
        if _holds(entry.path, entry.sha256):
            if entry.stood:
                entry.before.replace(entry.path)
            else:
                entry.path.unlink()
        elif entry.kept and not _holds(entry.path, entry.kept) and _holds(entry.before, entry.kept):
            kept.append(_kept(entry))
    _remove(entries, path)
    return kept


def finish(entries: Sequence[Entry], path: Path) -> list[Path]:
    """Keep the versions that are to be kept, remove all else beside files that stand as they shall, and the journal at `path`.

    Returns the names of those that were kept.
    """
    kept = [_kept(entry) for entry in entries if entry.kept and os.path.lexists(entry.before)]
    _remove(entries, path)
    return kept


def _kept(entry: Entry) -> Path:
    """Give the version before a name that no file has, and return that; it may have been given one before a kill."""
    number = last_kept(entry.path)
    path = kept_path(entry.path, number)
    if number and os.path.samestat(entry.before.lstat(), path.lstat()):
        return path
    while True:
        number += 1
        path = kept_path(entry.path, number)
        try:
            os.link(entry.before, path)
        except FileExistsError:  # of the same moment
            continue
        except OSError:  # a file system without links
            entry.before.rename(path)
        return path


def _remove(entries: Sequence[Entry], path: Path) -> None:
    for entry in entries:
        for left in (entry.part, entry.before):
            left.unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _entries(journal: Path) -> tuple[Entry, ...] | None:
    """What a journal lists; None where there is none, nothing where it was cut off before anything was begun."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(journal, flags)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        regular = stat.S_ISREG(status.st_mode)
        data = file.read(LARGEST) if regular else b""
    try:
        document = json.loads(data)
        if document["schema"] != SCHEMA:
            raise ValueError
        entries = [_entry(journal.parent, *row) for row in document["files"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        cut = data.rstrip(b"\0")
        if regular and not cut.endswith(b"\n") and (START.startswith(cut) or cut.startswith(START)):
            return ()
        raise OutputError(journal, "this is none of titrate's and is in the way", "move it away") from None
    # Of another's journal only what it says of its own folder is done, where its owner could do the same.
    mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return tuple(entry for entry in entries if mine or entry.path.parent == journal.parent)


def _entry(folder: Path, name: str, token: str, sha256: str, stood: bool, kept: str | None) -> Entry:
    """A row of a journal, or ValueError for what no titrate wrote."""
    path = folder / name
    own, elsewhere = path.name == name, path.is_absolute() and name == str(path)
    if not ((own or elsewhere) and path.name and re.fullmatch("[0-9a-f]{8}", token) and isinstance(sha256, str)):
        raise ValueError
    return Entry(path, token, sha256, bool(stood), kept)


def _holds(path: Path, sha256: str) -> bool:
    """Whether a file itself, not one that a link names, has these bytes."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def _hidden(name: str) -> str:
    """How the names beside a file begin, never longer than a file system allows (255 bytes)."""
    return f".{name[: 150 if name.isascii() else 40]}"
